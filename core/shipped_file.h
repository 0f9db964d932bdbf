#pragma once

#include <filesystem>

namespace codectrace {

/// Where a file that comes with the program is, such as `configs/taxonomy.toml`: `path` itself
/// where there is one, seen from the working folder; else the installation's own,
/// PREFIX/share/codectrace/`path` for a program PREFIX/bin/codectrace; else the source tree's, for
/// a program that was built in it, as build/release/codectrace; else `path` as it was given.
[[nodiscard]] std::filesystem::path find_shipped_file(const std::filesystem::path& path,
                                                      const std::filesystem::path& program);

/// The same for the program that runs.
[[nodiscard]] std::filesystem::path find_shipped_file(const std::filesystem::path& path);

}  // namespace codectrace
