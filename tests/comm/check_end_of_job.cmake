# cmake -DPROGRAM=command|argument|… -DCODE=4 -DSAYS=regular-expression -DALSO=another -P check_end_of_job.cmake
#
# Runs a job that must end with this exit code and one message of ours, whichever ranks give it.
string(REPLACE "|" ";" program "${PROGRAM}")
execute_process(COMMAND ${program} TIMEOUT 40
                RESULT_VARIABLE code OUTPUT_VARIABLE said ERROR_VARIABLE said)
string(REPLACE ";" "," said "${said}")  # a list's separator to CMake
string(REGEX MATCHALL "(^|\n)codectrace[^\n]*" messages "${said}")
list(LENGTH messages count)

if(NOT code STREQUAL CODE)
  message(FATAL_ERROR "ended with ${code} instead of ${CODE}:\n${said}")
elseif(NOT count EQUAL 1)
  message(FATAL_ERROR "${count} messages instead of one:\n${said}")
elseif(NOT messages MATCHES "${SAYS}")
  message(FATAL_ERROR "it doesn't say ${SAYS}:\n${said}")
elseif(NOT said MATCHES "${ALSO}")
  message(FATAL_ERROR "there is no ${ALSO}:\n${said}")
endif()
