#pragma once

#include <filesystem>

namespace codectrace {

/// The same folder under a name that a sibling's can be made from: "runs/m1/" → "runs/m1"; "." and
/// ".." by their whole path.
[[nodiscard]] std::filesystem::path folder_name(const std::filesystem::path& path);

}  // namespace codectrace
