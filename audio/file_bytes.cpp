#include "audio/file_bytes.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "core/error.h"
#include "core/file_descriptor.h"

namespace codectrace::audio {
namespace {

std::size_t size_of(const FileDescriptor& file, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw_errno(fmt::format("stat {}", path.string()));
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorKind::BadData,
                fmt::format("{} is a {}, expected an audio file", path.string(),
                            S_ISDIR(status.st_mode) ? "folder" : "pipe or device"));
  }
  return static_cast<std::size_t>(status.st_size);
}

}  // namespace

std::span<const std::byte> FileBytes::read(const std::filesystem::path& path) {
  const FileDescriptor file(path);
  const std::size_t size = size_of(file, path);
  if (bytes_.size() < size) bytes_.resize(size);
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t count = ::read(file.get(), bytes_.data() + filled, size - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno(fmt::format("read {}", path.string()));
    if (count == 0) break;  // it became shorter meanwhile
    filled += static_cast<std::size_t>(count);
  }
  if (filled == 0) throw Error(ErrorKind::BadData, fmt::format("{} is empty", path.string()));
  return std::span(bytes_).first(filled);
}

}  // namespace codectrace::audio
