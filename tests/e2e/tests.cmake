ct_program_test(e2e/pipeline_test e2e 600 2)
ct_program_test(e2e/resume_test e2e 600 2)
ct_program_test(e2e/preprocess_kill_test e2e 300 3)
ct_program_test(e2e/failure_test e2e 900 4)
ct_program_test(e2e/random_kill_test e2e 600 2)
ct_program_test(e2e/disagreement_test e2e 300 2)
ct_program_test(e2e/rotting_corpus_test e2e 300 2)
ct_add_test(e2e/gpu_test gpu 600 2
            ${CMAKE_COMMAND} -E env CODECTRACE=$<TARGET_FILE:codectrace> "${CMAKE_SOURCE_DIR}/tests/support/on_gpu.sh"
            "${CMAKE_SOURCE_DIR}/.deps/venv/bin/python" "${CMAKE_SOURCE_DIR}/tests/e2e/gpu_test.py")
