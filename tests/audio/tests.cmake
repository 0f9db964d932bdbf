ct_test(audio/decode_test.cpp USES PkgConfig::SNDFILE)
ct_test(audio/resample_test.cpp)
