#include "core/error.h"

#include <cerrno>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "core/rank.h"

namespace codectrace {
namespace {

/// "comm/mpi.cpp:58": from the tree's root, wherever the compiler was told the file is. With ccache
/// that is relative to the build folder, and a header is below the view of its library.
std::string place_of(const std::source_location& at) {
  if (at.line() == 0) return "";  // of none
  constexpr std::string_view kThisFile = "core/error.cpp";
  std::string_view root = std::source_location::current().file_name();
  root.remove_suffix(kThisFile.size());
  std::string_view file = at.file_name();
  if (file.starts_with(root)) file.remove_prefix(root.size());
  constexpr std::string_view kViews = "view/";  // see cmake/ct_library.cmake
  if (file.starts_with(kViews)) {
    file.remove_prefix(kViews.size());
    file.remove_prefix(file.find('/') + 1);
  }
  return fmt::format("{}:{}", file, at.line());
}

}  // namespace

Error::Error(ErrorKind kind, const std::string& message, std::source_location at)
    : std::runtime_error(message), kind_(kind), rank_(this_rank().rank), place_(place_of(at)) {}

Error Error::within(const std::string& surroundings) const {
  Error wider(kind_, fmt::format("{}: {}", surroundings, what()));
  wider.rank_ = rank_;
  wider.place_ = place_;
  return wider;
}

void throw_errno(const std::string& doing, std::source_location at) {
  const int code = errno;
  const bool is_input = code == ENOENT || code == EISDIR || code == ENOTDIR || code == ELOOP;
  throw Error(is_input ? ErrorKind::BadData : ErrorKind::Environment,
              fmt::format("{}: {}", doing, std::strerror(code)), at);
}

void invariant_failed(const char* condition, const std::string& message, std::source_location at) {
  throw std::logic_error(
      fmt::format("internal error, please report: {} ({}, {})", message, condition, place_of(at)));
}

}  // namespace codectrace
