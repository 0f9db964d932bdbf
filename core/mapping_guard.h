#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace codectrace {

/// From now on, a process that touches bytes of this mapped file which aren't there any more (the
/// file was cut short, or its disk can't be read: SIGBUS) says so, naming the file, and ends with
/// ExitCode::Environment. There is nothing to throw through: the fault can be in any thread, in the
/// middle of a library's loop.
///
/// Of more than a few dozen mappings at a time the last ones end in the system's "Bus error".
void guard_mapping(std::span<const std::byte> bytes, const std::filesystem::path& path);

/// Before it is unmapped. Of one that isn't guarded: nothing.
void forget_mapping(std::span<const std::byte> bytes) noexcept;

}  // namespace codectrace
