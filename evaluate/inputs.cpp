#include "evaluate/inputs.h"

#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/checksum.h"
#include "core/config_differences.h"
#include "core/error.h"
#include "model/saved_model.h"
#include "protocol/published_path.h"

namespace codectrace::evaluate {
namespace {

std::uint32_t crc32c_of_text(std::string_view text) {
  return crc32c(std::as_bytes(std::span(text)));
}

/// The keys but those that are paths: what lies there is named by its checksum.
std::string settings(EvaluateConfig config) {
  for (auto* path : {&config.checkpoint, &config.corpus, &config.protocol, &config.out,
                     &config.taxonomy, &config.model_config}) {
    path->clear();
  }
  config.comm = {};  // of no consequence for scores and figures
  return config::dump(config);
}

}  // namespace

Json inputs_of_model(const std::filesystem::path& checkpoint, const model::ModelConfig& model,
                     const protocol::Taxonomy& taxonomy, const shard::Corpus& corpus) {
  Json inputs;
  inputs["weights crc32c"] = crc_text(crc32c_of_file(model::weights_file(checkpoint)));
  inputs["model crc32c"] = std::filesystem::is_directory(checkpoint)
                               ? crc_text(crc32c_of_file(checkpoint / "model.toml"))
                               : crc_text(crc32c_of_text(config::dump(model)));
  inputs["taxonomy crc32c"] = crc_text(crc32c_of_text(taxonomy.text()));
  inputs["corpus checksum"] = crc_text(corpus.checksum());
  return inputs;
}

Json inputs_of_list(const EvaluateConfig& config, Json model) {
  model["list crc32c"] = crc_text(crc32c_of_file(protocol::published_path(config.protocol)));
  model["settings"] = settings(config);
  return model;
}

Json inputs_of_scores(const EvaluateConfig& config, Json model) {
  auto scoring = config;
  scoring.dataset = {};
  scoring.list = {};
  scoring.metrics = {};
  scoring.report = {};
  model["settings"] = settings(std::move(scoring));
  return model;
}

std::string differences(const Json& there, const Json& here) {
  std::string text;
  for (const auto& [name, value] : here.items()) {
    const auto found = there.find(name);
    if (found != there.end() && *found == value) continue;
    text += text.empty() ? "" : ", ";
    if (found == there.end()) {
      text += name;
    } else if (name == "settings") {
      text += fmt::format("settings ({})", fmt::join(config::differences(value, *found), ", "));
    } else {
      text += fmt::format("{} ({} there, {} here)", name, found->get<std::string>(),
                          value.get<std::string>());
    }
  }
  return text;
}

void require_same_inputs(const Json& there, const Json& here, const std::filesystem::path& folder) {
  const auto different = differences(there, here);
  if (different.empty()) return;
  throw Error(ErrorKind::Usage,
              fmt::format("{} was made from other inputs: {}; choose another --out, or remove it",
                          folder.string(), different));
}

Json provenance_json(const EvaluateConfig& config, const Json& inputs) {
  Json json;
  json["codectrace"] = CODECTRACE_VERSION;
  json["list"] = std::filesystem::path(config.protocol).filename().string();
  json["list path"] = config.protocol;
  json["corpus"] = config.corpus;
  json["inputs"] = inputs;
  json["config"] = config::dump(config);
  return json;
}

}  // namespace codectrace::evaluate
