ct_test(comm/communicator_mpi_test.cpp RANKS 1 2 4)
ct_test(comm/agreement_mpi_test.cpp RANKS 1 2 4)
ct_test(comm/work_counter_mpi_test.cpp RANKS 1 2 4)
ct_test(comm/nccl_gpu_test.cpp)

# Tests of the harness and of what ends a job: programs whose failing is what is expected.
add_executable(comm_fails_on_last_rank comm/fails_on_last_rank.cpp)
target_link_libraries(comm_fails_on_last_rank PRIVATE ct_mpi_test_main ct_comm ct_warnings)
ct_add_test("comm/harness_reports_a_failure_on_the_last_rank@2" mpi 60 2
            ${CODECTRACE_MPIRUN} -n 2 $<TARGET_FILE:comm_fails_on_last_rank>)
set_tests_properties("comm/harness_reports_a_failure_on_the_last_rank@2" PROPERTIES WILL_FAIL ON)

add_executable(comm_stalling_rank comm/stalling_rank.cpp)
target_link_libraries(comm_stalling_rank PRIVATE ct_comm ct_warnings)
ct_add_test("comm/watchdog_names_the_rank_that_stalls@2" mpi 60 2
            ${CODECTRACE_MPIRUN} -n 2 $<TARGET_FILE:comm_stalling_rank>)
set_tests_properties("comm/watchdog_names_the_rank_that_stalls@2" PROPERTIES
                     PASS_REGULAR_EXPRESSION "rank 1 \\(host [^)]*\\) is behind: 1 of 2 collectives")
ct_test(comm/nccl_test.cpp)
