#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace codectrace {

/// A file's bytes as memory that is read from disk where it is touched, and never written. It
/// counts as cache: a file larger than memory can be mapped.
///
/// The file must stay as it is while it is mapped: touching what has been cut off ends the process,
/// with a message (see mapping_guard.h). Replacing it by renaming another one over it is fine.
class MappedFile {
 public:
  /// @throws Error(BadData) if it is missing or isn't a file
  explicit MappedFile(std::filesystem::path path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  /// The whole file; stays where it is when this is moved.
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::span<const std::byte> bytes_;
};

}  // namespace codectrace
