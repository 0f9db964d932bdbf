#pragma once

#include <cstddef>
#include <cstdint>

/// Signatures and sizes of a zip file's records (PKWARE's APPNOTE 6.3.9): what reader and writer
/// share.
namespace codectrace::model::zip {

inline constexpr std::uint32_t kLocalSignature = 0x04034B50;
inline constexpr std::uint32_t kDirectoryEntrySignature = 0x02014B50;
inline constexpr std::uint32_t kEndSignature = 0x06054B50;
inline constexpr std::uint32_t kEnd64Signature = 0x06064B50;
inline constexpr std::uint32_t kEnd64LocatorSignature = 0x07064B50;

// Bytes of the records' fixed parts.
inline constexpr std::size_t kLocalSize = 30;
inline constexpr std::size_t kDirectoryEntrySize = 46;
inline constexpr std::size_t kEndSize = 22;
inline constexpr std::size_t kEnd64Size = 56;
inline constexpr std::size_t kEnd64LocatorSize = 20;

inline constexpr std::uint16_t kStored = 0;  // method
inline constexpr std::uint16_t kEncryptedFlag = 1;
inline constexpr std::uint16_t kUtf8Flag = 0x0800;
inline constexpr std::uint16_t kZip64Version = 45;  // needed to read zip64
inline constexpr std::uint16_t kZip64ExtraId = 1;

// "The true number is in the zip64 record".
inline constexpr std::uint16_t kLarge16 = 0xFFFF;
inline constexpr std::uint32_t kLarge32 = 0xFFFFFFFF;

}  // namespace codectrace::model::zip
