#include "core/shipped_file.h"

#include <system_error>

namespace codectrace {

namespace fs = std::filesystem;

fs::path find_shipped_file(const fs::path& path, const fs::path& program) {
  std::error_code ignored;
  if (path.is_absolute() || fs::exists(path, ignored)) return path;
  const auto above = program.parent_path().parent_path();
  const auto installed = above / "share" / "codectrace" / path;
  if (fs::exists(installed, ignored)) return installed;
  const auto tree = above.parent_path();
  const bool is_tree = fs::exists(tree / "CMakePresets.json", ignored);
  return is_tree && fs::exists(tree / path, ignored) ? tree / path : path;
}

fs::path find_shipped_file(const fs::path& path) {
  std::error_code ignored;
  return find_shipped_file(path, fs::read_symlink("/proc/self/exe", ignored));
}

}  // namespace codectrace
