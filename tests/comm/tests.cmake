ct_test(comm/communicator_mpi_test.cpp RANKS 1 2 4)
ct_test(comm/agreement_mpi_test.cpp RANKS 1 2 4)
ct_test(comm/exchange_mpi_test.cpp RANKS 1 2 4)
ct_test(comm/work_counter_mpi_test.cpp RANKS 1 2 4)
ct_test(comm/split_mpi_test.cpp RANKS 1 2 4)
ct_test(comm/rank_groups_test.cpp)
ct_test(comm/start_watch_test.cpp)
if(CODECTRACE_TORCH)
  ct_test(comm/nccl_gpu_test.cpp TORCH)
endif()

# Tests of the harness and of what ends a job: programs whose failing is what is expected.
add_executable(comm_fails_on_last_rank comm/fails_on_last_rank.cpp)
target_link_libraries(comm_fails_on_last_rank PRIVATE ct_mpi_test_main ct_comm ct_warnings)
ct_add_test("comm/harness_reports_a_failure_on_the_last_rank@2" mpi 60 2
            ${CODECTRACE_MPIRUN} -n 2 $<TARGET_FILE:comm_fails_on_last_rank>)
set_tests_properties("comm/harness_reports_a_failure_on_the_last_rank@2" PROPERTIES WILL_FAIL ON)

# ct_end_of_job_test(<name> RANKS <n> PROGRAM <target> [arguments…] [MPIRUN <options>…] CODE <code>
#                    SAYS <regular expression> [ALSO <one of all that is said>])
function(ct_end_of_job_test name)
  cmake_parse_arguments(ARG "" "RANKS;CODE;SAYS;ALSO" "PROGRAM;MPIRUN" ${ARGN})
  list(POP_FRONT ARG_PROGRAM target)
  set(program ${CODECTRACE_MPIRUN} ${ARG_MPIRUN} -n ${ARG_RANKS} $<TARGET_FILE:${target}> ${ARG_PROGRAM})
  string(REPLACE ";" "|" program "${program}")
  ct_add_test("comm/${name}@${ARG_RANKS}" mpi 60 ${ARG_RANKS}
              ${CMAKE_COMMAND} "-DPROGRAM=${program}" -DCODE=${ARG_CODE} "-DSAYS=${ARG_SAYS}" "-DALSO=${ARG_ALSO}"
              -P "${CMAKE_CURRENT_SOURCE_DIR}/comm/check_end_of_job.cmake")
endfunction()

add_executable(comm_aborting_rank comm/aborting_rank.cpp)
target_link_libraries(comm_aborting_rank PRIVATE ct_comm ct_warnings)
ct_end_of_job_test(an_abort_ends_all_ranks_with_its_code_and_destroys_nothing RANKS 2
                   PROGRAM comm_aborting_rank CODE 3 SAYS "codectrace: fails")

# The last rank is another program, which doesn't know of MPI.
foreach(ranks 1 2)
  ct_end_of_job_test(a_start_that_waits_for_a_rank_in_vain_is_ended RANKS ${ranks}
                     MPIRUN -x CODECTRACE_START_LIMIT_S=2
                     PROGRAM comm_aborting_rank : -n 1 sleep 50 CODE 4
                     SAYS "rank 0 of [23] \\(host [^)]*\\): the start of MPI waits for 2 s")
endforeach()

add_executable(comm_stalling_rank comm/stalling_rank.cpp)
target_link_libraries(comm_stalling_rank PRIVATE ct_comm ct_warnings)
foreach(how stops sleeps)
  ct_end_of_job_test(a_rank_that_${how}_before_a_barrier_is_named RANKS 4
                     PROGRAM comm_stalling_rank barrier 1 ${how} CODE 4
                     SAYS "barrier waits for [0-9]+ s: rank 1 \\(host [^)]*\\) is behind: 1 of 2 collectives")
