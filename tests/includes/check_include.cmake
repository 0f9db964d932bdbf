# cmake -DCOMPILER=… -DINCLUDES=dir|dir -DSOURCE_DIR=… -DHEADER=folder/x.h -DEXPECT=finds|misses
#       -DPROBE=… -P check_include.cmake
#
# Preprocesses one #include with a folder's include directories. That a header is missing counts
# only if it exists in the tree and the compiler names it: not for a renamed header, nor for
# another failure.
if(NOT EXISTS "${SOURCE_DIR}/${HEADER}")
  message(FATAL_ERROR "${HEADER} isn't in the tree any more: name another header of its folder")
endif()
string(REPLACE "|" ";" directories "${INCLUDES}")
list(REMOVE_ITEM directories "")
list(REMOVE_DUPLICATES directories)
list(TRANSFORM directories PREPEND "-I")
file(WRITE "${PROBE}" "#include \"${HEADER}\"\n")
execute_process(COMMAND "${COMPILER}" -std=c++20 -E ${directories} "${PROBE}"
                RESULT_VARIABLE result OUTPUT_QUIET ERROR_VARIABLE complaint)

if(EXPECT STREQUAL "finds" AND NOT result EQUAL 0)
  message(FATAL_ERROR "${HEADER} should be visible:\n${complaint}")
endif()
if(EXPECT STREQUAL "misses")
  string(REPLACE "." "\\." header_pattern "${HEADER}")
  if(result EQUAL 0)
    message(FATAL_ERROR "${HEADER} is visible, but this folder doesn't depend on its folder")
  elseif(NOT complaint MATCHES "${header_pattern}'? ?(file not found|: No such file)")
    message(FATAL_ERROR "${HEADER} failed for another reason than being missing:\n${complaint}")
  endif()
endif()
