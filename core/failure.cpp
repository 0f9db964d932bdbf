#include "core/failure.h"

#include <new>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace codectrace {
namespace {

constexpr std::string_view kOutOfMemory =
    "out of memory; use a smaller batch, or fewer ranks a machine";

Error environment(const std::string& message) {
  return {ErrorKind::Environment, message, std::source_location()};
}

/// LibTorch appends the stack of calls to its messages.
std::string without_stack(std::string_view text) {
  return std::string(text.substr(0, text.find("\nException raised from ")));
}

/// LibTorch's words, for a CPU's memory and for a GPU's, and oneDNN's, which has no room to put a
/// kernel.
bool is_of_memory(std::string_view text) {
  return text.find("can't allocate memory") != std::string_view::npos ||
         text.find("out of memory") != std::string_view::npos ||
         text.find("could not create a primitive") != std::string_view::npos;
}

}  // namespace

Error error_of(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return environment(std::string(kOutOfMemory));
  } catch (const std::system_error& error) {
    const bool is_thread = error.code() == std::errc::resource_unavailable_try_again;
    return environment(is_thread ? fmt::format("a thread can't be started ({}): out of memory, or "
                                               "too many processes (ulimit -u)",
                                               error.what())
                                 : error.what());
  } catch (const std::exception& error) {
    const std::string text = without_stack(error.what());
    return environment(is_of_memory(text) ? fmt::format("{}: {}", kOutOfMemory, text) : text);
  } catch (...) {
    return environment("an exception of no known type");
  }
}

std::string told(const Error& error) {
  const bool shows_place = error.kind() == ErrorKind::Environment && !error.place().empty();
  return shows_place ? fmt::format("{} ({})", error.what(), error.place()) : error.what();
}

}  // namespace codectrace
