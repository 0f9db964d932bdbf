#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace codectrace::test {

struct PlainEntry {
  std::string name;
  std::string bytes;
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::optional<std::string> local_name = {};  ///< instead of `name` in front of the bytes
  std::optional<std::uint32_t> offset = {};    ///< instead of the true one
  std::optional<std::uint32_t> size = {};      ///< instead of the true one
  std::uint32_t crc32 = 0;
};

/// A zip file put together field by field, without zip64: what is wrong in it is what a test put
/// there.
inline std::string plain_zip(const std::vector<PlainEntry>& entries,
                             std::optional<std::uint16_t> count = {},
                             const std::string& comment = "") {
  const auto number = [](auto value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof(value));
  };
  const std::uint16_t none16 = 0;
  std::string file;
  std::string directory;
  for (const auto& entry : entries) {
    const auto offset = static_cast<std::uint32_t>(file.size());
    const auto size = entry.size.value_or(static_cast<std::uint32_t>(entry.bytes.size()));
    const auto fields = number(std::uint16_t{20}) + number(entry.flags) + number(entry.method) +
                        number(std::uint32_t{0}) + number(entry.crc32) + number(size) +
                        number(size);
    const auto local_name = entry.local_name.value_or(entry.name);
    file += "PK\x03\x04" + fields + number(static_cast<std::uint16_t>(local_name.size())) +
            number(none16) + local_name + entry.bytes;
    directory += "PK\x01\x02" + number(std::uint16_t{20}) + fields +
                 number(static_cast<std::uint16_t>(entry.name.size())) + number(none16) +
                 number(none16) + number(none16) + number(none16) + number(std::uint32_t{0}) +
                 number(entry.offset.value_or(offset)) + entry.name;
  }
  const auto begin = static_cast<std::uint32_t>(file.size());
  const auto entry_count = count.value_or(static_cast<std::uint16_t>(entries.size()));
  return file + directory + "PK\x05\x06" + number(none16) + number(none16) + number(entry_count) +
         number(entry_count) + number(static_cast<std::uint32_t>(directory.size())) +
         number(begin) + number(static_cast<std::uint16_t>(comment.size())) + comment;
}

}  // namespace codectrace::test
