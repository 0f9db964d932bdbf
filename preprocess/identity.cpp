#include "preprocess/identity.h"

#include <algorithm>
#include <map>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/random.h"
#include "core/utf8.h"

namespace codectrace::preprocess {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "codectrace.preprocess/1";

std::string hex(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

/// A section's keys as they are dumped.
template <config::Section S>
void append_keys(Identity& identity, std::string_view section, const S& values) {
  std::istringstream lines(config::dump(values));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find(" = ");
    identity.parts.emplace_back(fmt::format("{}.{}", section, line.substr(0, equals)),
                                line.substr(equals + 3));
  }
}

/// Names of the files and their columns' codes: what the scan found, in one number.
std::string hash_of(const WorkList& work) {
  std::uint64_t hash = stable_hash(work.ids.bytes());
  for (const auto offset : work.ids.offsets()) hash = mix64(hash ^ offset);
  for (const auto extension : work.extension) {
    hash = mix64(hash ^ stable_hash(work.extensions[extension]));
  }
  for (const auto code : work.codes) hash = mix64(hash ^ static_cast<std::uint64_t>(code));
  for (const auto& [name, categories] : work.columns) {
    hash = mix64(hash ^ stable_hash(name));
    for (const auto& category : categories) hash = mix64(hash ^ stable_hash(category));
  }
  return hex(hash);
}

std::string lists_of(const Config& config) {
  std::string text;
  for (const auto& path : config.protocol) {
    text += (text.empty() ? "" : ", ") + fs::path(path).filename().string();
  }
  return text.empty() ? "none" : text;
}

}  // namespace

std::string writer_name() { return "codectrace " CODECTRACE_VERSION; }

Identity identity_of(const Config& config, const Scan& scan) {
  Identity identity;
  auto& parts = identity.parts;
  parts.emplace_back("program", writer_name());
  const auto layouts = enum_names(config.layout);
  const auto layout =
      std::ranges::find(layouts, config.layout, &config::EnumName<protocol::Layout>::value);
  parts.emplace_back("layout", layout->name);
  append_keys(identity, "shard", config.shard);
  append_keys(identity, "policy", config.policy);
  append_keys(identity, "list", config.list);
  parts.emplace_back("taxonomy", hex(stable_hash(scan.taxonomy_text)));
  parts.emplace_back("protocol lists", lists_of(config));
  parts.emplace_back("utterances", std::to_string(scan.work.size()));
  parts.emplace_back("their names and columns", hash_of(scan.work));

  std::string all;
  for (const auto& [name, value] : parts) {
    if (!name.starts_with(kPolicyPrefix)) all += fmt::format("{}={}\n", name, value);
  }
  identity.hash = hex(stable_hash(all));
  identity.audio = escaped(fs::weakly_canonical(fs::absolute(config.audio)).native());
  return identity;
}

std::vector<Identity::Difference> Identity::differences_from(const Identity& before) const {
  std::map<std::string, std::string> old_values(before.parts.begin(), before.parts.end());
  std::vector<Difference> differences;
  for (const auto& [name, value] : parts) {
    const auto old_value = old_values.extract(name);
    if (old_value.empty()) {
      differences.push_back({name, fmt::format("{} is {}, was not there", name, value)});
    } else if (old_value.mapped() != value) {
      differences.push_back(
          {name, fmt::format("{} is {}, was {}", name, value, old_value.mapped())});
    }
  }
  for (const auto& [name, value] : old_values) {
    differences.push_back({name, fmt::format("{} was {}, isn't there now", name, value)});
  }
  return differences;
}

std::string Identity::to_json() const {
  constexpr int kIndent = 2;
  Json values = Json::object();
  for (const auto& [name, value] : parts) values[name] = value;
  return Json{{"schema", kSchema}, {"config_hash", hash}, {"audio", audio}, {"made_from", values}}
             .dump(kIndent) +
         "\n";
}

Identity Identity::from_json(const std::string& text, const std::string& file) {
  try {
    const Json json = Json::parse(text);
    Identity identity{json.at("config_hash"), {}, json.at("audio")};
    for (const auto& [name, value] : json.at("made_from").items()) {
      identity.parts.emplace_back(name, value);
    }
    return identity;
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::BadData, fmt::format("{}: {}", file, error.what()));
  }
}

}  // namespace codectrace::preprocess
