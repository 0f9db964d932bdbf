#include "model/weights/zip_writer.h"

#include <concepts>
#include <utility>

#include "model/weights/zip_archive.h"
#include "model/weights/zip_format.h"

namespace codectrace::model {
namespace {

constexpr std::uint64_t kAlignment = 64;
constexpr std::uint16_t kPaddingExtraId = 0x4246;  // "FB", PyTorch's own
constexpr std::uint16_t kNoDate = 0x0021;          // 1 January 1980, where the format's time begins

/// A record of little-endian numbers.
class Record {
 public:
  template <std::unsigned_integral Number>
  Record& add(Number number) {
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof(number));
    return *this;
  }
  Record& add(std::string_view text) {
    bytes_.append(text);
    return *this;
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

constexpr auto u16(std::size_t number) { return static_cast<std::uint16_t>(number); }

/// What local header and directory entry have in common: version to size of the name.
std::string common_fields(std::uint32_t crc32, std::size_t name_size) {
  return Record()
      .add(zip::kZip64Version)
      .add(zip::kUtf8Flag)
      .add(zip::kStored)
      .add(std::uint16_t{0})  // time
      .add(kNoDate)
      .add(crc32)
      .add(zip::kLarge32)  // packed size, size: in the zip64 field
      .add(zip::kLarge32)
      .add(u16(name_size))
      .bytes();
}

}  // namespace

ZipWriter::ZipWriter(std::filesystem::path path) : file_(std::move(path)) {}

void ZipWriter::write(std::string_view bytes) {
  file_.write(bytes);
  position_ += bytes.size();
}

void ZipWriter::add(std::string_view name, std::span<const std::byte> bytes) {
  const Entry entry{std::string(name), bytes.size(), position_, crc32_of(bytes)};
  Record zip64;
  zip64.add(zip::kZip64ExtraId).add(u16(2 * sizeof(std::uint64_t)));
  zip64.add(entry.size).add(entry.size);
  constexpr std::size_t kFieldHeader = 2 * sizeof(std::uint16_t);
  const auto unpadded =
      position_ + zip::kLocalSize + name.size() + zip64.bytes().size() + kFieldHeader;
  const std::string padding((kAlignment - unpadded % kAlignment) % kAlignment, 'Z');

  Record header;
  header.add(zip::kLocalSignature).add(common_fields(entry.crc32, name.size()));
  header.add(u16(zip64.bytes().size() + kFieldHeader + padding.size()));
  header.add(name).add(zip64.bytes());
  header.add(kPaddingExtraId).add(u16(padding.size())).add(padding);
  write(header.bytes());
  file_.write(bytes);
  position_ += bytes.size();
  entries_.push_back(entry);
}

void ZipWriter::add(std::string_view name, std::string_view text) {
  add(name, std::as_bytes(std::span(text)));
}

std::string ZipWriter::directory() const {
  Record directory;
  for (const auto& entry : entries_) {
    Record zip64;
    zip64.add(zip::kZip64ExtraId).add(u16(3 * sizeof(std::uint64_t)));
    zip64.add(entry.size).add(entry.size).add(entry.offset);
    directory.add(zip::kDirectoryEntrySignature).add(zip::kZip64Version);
    directory.add(common_fields(entry.crc32, entry.name.size()));
    directory.add(u16(zip64.bytes().size()));
    directory.add(std::uint16_t{0})
        .add(std::uint16_t{0})
        .add(std::uint16_t{0});                          // comment, disk, attributes
    directory.add(std::uint32_t{0}).add(zip::kLarge32);  // more attributes, offset
    directory.add(entry.name).add(zip64.bytes());
  }
  return directory.bytes();
}

void ZipWriter::commit() {
  const auto entries = directory();
  const std::uint64_t begin = position_;
  const std::uint64_t count = entries_.size();
  write(entries);
  const std::uint64_t end64 = position_;
  Record end;
  end.add(zip::kEnd64Signature);
  end.add(std::uint64_t{zip::kEnd64Size - sizeof(std::uint32_t) - sizeof(std::uint64_t)});
  end.add(zip::kZip64Version).add(zip::kZip64Version);
  end.add(std::uint32_t{0}).add(std::uint32_t{0});  // disks
  end.add(count).add(count).add(std::uint64_t{entries.size()}).add(begin);
  end.add(zip::kEnd64LocatorSignature).add(std::uint32_t{0}).add(end64).add(std::uint32_t{1});
  end.add(zip::kEndSignature).add(std::uint16_t{0}).add(std::uint16_t{0});
  end.add(zip::kLarge16).add(zip::kLarge16).add(zip::kLarge32).add(zip::kLarge32);
  end.add(std::uint16_t{0});  // comment
  write(end.bytes());
  file_.commit();
}

}  // namespace codectrace::model
