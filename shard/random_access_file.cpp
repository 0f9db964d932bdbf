#include "shard/random_access_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::shard {

RandomAccessFile::RandomAccessFile(std::filesystem::path path) : path_(std::move(path)) {
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0 && errno == EMFILE) {
    throw Error(ErrorKind::Environment,
                fmt::format("open {}: too many open files, one is needed for each shard; raise the "
                            "limit (ulimit -n) or make the corpus of larger shards",
                            path_.string()));
  }
  if (descriptor_ < 0) throw_errno(fmt::format("open {}", path_.string()));
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) {
    const int code = errno;
    ::close(std::exchange(descriptor_, -1));
    errno = code;
    throw_errno(fmt::format("look at {}", path_.string()));
  }
  if (S_ISDIR(status.st_mode)) {
    ::close(std::exchange(descriptor_, -1));
    throw Error(ErrorKind::BadData, fmt::format("{} is a folder, expected a file", path_.string()));
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

RandomAccessFile::RandomAccessFile(RandomAccessFile&& other) noexcept
    : path_(std::move(other.path_)),
      size_(other.size_),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

RandomAccessFile& RandomAccessFile::operator=(RandomAccessFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(size_, other.size_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

RandomAccessFile::~RandomAccessFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void RandomAccessFile::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno(fmt::format("read {}", path_.string()));
    if (count == 0) {
      throw Error(ErrorKind::BadData,
                  fmt::format("{} ends at byte {}, was {} bytes long when it was opened",
                              path_.string(), offset, size_));
    }
    offset += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

}  // namespace codectrace::shard
