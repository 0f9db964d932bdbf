#include "core/leftovers.h"

#include <algorithm>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kReplaced = "old";

/// "step-00000012.4711.tmp" → {"step-00000012", "4711"}
struct TemporaryName {
  std::string_view of;
  std::string_view made_by;
};

std::optional<TemporaryName> parse(std::string_view name) {
  constexpr std::string_view kSuffix = ".tmp";
  if (!name.ends_with(kSuffix)) return std::nullopt;
  name.remove_suffix(kSuffix.size());
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return std::nullopt;
  const TemporaryName parsed{name.substr(0, dot), name.substr(dot + 1)};
  const bool is_process =
      !parsed.made_by.empty() &&
      std::ranges::all_of(parsed.made_by, [](char c) { return c >= '0' && c <= '9'; });
  if (!is_process && parsed.made_by != kReplaced) return std::nullopt;
  return parsed;
}

}  // namespace

bool is_leftover(std::string_view name) { return parse(name).has_value(); }

void remove_leftovers(const fs::path& folder, std::string_view of) {
  std::vector<fs::path> left;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder, code)) {
    const std::string name = entry.path().filename().string();
    const auto parsed = parse(name);
    if (parsed && (of.empty() || parsed->of == of)) left.push_back(entry.path());
  }
  std::ranges::sort(left);
  for (const auto& path : left) {
    fs::remove_all(path, code);
    if (code) {
      throw Error(ErrorKind::Environment,
                  fmt::format("remove {}: {}", path.string(), code.message()));
    }
  }
}

}  // namespace codectrace
