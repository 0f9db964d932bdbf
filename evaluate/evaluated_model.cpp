#include "evaluate/evaluated_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "model/model_config.h"

namespace codectrace::evaluate {
namespace {

namespace fs = std::filesystem;

bool is_checkpoint(const fs::path& folder) { return fs::exists(folder / "model.toml"); }

template <class E>
std::string name_of(E value) {
  for (const auto& known : enum_names(E{})) {
    if (known.value == value) return std::string(known.name);
  }
  return "unknown";
}

}  // namespace

fs::path checkpoint_folder(const fs::path& path) {
  if (is_checkpoint(path)) return path;
  const auto best = path / "best";
  if (is_checkpoint(best)) return fs::canonical(best);
  throw Error(
      ErrorKind::BadData,
      fmt::format("{} is neither a checkpoint (a folder with model.toml) nor a run directory "
                  "with a best one (the link \"best\"); train writes both",
                  path.string()));
}

protocol::Taxonomy agreed_taxonomy(const std::string& checkpoint_taxonomy, const fs::path& given,
                                   const std::vector<model::Head>& heads) {
  auto own = protocol::Taxonomy::from_text(checkpoint_taxonomy, "the checkpoint's taxonomy.toml");
  if (given.empty()) return own;
  auto other = protocol::Taxonomy::from_file(given);
  for (const auto& head : heads) {
    const auto& trained = own.task(head.task).classes;
    const auto& declared = other.task(head.task).classes;
    if (trained == declared) continue;
    throw Error(ErrorKind::Usage,
                fmt::format("task {}: the checkpoint was trained with the classes {}, {} declares "
                            "{}; leave --taxonomy out to evaluate with the checkpoint's own",
                            head.task, fmt::join(trained, ", "), given.string(),
                            fmt::join(declared, ", ")));
  }
  return other;
}

Json model_json(const model::SavedModel& saved, const fs::path& checkpoint) {
  std::int64_t weights = 0;
  for (const auto& parameter : saved.network->parameters()) weights += parameter.numel();
  Json json;
  json["name"] = fmt::format("{} {}", name_of(saved.config.name), name_of(saved.config.type));
  json["type"] = name_of(saved.config.type);
  json["checkpoint"] = checkpoint.string();
  json["parameters"] = weights;
  return json;
}

}  // namespace codectrace::evaluate
