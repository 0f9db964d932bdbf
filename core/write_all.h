#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace codectrace {

/// Hands all of `bytes` to the system, which may take them in parts: on a disk that fills up the
/// first part fits.
/// @param path  for the message
/// @throws Error(Environment) naming it
void write_all(int descriptor, std::span<const std::byte> bytes, const std::filesystem::path& path);

}  // namespace codectrace
