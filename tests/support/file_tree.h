#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>

#include "tests/support/damage.h"

namespace codectrace::test {

/// Every file below a folder: relative path → bytes.
inline std::map<std::string, std::string> contents_of(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    files[entry.path().lexically_relative(folder).string()] = bytes_of(entry.path());
  }
  return files;
}

}  // namespace codectrace::test
