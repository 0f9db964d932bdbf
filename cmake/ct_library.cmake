# ct_library(<folder> SOURCES … [HEADERS …] [DEPENDS <folder>…] [USES <target>…]
#            [INTERNAL <target>…] [TORCH])
#
# A folder as a static library. What its sources may include is what it DEPENDS on: each library
# shows its headers through a view of its own, a folder that holds nothing but a link to it, so
# "model/x.h" in a folder that doesn't depend on model doesn't compile. A folder inside another may be
# a library of its own: ct_library(model/weights …) is the target ct_model_weights.
# USES: libraries that the headers need; INTERNAL: libraries that only the sources need.
function(ct_library name)
  cmake_parse_arguments(ARG "TORCH" "" "SOURCES;HEADERS;DEPENDS;USES;INTERNAL" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "ct_library(${name}): unknown arguments ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  string(REPLACE "/" "_" flat_name "${name}")
  set(view "${CMAKE_BINARY_DIR}/view/${flat_name}")
  cmake_path(GET name PARENT_PATH parent)
  file(MAKE_DIRECTORY "${view}/${parent}")
  file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}" "${view}/${name}" SYMBOLIC)
  list(TRANSFORM ARG_HEADERS PREPEND "${view}/${name}/")

  set(target ct_${flat_name})
  add_library(${target} STATIC ${ARG_SOURCES})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS "${view}" FILES ${ARG_HEADERS})
  target_compile_options(${target} PUBLIC "-ffile-prefix-map=${view}/=")
  target_compile_options(${target} PRIVATE "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")
  list(TRANSFORM ARG_DEPENDS PREPEND ct_)
  list(TRANSFORM ARG_DEPENDS REPLACE "/" "_")
  target_link_libraries(${target} PUBLIC ${ARG_DEPENDS} ${ARG_USES}
                                  PRIVATE ${ARG_INTERNAL} $<BUILD_INTERFACE:ct_warnings>)
  if(ARG_TORCH)
    target_link_libraries(${target} PUBLIC ct::torch)
    target_precompile_headers(${target} REUSE_FROM ct_torch_pch)
    # Compiling torch's headers by themselves would take longer than everything else.
    set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS OFF)
  endif()
endfunction()
