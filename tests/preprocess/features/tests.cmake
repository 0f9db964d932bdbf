ct_test(preprocess/features/add_features_test.cpp TORCH)
ct_test(preprocess/features/add_features_mpi_test.cpp TORCH RANKS 1 2 4)
ct_test(preprocess/features/source_test.cpp TORCH)
