#include "model/weights/zip_archive.h"

#include <algorithm>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <zlib.h>

#include "core/error.h"
#include "core/utf8.h"
#include "model/weights/byte_reader.h"
#include "model/weights/zip_format.h"

namespace codectrace::model {
namespace {

using zip::kLarge16;
using zip::kLarge32;

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorKind::BadData, what); }

/// Where the directory of entries lies.
struct Directory {
  std::uint64_t entries = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// What the directory says of an entry.
struct Header {
  std::string_view name;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;  ///< of its local header
  std::uint32_t crc32 = 0;
};

/// The end record is the last thing in the file but for a comment of its own.
std::size_t find_end_record(std::span<const std::byte> file) {
  const std::size_t furthest = zip::kEndSize + kLarge16;
  const std::size_t first = file.size() > furthest ? file.size() - furthest : 0;
  for (std::size_t at = file.size() - std::min(file.size(), zip::kEndSize) + 1; at-- > first;) {
    ByteReader reader(file.subspan(at));
    if (reader.left() < zip::kEndSize || reader.number<std::uint32_t>() != zip::kEndSignature)
      continue;
    reader.take(zip::kEndSize - sizeof(std::uint32_t) - sizeof(std::uint16_t));
    if (reader.number<std::uint16_t>() == reader.left()) return at;
  }
  fail("is no zip file, or is truncated: it has no end record");
}

/// Of a file too large for the old record's fields; it stands right before that.
std::optional<Directory> zip64_directory(std::span<const std::byte> file, std::size_t end) {
  if (end < zip::kEnd64LocatorSize) return std::nullopt;
  ByteReader locator(file.subspan(end - zip::kEnd64LocatorSize));
  if (locator.number<std::uint32_t>() != zip::kEnd64LocatorSignature) return std::nullopt;
  locator.number<std::uint32_t>();  // disk
  const auto at = locator.number<std::uint64_t>();
  if (at > end - zip::kEnd64LocatorSize) fail("is corrupt: its zip64 record lies outside the file");

  ByteReader record(file.subspan(static_cast<std::size_t>(at)));
  if (record.number<std::uint32_t>() != zip::kEnd64Signature)
    fail("is corrupt: its zip64 record isn't where it should be");
  record.take(sizeof(std::uint64_t) + 2 * sizeof(std::uint16_t) + 2 * sizeof(std::uint32_t) +
              sizeof(std::uint64_t));  // size, versions, disks, entries of this disk
  Directory directory;
  directory.entries = record.number<std::uint64_t>();
  directory.size = record.number<std::uint64_t>();
  directory.offset = record.number<std::uint64_t>();
  return directory;
}

Directory find_directory(std::span<const std::byte> file) {
  const auto end = find_end_record(file);
  Directory directory;
  if (const auto large = zip64_directory(file, end)) {
    directory = *large;
  } else {
    ByteReader record(file.subspan(end));
    record.take(sizeof(std::uint32_t) +
                3 * sizeof(std::uint16_t));  // signature, disks, entries here
    directory.entries = record.number<std::uint16_t>();
    directory.size = record.number<std::uint32_t>();
    directory.offset = record.number<std::uint32_t>();
  }
  if (directory.offset > end || directory.size > end - directory.offset ||
      directory.entries > directory.size / zip::kDirectoryEntrySize) {
    fail("is corrupt: its directory doesn't fit the file");
  }
  return directory;
}

/// Sizes and place of an entry, where they didn't fit 32 bits.
void read_zip64_extra(std::string_view extra_bytes, Header& header) {
  ByteReader extra(std::as_bytes(std::span(extra_bytes)));
  while (extra.left() >= 2 * sizeof(std::uint16_t)) {
    const auto id = extra.number<std::uint16_t>();
    ByteReader field(extra.take(extra.number<std::uint16_t>()));
    if (id != zip::kZip64ExtraId) continue;
    if (header.size == kLarge32) {
      header.size = field.number<std::uint64_t>();
      field.number<std::uint64_t>();  // compressed: the same
    }
    if (header.offset == kLarge32) header.offset = field.number<std::uint64_t>();
    return;
  }
}

bool leaves_the_archive(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\\') != std::string_view::npos) return true;
  for (std::size_t begin = 0; begin <= name.size();) {
    const auto end = std::min(name.find('/', begin), name.size());
    if (name.substr(begin, end - begin) == "..") return true;
    begin = end + 1;
  }
  return false;
}

Header read_header(ByteReader& directory) {
  if (directory.number<std::uint32_t>() != zip::kDirectoryEntrySignature)
    fail("is corrupt: its directory holds something that is no entry");
  directory.take(2 * sizeof(std::uint16_t));  // versions
  const auto flags = directory.number<std::uint16_t>();
  const auto method = directory.number<std::uint16_t>();
  directory.take(2 * sizeof(std::uint16_t));  // time, date
  Header header;
  header.crc32 = directory.number<std::uint32_t>();
  const std::uint64_t packed_size = directory.number<std::uint32_t>();
  header.size = directory.number<std::uint32_t>();
  const auto name_size = directory.number<std::uint16_t>();
  const auto extra_size = directory.number<std::uint16_t>();
  const auto comment_size = directory.number<std::uint16_t>();
  directory.take(2 * sizeof(std::uint16_t) + sizeof(std::uint32_t));  // disk, attributes
  header.offset = directory.number<std::uint32_t>();
  header.name = directory.text(name_size);
  const auto extra = directory.text(extra_size);
  directory.take(comment_size);

  const auto shown = printable(header.name);
  if (!is_utf8(header.name) || leaves_the_archive(header.name))
    fail(fmt::format("has an entry with the impossible path \"{}\"", shown));
  if ((flags & zip::kEncryptedFlag) != 0) fail(fmt::format("entry {} is encrypted", shown));
  if (method != zip::kStored || packed_size != header.size) {
    fail(
        fmt::format("entry {} is compressed, which torch.save never does; of a TorchScript "
                    "program, save what state_dict() returns",
                    shown));
  }
  read_zip64_extra(extra, header);
  return header;
}

/// The entry's bytes, behind a header that says the same as the directory.
std::span<const std::byte> contents(std::span<const std::byte> entries_part, const Header& header) {
  try {
    if (header.offset > entries_part.size()) fail("lies outside the file");
    ByteReader local(entries_part.subspan(static_cast<std::size_t>(header.offset)));
    if (local.number<std::uint32_t>() != zip::kLocalSignature)
      fail("isn't where the directory says");
    local.take(zip::kLocalSize - sizeof(std::uint32_t) - 2 * sizeof(std::uint16_t));
    const auto name_size = local.number<std::uint16_t>();
    const auto extra_size = local.number<std::uint16_t>();
    if (local.text(name_size) != header.name) fail("has another name where it lies");
    local.take(extra_size);
    return local.take(header.size);
  } catch (const Error& error) {
    throw error.within(fmt::format("is corrupt: entry {}", printable(header.name)));
  }
}

void check_overlaps(const std::vector<Header>& headers, const std::vector<ZipEntry>& entries,
                    std::span<const std::byte> file) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> places;  // begin, end
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto bytes = entries[i].bytes;
    const auto end = static_cast<std::uint64_t>(bytes.data() - file.data()) + bytes.size();
    places.emplace_back(headers[i].offset, end);
  }
  std::ranges::sort(places);
  for (std::size_t i = 1; i < places.size(); ++i) {
    if (places[i].first < places[i - 1].second) fail("is corrupt: two of its entries overlap");
  }
}

}  // namespace

