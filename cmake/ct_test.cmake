# ct_test(<path>_test.cpp [RANKS 1 2 4] [USES <target>…] [TORCH] [TIMEOUT seconds] [THREADS n])
#
# One executable and one ctest a file (a ctest for each number of ranks). The path mirrors the
# source tree and decides the rest: tests/shard/… links ct_shard, tests/model/weights/… the library
# that is nearest, ct_model_weights; tests/parity/… and tests/e2e/… are labelled so; …_mpi_test and
# …_gpu_test are mpi and gpu; everything else is a unit test. THREADS: how many cores the test computes on.
function(ct_test path)
  cmake_parse_arguments(ARG "TORCH" "TIMEOUT;THREADS" "RANKS;USES" ${ARGN})
  get_filename_component(folder "${path}" DIRECTORY)
  get_filename_component(stem "${path}" NAME_WE)
  string(REGEX REPLACE "/.*" "" top "${folder}")
  string(REPLACE "/" "_" prefix "${folder}")
  set(target "${prefix}_${stem}")

  if(top MATCHES "^(parity|e2e)$")
    set(label ${top})
  elseif(stem MATCHES "_mpi_test$")
    set(label mpi)
  elseif(stem MATCHES "_gpu_test$")
    set(label gpu)
  else()
    set(label unit)
  endif()

  add_executable(${target} ${path})
  target_link_libraries(${target} PRIVATE ct_test_support ct_warnings ${ARG_USES})
  foreach(tested ct_${prefix} ct_${top})
    if(TARGET ${tested})
      target_link_libraries(${target} PRIVATE ${tested})
      break()
    endif()
  endforeach()
  if(label STREQUAL "mpi")
    target_link_libraries(${target} PRIVATE ct_mpi_test_main)
  else()
    target_link_libraries(${target} PRIVATE ct_test_main)
  endif()
  if(ARG_TORCH)
    target_link_libraries(${target} PRIVATE ct::torch)
    target_precompile_headers(${target} REUSE_FROM ct_torch_pch)
    target_compile_options(${target} PRIVATE -fPIC)  # as the precompiled header was made, not -fPIE
  endif()
  target_compile_definitions(${target} PRIVATE
                             CT_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data" CT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")

  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(NOT ARG_THREADS)
    set(ARG_THREADS 1)
  endif()
  if(ARG_RANKS)
    foreach(ranks IN LISTS ARG_RANKS)
      ct_add_test("${folder}/${stem}@${ranks}" ${label} ${ARG_TIMEOUT} ${ranks}
                  ${CODECTRACE_MPIRUN} -n ${ranks} $<TARGET_FILE:${target}>)
    endforeach()
  else()
    ct_add_test("${folder}/${stem}" ${label} ${ARG_TIMEOUT} ${ARG_THREADS} $<TARGET_FILE:${target}>)
  endif()
endfunction()

# Oversubscribed and yielding, so that four ranks run on two cores; as root too, as in containers.
set(CODECTRACE_MPIRUN mpirun --oversubscribe --bind-to none --mca mpi_yield_when_idle 1 --quiet)

# ct_test_on_gpu(<path>_test.cpp TIMEOUT seconds): what ct_test(…) registered, once more on a GPU.
function(ct_test_on_gpu path)
  cmake_parse_arguments(ARG "" "TIMEOUT" "" ${ARGN})
  string(REPLACE "_test.cpp" "_test" name "${path}")
  string(REPLACE "/" "_" target "${name}")
  ct_add_test("${name}@gpu" gpu ${ARG_TIMEOUT} 2
              "${CMAKE_SOURCE_DIR}/tests/support/on_gpu.sh" $<TARGET_FILE:${target}>)
endfunction()

# ct_add_test(<name> <label> <timeout> <processors> command…): what every kind of test has.
function(ct_add_test name label timeout processors)
  add_test(NAME "${name}" COMMAND ${ARGN})
  set_tests_properties("${name}" PROPERTIES LABELS ${label} TIMEOUT ${timeout} PROCESSORS ${processors})
  set(environment OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=1
                  UBSAN_OPTIONS=print_stacktrace=1
                  "TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/tsan.supp"
                  "LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/lsan.supp")
  set_tests_properties("${name}" PROPERTIES ENVIRONMENT "${environment}")
  if(label STREQUAL "gpu")
    set_tests_properties("${name}" PROPERTIES SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\]" RUN_SERIAL ON)
  endif()
endfunction()
