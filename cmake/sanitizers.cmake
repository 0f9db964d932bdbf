if(CODECTRACE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)  # tells libFuzzer which branches an input takes
endif()
if(CODECTRACE_SANITIZE)
  add_compile_options(-fsanitize=${CODECTRACE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CODECTRACE_SANITIZE})
endif()
