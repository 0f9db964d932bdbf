# Linked PRIVATE by our code alone, so that nobody else's headers are judged by it.
add_library(ct_warnings INTERFACE)
target_compile_options(ct_warnings INTERFACE -Wall -Wextra -Wconversion -Wshadow -Wno-psabi)
if(CODECTRACE_WERROR)
  target_compile_options(ct_warnings INTERFACE -Werror)
endif()
