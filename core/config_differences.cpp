#include "core/config_differences.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace codectrace::config {
namespace {

/// "section.key" → value, of TOML as config::dump writes it: a key a line.
std::map<std::string, std::string> keys_of(const std::string& toml) {
  std::map<std::string, std::string> keys;
  std::string section;
  std::size_t begin = 0;
  while (begin < toml.size()) {
    const std::size_t end = std::min(toml.find('\n', begin), toml.size());
    const std::string line = toml.substr(begin, end - begin);
    begin = end + 1;
    if (line.starts_with('[')) {
      section = line.substr(1, line.size() - 2) + ".";
    } else if (const std::size_t equals = line.find(" = "); equals != std::string::npos) {
      keys[section + line.substr(0, equals)] = line.substr(equals + 3);
    }
  }
  return keys;
}

}  // namespace

std::vector<std::string> differences(const std::string& now, const std::string& then) {
  const auto keys_now = keys_of(now);
  const auto keys_then = keys_of(then);
  std::vector<std::string> lines;
  for (const auto& [key, value] : keys_now) {
    const auto found = keys_then.find(key);
    const std::string old = found == keys_then.end() ? "not there" : found->second;
    if (old != value) lines.push_back(fmt::format("{} is {}, was {}", key, value, old));
  }
  for (const auto& [key, value] : keys_then) {
    if (!keys_now.contains(key))
      lines.push_back(fmt::format("{} is not there, was {}", key, value));
  }
  return lines;
}

std::string with_whole_names(const std::string& dumped) {
  std::string lines;
  for (const auto& [key, value] : keys_of(dumped)) lines += fmt::format("{} = {}\n", key, value);
  return lines;
}

}  // namespace codectrace::config
