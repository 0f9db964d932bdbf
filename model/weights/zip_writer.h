#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/atomic_file.h"

namespace codectrace::model {

/// Writes a zip file of stored entries, with zip64 throughout, so that it may be of any size. No
/// times are in it: the same entries give the same bytes.
class ZipWriter {
 public:
  /// @throws Error(Environment) as AtomicFile
  explicit ZipWriter(std::filesystem::path path);

  /// The bytes begin at a multiple of 64 in the file, as in PyTorch's, so that they can be mapped.
  void add(std::string_view name, std::span<const std::byte> bytes);
  void add(std::string_view name, std::string_view text);
  /// Writes the directory; the file then is there under its name.
  void commit();

 private:
  struct Entry {
    std::string name;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
    std::uint32_t crc32 = 0;
  };
  void write(std::string_view bytes);
  [[nodiscard]] std::string directory() const;

  AtomicFile file_;
  std::uint64_t position_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace codectrace::model
