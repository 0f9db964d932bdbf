ct_add_test(scripts/demo_corpus_test unit 60 1 "${CMAKE_SOURCE_DIR}/.deps/venv/bin/python"
            "${CMAKE_CURRENT_SOURCE_DIR}/scripts/demo_corpus_test.py")
