# ct_bench(<name>_bench.cpp [USES <target>…] [TORCH]): a Google Benchmark program, run by hand.
function(ct_bench path)
  cmake_parse_arguments(ARG "TORCH" "" "USES" ${ARGN})
  get_filename_component(target "${path}" NAME_WE)
  add_executable(${target} ${path})
  target_link_libraries(${target} PRIVATE benchmark::benchmark_main ct_warnings ${ARG_USES})
  if(ARG_TORCH)
    target_link_libraries(${target} PRIVATE ct::torch)
    target_precompile_headers(${target} REUSE_FROM ct_torch_pch)
    target_compile_options(${target} PRIVATE -fPIC)  # as the precompiled header was made, not -fPIE
  endif()
endfunction()