ZipArchive::ZipArchive(std::span<const std::byte> file) {
  const auto directory = find_directory(file);
  constexpr std::uint64_t kMostEntries = 1'000'000;
  if (directory.entries > kMostEntries)
    fail(fmt::format("claims {} entries, more than any weight file has", directory.entries));
  const auto entries_part = file.first(static_cast<std::size_t>(directory.offset));
  ByteReader reader(file.subspan(static_cast<std::size_t>(directory.offset),
                                 static_cast<std::size_t>(directory.size)));
  std::vector<Header> headers;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    const auto& header = headers.emplace_back(read_header(reader));
    entries_.push_back({header.name, contents(entries_part, header), header.crc32});
    if (!index_.emplace(header.name, entries_.size() - 1).second)
      fail(fmt::format("has two entries {}", printable(header.name)));
  }
  if (reader.left() != 0) fail("is corrupt: its directory holds more than it counts");
  check_overlaps(headers, entries_, file);
}

bool ZipArchive::looks_like_one(std::span<const std::byte> file) {
  return as_text(file).starts_with("PK");
}

const ZipEntry* ZipArchive::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &entries_[found->second];
}

std::uint32_t crc32_of(std::span<const std::byte> bytes) {
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

void check_crc32(const ZipEntry& entry) {
  if (entry.crc32 == 0) return;
  const auto found = crc32_of(entry.bytes);
  if (found == entry.crc32) return;
  fail(
      fmt::format("is corrupt: entry {} has CRC-32 {:08x}, it promises {:08x}; take another copy "
                  "of it",
                  printable(entry.name), found, entry.crc32));
}

}  // namespace codectrace::model