endforeach()
ct_end_of_job_test(a_rank_that_stops_in_the_middle_of_a_collective_is_named RANKS 4
                   PROGRAM comm_stalling_rank middle 2 stops CODE 4
                   SAYS "all_reduce waits for [0-9]+ s: rank 2 \\(host [^)]*\\) has stopped in the middle")
ct_end_of_job_test(a_rank_that_stops_before_a_work_counter_is_named RANKS 4
                   PROGRAM comm_stalling_rank counter 2 stops CODE 4
                   SAYS "work_counter waits for [0-9]+ s: rank 2 \\(host [^)]*\\) is behind: 2 of 3")
ct_end_of_job_test(a_rank_that_stops_before_a_work_counters_end_is_named RANKS 4
                   PROGRAM comm_stalling_rank counter_end 0 stops CODE 4
                   SAYS "work counter's end waits for [0-9]+ s: rank 0 \\(host [^)]*\\) is behind: 3 of 4")
ct_end_of_job_test(a_rank_that_stops_before_the_end_is_named RANKS 4
                   PROGRAM comm_stalling_rank end 3 stops CODE 4
                   SAYS "the end waits for [0-9]+ s: rank 3 \\(host [^)]*\\) is behind: 4 of 5")
ct_end_of_job_test(a_rank_that_stops_in_a_group_is_named_by_its_number_in_the_job RANKS 4
                   PROGRAM comm_stalling_rank group 3 stops CODE 4
                   SAYS "rank 2 of 4 \\(host [^)]*\\): barrier waits for [0-9]+ s: rank 3 \\(host [^)]*\\) is behind: 1 of 2")
# As between machines, where a stopped rank's memory doesn't answer.
ct_end_of_job_test(a_rank_that_stops_and_holds_the_work_counter_is_named RANKS 4 MPIRUN --mca osc pt2pt
                   PROGRAM comm_stalling_rank next 0 stops CODE 4
                   SAYS "work_counter waits for [0-9]+ s: rank 0 \\(host [^)]*\\) doesn't answer")

# Between machines that have nothing but TCP, as MPI is configured here. Machines are host names.
ct_add_test("comm/work_counter_serves_ranks_on_two_machines@2" mpi 60 2
            mpirun -n 2 --host machine1,machine2 --bind-to none --quiet
            --mca plm_rsh_agent "${CMAKE_CURRENT_SOURCE_DIR}/comm/on_machine.sh"
            $<TARGET_FILE:comm_work_counter_mpi_test>)
set_tests_properties("comm/work_counter_serves_ranks_on_two_machines@2" PROPERTIES
                     SKIP_REGULAR_EXPRESSION "unshare: ")
ct_test(comm/one_sided_test.cpp)
ct_test(comm/launcher_test.cpp)
ct_test(comm/turn_to_speak_test.cpp)
ct_test(comm/nccl_test.cpp)

# With the stand-in's calls in place of CUDA's and NCCL's.
ct_test(comm/nccl_stand_in_mpi_test.cpp RANKS 1 2 4)
target_sources(comm_nccl_stand_in_mpi_test PRIVATE support/gpu_stand_in.cpp)
add_executable(comm_failing_nccl_rank comm/failing_nccl_rank.cpp support/gpu_stand_in.cpp)
target_link_libraries(comm_failing_nccl_rank PRIVATE ct_test_support ct_comm ct_warnings)
ct_end_of_job_test(an_error_of_nccl_ends_the_job RANKS 2 PROGRAM comm_failing_nccl_rank error CODE 4
                   SAYS "rank 1 of 2 \\(host [^)]*\\): a collective on the GPUs failed: a remote process has gone: stand-in's last words"
                   ALSO "stand-in: communicator aborted")
ct_end_of_job_test(a_rank_that_the_gpus_wait_for_is_named RANKS 2 PROGRAM comm_failing_nccl_rank stops CODE 4
                   SAYS "rank 0 of 2 \\(host [^)]*\\): barrier waits for [0-9]+ s: rank 1 \\(host [^)]*\\) is behind")
