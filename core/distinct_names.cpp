#include "core/distinct_names.h"

#include <algorithm>
#include <filesystem>
#include <set>

namespace codectrace {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> parts_of(const std::string& path) {
  auto whole = fs::absolute(path).lexically_normal().relative_path();
  if (!whole.has_filename()) whole = whole.parent_path();
  return {whole.begin(), whole.end()};
}

std::string last(const std::vector<fs::path>& parts, std::size_t count) {
  fs::path name;
  for (auto i = parts.size() - std::min(count, parts.size()); i < parts.size(); ++i)
    name /= parts[i];
  return name.string();
}

}  // namespace

std::vector<std::string> distinct_names(const std::vector<std::string>& paths) {
  std::vector<std::vector<fs::path>> wholes;
  std::set<std::string> different;
  std::size_t longest = 1;
  for (const auto& path : paths) {
    wholes.push_back(parts_of(path));
    longest = std::max(longest, wholes.back().size());
    different.insert(last(wholes.back(), wholes.back().size()));
  }
  for (std::size_t count = 1;; ++count) {
    std::vector<std::string> names;
    for (const auto& whole : wholes) names.push_back(last(whole, count));
    const std::set<std::string> found(names.begin(), names.end());
    if (found.size() == different.size() || count >= longest) return names;
  }
}

}  // namespace codectrace
