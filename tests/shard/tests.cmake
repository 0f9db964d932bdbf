ct_test(shard/writer_test.cpp)
ct_test(shard/round_trip_test.cpp)
ct_test(shard/corpus_scale_test.cpp)
