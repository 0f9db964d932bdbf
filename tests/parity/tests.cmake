ct_test(parity/rawboost_parity_test.cpp TORCH USES ct_train nlohmann_json::nlohmann_json)
# 318 M weights are made on the spot: about 5 GB and, on two busy cores, a minute.
ct_test(parity/w2v2_aasist_parity_test.cpp TORCH USES ct_model nlohmann_json::nlohmann_json TIMEOUT 300)
