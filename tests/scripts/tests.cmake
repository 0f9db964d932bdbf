ct_add_test(scripts/demo_corpus_test unit 60 1 "${CMAKE_SOURCE_DIR}/.deps/venv/bin/python"
            "${CMAKE_CURRENT_SOURCE_DIR}/scripts/demo_corpus_test.py")
ct_add_test(scripts/demo_test unit 60 1 "${CMAKE_SOURCE_DIR}/.deps/venv/bin/python"
            "${CMAKE_CURRENT_SOURCE_DIR}/scripts/demo_test.py")
ct_add_test(scripts/lint_format unit 60 1 "${CMAKE_SOURCE_DIR}/scripts/lint" --format)
ct_add_test(scripts/system_torch_test unit 240 1 "${CMAKE_SOURCE_DIR}/.deps/venv/bin/python"
            "${CMAKE_CURRENT_SOURCE_DIR}/scripts/system_torch_test.py")
