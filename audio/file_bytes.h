#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

namespace codectrace::audio {

/// A file's contents in memory that is used again for the next file: one read instead of a
/// library's many small ones, which network file systems feel most.
class FileBytes {
 public:
  /// Until the next read().
  /// @throws Error(BadData): missing, a folder, a pipe or device, empty; Error(Environment) on I/O
  std::span<const std::byte> read(const std::filesystem::path& path);

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace codectrace::audio
