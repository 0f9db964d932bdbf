ct_test(parity/rawboost_parity_test.cpp TORCH USES ct_train nlohmann_json::nlohmann_json)
ct_test(parity/sast_net_loss_parity_test.cpp TORCH USES ct_train nlohmann_json::nlohmann_json)

# 318 M weights are made on the spot: up to 7 GiB, and minutes of two cores.
ct_test(parity/w2v2_aasist_parity_test.cpp TORCH USES ct_train nlohmann_json::nlohmann_json TIMEOUT 900 THREADS 2)
ct_test(parity/training_parity_test.cpp TORCH USES ct_train nlohmann_json::nlohmann_json TIMEOUT 3600 THREADS 2)
ct_test(parity/precision_parity_test.cpp TORCH USES ct_train nlohmann_json::nlohmann_json TIMEOUT 900 THREADS 2)

# 794 M weights: up to 9 GiB.
ct_test(parity/sast_net_parity_test.cpp TORCH USES ct_train nlohmann_json::nlohmann_json TIMEOUT 1800 THREADS 2)
# 500 M weights to train: up to 14 GiB.
ct_test(parity/sast_net_training_parity_test.cpp TORCH USES ct_train nlohmann_json::nlohmann_json TIMEOUT 3600 THREADS 2)
ct_test(parity/whisper_parity_test.cpp TORCH USES ct_model nlohmann_json::nlohmann_json TIMEOUT 600 THREADS 2)

foreach(suite w2v2_aasist training sast_net sast_net_training)
  ct_test_on_gpu(parity/${suite}_parity_test.cpp TIMEOUT 1200)
endforeach()
