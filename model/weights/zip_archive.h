#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

namespace codectrace::model {

struct ZipEntry {
  std::string_view name;  ///< "archive/data/0"
  std::span<const std::byte> bytes;
  std::uint32_t crc32 = 0;  ///< of the bytes, as the archive promises it
};

/// A zip file as torch.save writes it: every entry stored as it is, none compressed. The entries
/// are views into the file.
///
/// Format: PKWARE's APPNOTE 6.3.9, with zip64.
class ZipArchive {
 public:
  /// @throws Error(BadData): no zip file, truncated, sizes or places that don't fit the file,
  ///         entries that overlap, occur twice, are compressed or encrypted, or whose path leaves
  ///         the archive. Contents are not compared with their CRC: see check_crc32
  explicit ZipArchive(std::span<const std::byte> file);

  [[nodiscard]] static bool looks_like_one(std::span<const std::byte> file);

  /// In the order of the archive's directory.
  [[nodiscard]] const std::vector<ZipEntry>& entries() const { return entries_; }
  /// nullptr if there is none of that name
  [[nodiscard]] const ZipEntry* find(std::string_view name) const;

 private:
  std::vector<ZipEntry> entries_;
  std::map<std::string_view, std::size_t> index_;
};

/// CRC-32 as in zip, gzip and PNG.
[[nodiscard]] std::uint32_t crc32_of(std::span<const std::byte> bytes);

/// @throws Error(BadData) if the entry's bytes don't have its CRC. A CRC of 0 is none: torch.save
///         can be told to leave it out
void check_crc32(const ZipEntry& entry);

}  // namespace codectrace::model
