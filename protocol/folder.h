#pragma once

#include <filesystem>
#include <functional>

namespace codectrace::protocol {

/// Calls `visit` for everything in the folder, in no certain order; nothing is stat'ed.
/// @throws Error(BadData) if it isn't a folder; Error(Environment) if it can't be read
void for_each_entry(const std::filesystem::path& folder,
                    const std::function<void(const std::filesystem::directory_entry&)>& visit);

}  // namespace codectrace::protocol
