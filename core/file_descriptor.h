#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace {

/// A file open for reading, closed at the end.
class FileDescriptor {
 public:
  /// @throws Error(BadData) if it is missing, Error(Environment) otherwise
  explicit FileDescriptor(const std::filesystem::path& path)
      // Without waiting: a pipe would block until somebody writes to it.
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (descriptor_ < 0) throw_errno(fmt::format("open {}", path.string()));
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() { ::close(descriptor_); }

  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace codectrace
