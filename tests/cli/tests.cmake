# Python tests run the built program; by hand: CODECTRACE=build/release/codectrace python TEST.py
function(ct_program_test path label timeout processors)
  ct_add_test(${path} ${label} ${timeout} ${processors}
              ${CMAKE_COMMAND} -E env CODECTRACE=$<TARGET_FILE:codectrace>
              "${CMAKE_SOURCE_DIR}/.deps/venv/bin/python" "${CMAKE_SOURCE_DIR}/tests/${path}.py")
  set_tests_properties(${path} PROPERTIES SKIP_REGULAR_EXPRESSION "OK \\(skipped=")
endfunction()

ct_program_test(cli/command_line_test unit 600 1)
ct_program_test(cli/config_errors_test unit 600 1)
ct_program_test(cli/audio_errors_test unit 600 1)
ct_program_test(cli/list_errors_test unit 600 1)
ct_program_test(cli/corpus_errors_test unit 600 1)
ct_program_test(cli/checkpoint_errors_test unit 600 1)
ct_program_test(cli/checkpoint_command_test unit 600 1)
ct_program_test(cli/python_torch_test unit 600 1)
set_property(TEST cli/python_torch_test APPEND PROPERTY ENVIRONMENT "CODECTRACE_TORCH=${CODECTRACE_TORCH_ROOT}")
ct_program_test(cli/output_errors_test unit 600 1)
ct_program_test(cli/full_disk_test unit 600 1)
ct_program_test(cli/ranks_test unit 600 2)
ct_program_test(cli/config_document_test unit 600 1)
ct_program_test(cli/install_test unit 120 1)
set_property(TEST cli/install_test APPEND PROPERTY ENVIRONMENT "CODECTRACE_BUILD=${CMAKE_BINARY_DIR}")
