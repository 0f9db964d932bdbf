#include "cli/checkpoint_command.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/config.h"
#include "core/error.h"
#include "core/utf8.h"
#include "model/saved_model.h"
#include "model/weight_conversion.h"
#include "model/weight_inspection.h"

namespace codectrace::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct InspectOptions {
  fs::path path;
  fs::path model_config;
  bool verify = false;
  bool json = false;
};

struct ConvertOptions {
  fs::path in;
  fs::path out;
  bool keep_names = false;
};

/// The config that is given, or the one beside a checkpoint's weights.
std::optional<model::ModelConfig> config_of(const InspectOptions& options,
                                            const fs::path& weights) {
  auto file = options.model_config;
  if (file.empty() && fs::is_directory(options.path))
    file = model::model_config_file(weights.parent_path());
  if (file.empty()) return std::nullopt;
  return config::read<model::ModelConfig>(config::Document::from_file(file));
}

void print_row(std::string_view name, const std::string& value) {
  fmt::print("{:<14}{}\n", name, value);
}

std::map<std::string, std::size_t> count_types(const model::WeightInspection& weights) {
  std::map<std::string, std::size_t> counts;
  for (const auto& tensor : weights.tensors) ++counts[tensor.type];
  return counts;
}

std::int64_t count_values(const model::WeightInspection& weights) {
  std::int64_t values = 0;
  for (const auto& tensor : weights.tensors) {
    std::int64_t of_tensor = 1;
    for (const auto size : tensor.shape) of_tensor *= size;
    values += of_tensor;
  }
  return values;
}

/// "BIN 2, AUX 4"
std::string classes_of(const model::ModelMatch& match) {
  std::vector<std::string> heads;
  for (const auto& head : match.heads) {
    heads.push_back(fmt::format("{} {}", head.task, head.classes.size()));
  }
  return fmt::format("{}", fmt::join(heads, ", "));
}

std::string name_of(const model::EncoderMatch& match) {
  return fmt::format("wav2vec 2.0, preset {}", config::name_of(match.preset));
}

std::string verdict(const model::Comparison& comparison) {
  return comparison.misfit.size() == 0 ? "yes" : fmt::format("no:{}", comparison.misfit.text());
}

/// For weights that are nothing known.
void print_nearest(const std::string& name, const model::Comparison& comparison) {
  print_row("nearest",
            fmt::format("{}, but they lack {} of its {} tensors:{}", name, comparison.lacking(),
                        comparison.wanted, comparison.misfit.text()));
}

/// What the weights are for.
void print_purpose(const model::WeightInspection& weights) {
  if (weights.is_model()) {
    print_row("model", model::name_of(*weights.model));
    print_row("classes", classes_of(*weights.model));
    print_row("fits", verdict(weights.model->comparison));
  } else if (weights.is_encoder()) {
    print_row("encoder", name_of(*weights.encoder));
    print_row("fits", verdict(weights.encoder->comparison));
  } else {
    print_row("model", "none that is known; --model-config FILE compares with another");
    if (weights.model) {
      print_nearest(model::name_of(*weights.model), weights.model->comparison);
    } else if (weights.encoder) {
      print_nearest(name_of(*weights.encoder), weights.encoder->comparison);
    }
  }
}

/// What --verify found, for people.
std::string checksums_of(const model::WeightInspection& weights, const InspectOptions& options) {
  if (!options.verify) return "";
  return weights.has_checksums ? ", checksums fit" : ", without checksums to compare with";
}

void print_table(const model::WeightInspection& weights, const InspectOptions& options) {
  std::size_t width = 0;
  for (const auto& tensor : weights.tensors) width = std::max(width, tensor.name.size());
  for (const auto& tensor : weights.tensors) {
    fmt::print("{:<{}}  {:<9} {}\n", tensor.name, width, tensor.type,
               model::shape_text(tensor.shape));
  }
  std::vector<std::string> types;
  for (const auto& [type, count] : count_types(weights)) {
    types.push_back(fmt::format("{} x {}", type, count));
  }
  fmt::print("\n");
  print_row("file", weights.path.string());
  print_row("format", fmt::format("{}, {:.1f} MB{}", weights.format,
                                  static_cast<double>(weights.size_bytes) / 1e6,
                                  checksums_of(weights, options)));
  print_row("tensors", fmt::format("{}, {} values", weights.tensors.size(), count_values(weights)));
  print_row("types", fmt::format("{}", fmt::join(types, ", ")));
  for (const auto& [key, value] : weights.metadata)
    print_row("text", fmt::format("{} = {}", printable(key), printable(value)));
  for (const auto& other : weights.others) print_row("beside", other);
  print_purpose(weights);
}

