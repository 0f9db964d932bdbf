#include "core/write_all.h"

#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace {

void write_all(int descriptor, std::span<const std::byte> bytes,
               const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_errno(fmt::format("write {}", path.string()));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

}  // namespace codectrace
