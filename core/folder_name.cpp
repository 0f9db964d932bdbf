#include "core/folder_name.h"

namespace codectrace {

namespace fs = std::filesystem;

fs::path folder_name(const fs::path& path) {
  const auto name = path.filename();
  if (name == "." || name == "..") return folder_name(fs::weakly_canonical(path));
  const bool ends_with_slash = name.empty() && path.has_relative_path();
  return ends_with_slash ? folder_name(path.parent_path()) : path;
}

}  // namespace codectrace
