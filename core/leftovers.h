#pragma once

#include <filesystem>
#include <string_view>

namespace codectrace {

/// Whether a name is one of those under which atomic_file.h writes: NAME.PID.tmp, NAME.old.tmp.
[[nodiscard]] bool is_leftover(std::string_view name);

/// Removes what killed writers left in a folder, files and whole folders; a missing folder has
/// none. Only for who has the folder to itself (core/folder_lock.h).
/// @param of  only temporaries of this name; empty: of every name
/// @throws Error(Environment) naming what can't be removed
void remove_leftovers(const std::filesystem::path& folder, std::string_view of = {});

}  // namespace codectrace
