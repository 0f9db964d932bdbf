#include "core/error.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "core/rank.h"

namespace codectrace {

Error::Error(ErrorKind kind, const std::string& message, std::source_location at)
    : std::runtime_error(message),
      kind_(kind),
      rank_(this_rank().rank),
      place_(fmt::format("{}:{}", at.file_name(), at.line())) {}

Error Error::within(const std::string& surroundings) const {
  Error wider(kind_, fmt::format("{}: {}", surroundings, what()));
  wider.rank_ = rank_;
  wider.place_ = place_;
  return wider;
}

void throw_errno(const std::string& doing, std::source_location at) {
  const int code = errno;
  const bool is_input = code == ENOENT || code == EISDIR || code == ENOTDIR;
  throw Error(is_input ? ErrorKind::BadData : ErrorKind::Environment,
              fmt::format("{}: {}", doing, std::strerror(code)), at);
}

void invariant_failed(const char* condition, const std::string& message, std::source_location at) {
  throw std::logic_error(fmt::format("internal error, please report: {} ({}, {}:{})", message,
                                     condition, at.file_name(), at.line()));
}

}  // namespace codectrace
