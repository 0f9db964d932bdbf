#include "train/config.h"

#include <map>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::train {
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

Resume parse_resume(std::string_view text) {
  if (text == "auto") return {};
  if (text == "never") return {.kind = Resume::Kind::Never, .checkpoint = {}};
  return {.kind = Resume::Kind::From, .checkpoint = std::filesystem::path(text)};
}

std::vector<std::filesystem::path> list_paths(const DataConfig& data,
                                              const std::vector<std::string>& names) {
  std::vector<std::filesystem::path> paths;
  for (const std::string& name : names) paths.push_back(std::filesystem::path(data.lists) / name);
  return paths;
}

void check(const Config& config, int num_ranks) {
  const auto usage = [](const std::string& message) { throw Error(ErrorKind::Usage, message); };
  if (config.data.corpus.empty()) {
    usage("data.corpus is not set: name the corpus directory that \"codectrace preprocess\" made");
  }
  if (config.data.train_lists.empty()) usage("data.train_lists is empty");
  if (config.out.empty()) usage("no run directory: give one with --out");
  const std::int64_t parts = config.train.micro_batches * num_ranks;
  if (config.train.batch_size < parts) {
    usage(fmt::format("train.batch_size is {}, fewer than {} ranks x {} micro-batches",
                      config.train.batch_size, num_ranks, config.train.micro_batches));
  }
}

std::string decisive_keys(const Config& config) {
  Config copy = config;
  copy.data.corpus.clear();
  copy.data.check_crc = true;
  copy.train.device = DeviceChoice::Auto;
  copy.train.threads = 0;
  copy.train.loader_threads = 1;
  copy.train.stall_limit_s = 0;
  copy.checkpoint = {};
  copy.log = {};
  return config::dump(copy);
}

std::vector<std::string> differences(const std::string& decisive_now,
                                     const std::string& decisive_then) {
  const auto now = keys_of(decisive_now);
  const auto then = keys_of(decisive_then);
  std::vector<std::string> lines;
  for (const auto& [key, value] : now) {
    const auto found = then.find(key);
    const std::string old = found == then.end() ? "not there" : found->second;
    if (old != value) lines.push_back(fmt::format("{} is {}, was {}", key, value, old));
  }
  for (const auto& [key, value] : then) {
    if (!now.contains(key)) lines.push_back(fmt::format("{} is not there, was {}", key, value));
  }
  return lines;
}

}  // namespace codectrace::train
