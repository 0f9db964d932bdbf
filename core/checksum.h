#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace codectrace {

/// CRC-32C (Castagnoli, reflected, as in iSCSI and ext4): crc32c("123456789") = 0xE3069283.
/// Uses the processor's instruction where there is one. Pieces chain: crc32c(b, crc32c(a)).
[[nodiscard]] std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc = 0);

/// As files and provenance have it: "e3069283".
[[nodiscard]] std::string crc_text(std::uint32_t crc);

/// CRC-32C of a whole file. @throws Error as read_file does
[[nodiscard]] std::uint32_t crc32c_of_file(const std::filesystem::path& path);

}  // namespace codectrace
