# LibTorch, CUDA runtime and NCCL as imported targets.
#
# A CUDA wheel's own TorchConfig.cmake asks for a CUDA toolkit, which nothing here needs, so the
# targets are made by hand. Which LibTorch: CODECTRACE_TORCH_ROOT, or else the first of these that
# holds one: CMAKE_PREFIX_PATH, what scripts/setup --system-torch chose, the pinned wheel.
set(chosen_torch "${CMAKE_SOURCE_DIR}/.deps/system-torch")
set(system_torch "")
if(EXISTS "${chosen_torch}")
  file(STRINGS "${chosen_torch}" system_torch)
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${chosen_torch}")
find_path(CODECTRACE_TORCH_ROOT include/torch/csrc/api/include/torch/torch.h
          HINTS ${CMAKE_PREFIX_PATH} ${system_torch} "${CMAKE_SOURCE_DIR}/.deps/torch/torch"
          NO_DEFAULT_PATH NO_CACHE)
if(NOT EXISTS "${CODECTRACE_TORCH_ROOT}/include/torch/csrc/api/include/torch/torch.h")
  message(FATAL_ERROR "No LibTorch. Run scripts/setup, or give one with -DCMAKE_PREFIX_PATH=DIR")
endif()
file(REAL_PATH "${CODECTRACE_TORCH_ROOT}" CODECTRACE_TORCH_ROOT)

# A wheel has them beside it, a LibTorch of another origin may not: then those that are pinned.
cmake_path(GET CODECTRACE_TORCH_ROOT PARENT_PATH beside_torch)
set(nvidia_places "${beside_torch}/nvidia" "${CMAKE_SOURCE_DIR}/.deps/torch/nvidia"
                  "${CMAKE_SOURCE_DIR}/.deps/cuda/nvidia")
list(TRANSFORM nvidia_places APPEND /cu13 OUTPUT_VARIABLE cuda_places)
list(TRANSFORM nvidia_places APPEND /nccl OUTPUT_VARIABLE nccl_places)
set(searched PATH_SUFFIXES lib lib64 NO_CACHE)
find_path(CODECTRACE_CUDA_INCLUDE cuda_runtime_api.h PATH_SUFFIXES include NO_CACHE
          HINTS ${cuda_places} "$ENV{CUDA_HOME}" /usr/local/cuda)
find_library(CODECTRACE_CUDART NAMES libcudart.so.13 libcudart.so.12 cudart ${searched}
             HINTS ${cuda_places} "$ENV{CUDA_HOME}" /usr/local/cuda)
find_path(CODECTRACE_NCCL_INCLUDE nccl.h PATH_SUFFIXES include NO_CACHE HINTS ${nccl_places})
find_library(CODECTRACE_NCCL NAMES libnccl.so.2 nccl ${searched} HINTS ${nccl_places})
foreach(needed CUDA_INCLUDE CUDART NCCL_INCLUDE NCCL)
  if(NOT CODECTRACE_${needed})
    message(FATAL_ERROR "LibTorch is ${CODECTRACE_TORCH_ROOT}, but there is no CODECTRACE_${needed}. "
            "scripts/setup --system-torch fetches the CUDA runtime and NCCL; others of yours: "
            "-DCODECTRACE_CUDA_INCLUDE=DIR -DCODECTRACE_CUDART=FILE -DCODECTRACE_NCCL_INCLUDE=DIR "
            "-DCODECTRACE_NCCL=FILE")
  endif()
endforeach()

function(ct_imported_library name file)
  add_library(${name} SHARED IMPORTED GLOBAL)
  set_target_properties(${name} PROPERTIES IMPORTED_LOCATION "${file}" IMPORTED_NO_SONAME OFF)
  target_include_directories(${name} SYSTEM INTERFACE ${ARGN})
endfunction()

ct_imported_library(ct::cudart "${CODECTRACE_CUDART}" "${CODECTRACE_CUDA_INCLUDE}")
ct_imported_library(ct::nccl "${CODECTRACE_NCCL}" "${CODECTRACE_NCCL_INCLUDE}")
target_link_libraries(ct::nccl INTERFACE ct::cudart)

set(torch_include "${CODECTRACE_TORCH_ROOT}/include")
set(torch_lib "${CODECTRACE_TORCH_ROOT}/lib")
add_library(ct::torch INTERFACE IMPORTED GLOBAL)
target_include_directories(ct::torch SYSTEM INTERFACE
                           "${torch_include}" "${torch_include}/torch/csrc/api/include")
target_link_libraries(ct::torch INTERFACE "${torch_lib}/libtorch.so" "${torch_lib}/libtorch_cpu.so"
                                          "${torch_lib}/libc10.so" Threads::Threads)
# Before LibTorch's libraries: some releases' libtorch.so has parts of an old libstdc++ of its own, whose
# std::filesystem::remove_all would be found first, and calls what isn't there.
target_link_options(ct::torch INTERFACE "SHELL:-Wl,--push-state,--no-as-needed -lstdc++ -Wl,--pop-state")
# The wheel brings fmt's headers in another version than the system's library: there, fmt is inline.
target_compile_definitions(ct::torch INTERFACE FMT_HEADER_ONLY)
# The wheel's libraries find CUDA's through their own RPATH; the linker needs to be told.
file(GLOB cuda_library_dirs "${beside_torch}/nvidia/*/lib")
foreach(dir IN LISTS cuda_library_dirs)
  target_link_options(ct::torch INTERFACE "LINKER:-rpath-link,${dir}")
endforeach()
# Where an installed program finds them.
set(CODECTRACE_TORCH_LIBRARY_DIRS "${torch_lib}")
foreach(library IN ITEMS "${CODECTRACE_CUDART}" "${CODECTRACE_NCCL}")
  cmake_path(GET library PARENT_PATH dir)
  list(APPEND CODECTRACE_TORCH_LIBRARY_DIRS "${dir}")
endforeach()
foreach(library torch_cuda c10_cuda)
  if(EXISTS "${torch_lib}/lib${library}.so")
    # Nothing of ours calls into it by name: kept, or the CUDA backend would not be registered.
    target_link_options(ct::torch INTERFACE
                        "LINKER:--push-state,--no-as-needed,${torch_lib}/lib${library}.so,--pop-state")
  endif()
endforeach()

if(CODECTRACE_TORCH)
  # One precompiled header for all folders that include torch: it takes longer than most files.
  file(WRITE "${CMAKE_BINARY_DIR}/torch_pch.cpp" "")
  add_library(ct_torch_pch OBJECT "${CMAKE_BINARY_DIR}/torch_pch.cpp")
  target_link_libraries(ct_torch_pch PRIVATE ct::torch)
  target_precompile_headers(ct_torch_pch PRIVATE <torch/torch.h>)
  file(SHA256 "${torch_include}/torch/headeronly/version.h" torch_version)
  file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/CMakeFiles/ct_torch_pch.dir/cmake_pch.hxx.gch.sum"
       CONTENT "${torch_version} ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_BUILD_TYPE} ${CODECTRACE_SANITIZE}")
endif()