Json json_of(const model::Comparison& comparison) {
  const auto& misfit = comparison.misfit;
  return {{"recognised", comparison.is_recognised()},
          {"misfit",
           {{"missing", misfit.missing},
            {"misshapen", misfit.misshapen},
            {"unexpected", misfit.unexpected}}}};
}

Json json_of(const model::ModelMatch& match) {
  Json classes = Json::object();
  for (const auto& head : match.heads) classes[head.task] = head.classes.size();
  Json json{{"name", config::name_of(match.config.name)},
            {"type", match.variants.size() == 1 ? Json(match.variants.front()) : Json(nullptr)},
            {"variants", match.variants},
            {"preset", config::name_of(match.config.preset)},
            {"classes", std::move(classes)}};
  json.update(json_of(match.comparison));
  return json;
}

Json json_of(const model::EncoderMatch& match) {
  Json json{{"preset", config::name_of(match.preset)}};
  json.update(json_of(match.comparison));
  return json;
}

/// null: not compared
Json checksums_json(const model::WeightInspection& weights, const InspectOptions& options) {
  if (!options.verify) return nullptr;
  return weights.has_checksums ? "fit" : "none";
}

Json json_of(const model::WeightInspection& weights, const InspectOptions& options) {
  Json tensors = Json::array();
  for (const auto& tensor : weights.tensors) {
    tensors.push_back({{"name", tensor.name}, {"type", tensor.type}, {"shape", tensor.shape}});
  }
  return {{"schema", "codectrace.checkpoint-inspect/1"},
          {"file", weights.path.string()},
          {"format", weights.format},
          {"size_bytes", weights.size_bytes},
          {"checksums", checksums_json(weights, options)},
          {"values", count_values(weights)},
          {"metadata", weights.metadata},
          {"beside", weights.others},
          {"model", weights.model ? json_of(*weights.model) : Json(nullptr)},
          {"encoder", weights.encoder ? json_of(*weights.encoder) : Json(nullptr)},
          {"tensors", std::move(tensors)}};
}

ExitCode inspect(const InspectOptions& options) {
  const auto file = model::weights_file(options.path);
  const auto weights =
      model::inspect_weights(file, config_of(options, file),
                             options.verify ? model::Checksums::Compare : model::Checksums::Trust);
  constexpr int kIndent = 1;
  if (options.json) {
    // In ASCII: texts from a file may hold what moves a terminal's cursor, paths any bytes.
    fmt::print("{}\n",
               json_of(weights, options)
                   .dump(kIndent, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace));
  } else {
    print_table(weights, options);
  }
  return ExitCode::Done;
}

ExitCode convert(const ConvertOptions& options) {
  const auto done = model::convert_weights(
      model::weights_file(options.in), options.out,
      options.keep_names ? model::KeyNames::AsTheyAre : model::KeyNames::Reference);
  fmt::print("{}: {} tensors, {:.1f} MB\n", options.out.string(), done.tensors,
             static_cast<double>(done.bytes) / 1e6);
  for (const auto& other : done.left_out) fmt::print("left out: {}\n", other);
  return ExitCode::Done;
}

}  // namespace

void add_checkpoint(CLI::App& app, Job& job) {
  auto* command = app.add_subcommand("checkpoint", "Look into weight files, or convert them");
  command->require_subcommand(1);
  command->footer(
      "Weight files: PyTorch's (.pth, .pt, .bin; zip and legacy), .safetensors, and the\n"
      "checkpoints of train. What a pickle in them would run is never run.\n"
      "Example:\n  codectrace checkpoint inspect M1.pth");

  auto look = std::make_shared<InspectOptions>();
  auto* inspection = command->add_subcommand(
      "inspect", "Show names, shapes and types, what model they fit, and what lacks");
  inspection->add_option("FILE", look->path, "Weight file, checkpoint or run directory")
      ->required();
  inspection->add_option("--model-config", look->model_config,
                         "Compare with this model (a model.toml), not with the presets");
  inspection->add_flag("--verify", look->verify, "Read all of it and compare with its checksums");
  inspection->add_flag("--json", look->json, "For programs");
  inspection->footer("Example:\n  codectrace checkpoint inspect xlsr2_300m.pt");
  inspection->callback([look, &job] { job = on_root(inspect, look); });

  auto change = std::make_shared<ConvertOptions>();
  auto* conversion = command->add_subcommand("convert", "Write a weight file in another format");
  conversion->add_option("IN", change->in, "Weight file, checkpoint or run directory")->required();
  conversion->add_option("OUT", change->out, "New file: .safetensors, or .pth, .pt, .bin")
      ->required();
  conversion->add_flag("--keep-names", change->keep_names,
                       "Leave names as they are; else Hugging Face's become the reference's, and "
                       "\"module.\" goes");
  conversion->footer("Example:\n  codectrace checkpoint convert runs/m1 m1.pth");
  conversion->callback([change, &job] { job = on_root(convert, change); });
}

}  // namespace codectrace::cli
