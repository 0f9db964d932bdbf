ct_program_test(e2e/pipeline_test e2e 600 2)
ct_program_test(e2e/resume_test e2e 600 2)
ct_program_test(e2e/preprocess_kill_test e2e 300 3)
