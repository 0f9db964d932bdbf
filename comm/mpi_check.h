#pragma once

#include <mpi.h>

#include <source_location>
#include <string_view>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::comm {

/// MPI's return code → Error with MPI's own text, the call and its place. Needs MPI_ERRORS_RETURN.
inline void check_mpi(int code, std::string_view call,
                      std::source_location at = std::source_location::current()) {
  if (code == MPI_SUCCESS) [[likely]] {
    return;
  }
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(code, text, &length);
  throw Error(ErrorKind::Environment,
              fmt::format("{} failed: {}", call, static_cast<const char*>(text)), at);
}

}  // namespace codectrace::comm

#define CT_MPI(call) ::codectrace::comm::check_mpi((call), #call)
