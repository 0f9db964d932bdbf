# A folder's sources see the headers of what the folder depends on, and no others.

# ct_include_test(<folder> FINDS header… MISSES header…): one ctest a header; a folder or header
# that this build leaves out has none.
function(ct_include_test folder)
  cmake_parse_arguments(ARG "" "" "FINDS;MISSES" ${ARGN})
  if(NOT TARGET ct_${folder})
    return()
  endif()
  foreach(header IN LISTS ARG_FINDS)
    ct_one_include_test(${folder} "${header}" finds)
  endforeach()
  foreach(header IN LISTS ARG_MISSES)
    ct_one_include_test(${folder} "${header}" misses)
  endforeach()
endfunction()

function(ct_one_include_test folder header expected)
  string(REGEX REPLACE "/.*" "" other "${header}")
  if(NOT TARGET ct_${other})
    return()
  endif()
  string(MAKE_C_IDENTIFIER "${folder}_${header}" probe)
  ct_add_test("includes/${folder}_${expected}_${header}" unit 60 1
              ${CMAKE_COMMAND} -DCOMPILER=${CMAKE_CXX_COMPILER}
              "-DINCLUDES=$<JOIN:$<TARGET_PROPERTY:ct_${folder},INCLUDE_DIRECTORIES>,|>"
              "-DSOURCE_DIR=${CMAKE_SOURCE_DIR}" "-DHEADER=${header}" -DEXPECT=${expected}
              "-DPROBE=${CMAKE_CURRENT_BINARY_DIR}/include_probes/${probe}.cpp"
              -P "${CMAKE_CURRENT_SOURCE_DIR}/includes/check_include.cmake")
endfunction()

ct_include_test(core FINDS core/error.h MISSES comm/communicator.h shard/reader.h)
ct_include_test(protocol FINDS core/error.h MISSES shard/reader.h comm/communicator.h)
ct_include_test(shard FINDS core/error.h shard/reader.h
                MISSES model/network.h train/run.h comm/communicator.h protocol/taxonomy.h)
ct_include_test(comm FINDS core/error.h comm/mpi.h MISSES model/network.h shard/reader.h)
ct_include_test(slurm FINDS core/error.h slurm/job.h
                MISSES train/run.h comm/communicator.h shard/reader.h)
ct_include_test(metrics FINDS core/error.h MISSES model/network.h shard/reader.h)
ct_include_test(model_weights FINDS core/error.h MISSES model/network.h shard/reader.h)
ct_include_test(model MISSES train/run.h shard/reader.h)
ct_include_test(model_kept FINDS core/error.h MISSES train/run.h comm/communicator.h)
ct_include_test(train MISSES evaluate/run.h preprocess/run.h)
ct_include_test(evaluate MISSES train/run.h preprocess/run.h)
