#include "cli/shard_command.h"

#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/log.h"
#include "shard/inspect.h"
#include "shard/verify.h"

namespace codectrace::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kIndent = 2;

struct ShardOptions {
  std::filesystem::path path;
  std::filesystem::path quarantine;
  bool json = false;
};

Json json_of(const shard::Contents& contents) {
  Json columns = Json::object();
  for (const auto& column : contents.columns) {
    Json counts = Json::object();
    for (std::size_t i = 0; i < column.utterances.size(); ++i) {
      counts[column.spec.categories[i]] = column.utterances[i];
    }
    columns[column.spec.name] = {{"categories", std::move(counts)}, {"unknown", column.unknown}};
  }
  return {{"schema", "codectrace.shard-inspect/1"},
          {"writer", contents.header.writer},
          {"config_hash", contents.header.config_hash},
          {"sample_rate_hz", contents.header.sample_rate_hz},
          {"sample_format", shard::name_of(contents.header.sample_format)},
          {"shards", contents.shards},
          {"utterances", contents.utterances},
          {"samples", contents.samples},
          {"size_bytes", contents.size_bytes},
          {"shortest_samples", contents.shortest},
          {"longest_samples", contents.longest},
          {"columns", std::move(columns)},
          {"features", contents.features}};
}

void print_row(std::string_view name, const std::string& value) {
  fmt::print("{:<14}{}\n", name, value);
}

void print_column(const shard::ColumnCounts& column) {
  fmt::print("\n{}\n", column.spec.name);
  for (std::size_t i = 0; i < column.utterances.size(); ++i) {
    if (column.utterances[i] == 0) continue;
    fmt::print("  {:<40}{:>10}\n", column.spec.categories[i], column.utterances[i]);
  }
  if (column.unknown > 0) fmt::print("  {:<40}{:>10}\n", "(unknown)", column.unknown);
}

void print_table(const shard::Contents& contents) {
  const double rate = contents.header.sample_rate_hz;
  const auto seconds = [rate](std::uint64_t samples) {
    return static_cast<double>(samples) / rate;
  };
  print_row("shards", fmt::format("{}", contents.shards));
  print_row("size", fmt::format("{:.1f} MB", static_cast<double>(contents.size_bytes) / 1e6));
  print_row("utterances", fmt::format("{}", contents.utterances));
  print_row("duration", log::format_duration(seconds(contents.samples)));
  print_row("shortest", fmt::format("{:.3f} s", seconds(contents.shortest)));
  print_row("longest", fmt::format("{:.3f} s", seconds(contents.longest)));
  print_row("sample rate", fmt::format("{} Hz", contents.header.sample_rate_hz));
  print_row("samples", std::string(shard::name_of(contents.header.sample_format)));
  print_row("written by", contents.header.writer);
  print_row("config hash", contents.header.config_hash);
  for (const auto& feature : contents.features) print_row("feature", feature);
  for (const auto& column : contents.columns) print_column(column);
}

Json json_of(const shard::Verification& result) {
  Json damages = Json::array();
  for (const auto& damage : result.damages) {
    damages.push_back({{"file", damage.file},
                       {"dataset", damage.dataset},
                       {"utterance", damage.utterance},
                       {"what", damage.what}});
  }
  return {{"schema", "codectrace.shard-verify/1"},
          {"sound", result.is_sound()},
          {"shards", result.shards},
          {"utterances", result.utterances},
          {"bytes", result.bytes},
          {"damages", std::move(damages)}};
}

void print_verdict(const shard::Verification& result) {
  for (const auto& damage : result.damages) {
    std::string where = damage.file;
    if (!damage.dataset.empty()) where += " " + damage.dataset;
    if (!damage.utterance.empty()) where += " " + damage.utterance;
    fmt::print("{}: {}\n", where, damage.what);
  }
  fmt::print("{}: {} shards, {} utterances, {:.1f} MB read\n",
             result.is_sound() ? "sound" : fmt::format("{} damaged", result.damages.size()),
             result.shards, result.utterances, static_cast<double>(result.bytes) / 1e6);
}

ExitCode inspect(const ShardOptions& options) {
  const auto contents = shard::inspect(options.path);
  if (options.json) {
    fmt::print("{}\n", json_of(contents).dump(kIndent));
  } else {
    print_table(contents);
  }
  return ExitCode::Done;
}

ExitCode verify(const ShardOptions& options) {
  const auto result = shard::verify(options.path);
  if (!options.quarantine.empty()) {
    shard::write_quarantine_list(options.quarantine, result.damages);
  }
  if (options.json) {
    fmt::print("{}\n", json_of(result).dump(kIndent));
  } else {
    print_verdict(result);
  }
  return result.is_sound() ? ExitCode::Done : ExitCode::BadData;
}

}  // namespace

void add_shard(CLI::App& app, Job& job) {
  auto options = std::make_shared<ShardOptions>();
  auto* command = app.add_subcommand("shard", "Look into a corpus or a shard, or check it");
  command->require_subcommand(1);
  command->footer("Example:\n  codectrace shard verify corpora/cors");

  auto* look = command->add_subcommand("inspect", "Show header, counts, durations and categories");
  look->add_option("PATH", options->path, "Corpus folder or shard file")->required();
  look->add_flag("--json", options->json, "For programs");
  look->footer("Example:\n  codectrace shard inspect corpora/cors");
  look->callback([options, &job] { job = on_root(inspect, options); });

  auto* check = command->add_subcommand("verify", "Read every byte; exit code 3 if one is wrong");
  check->add_option("PATH", options->path, "Corpus folder or shard file")->required();
  check->add_option("--quarantine", options->quarantine, "Write what is damaged to this file");
  check->add_flag("--json", options->json, "For programs");
  check->footer("Example:\n  codectrace shard verify corpora/cors --quarantine damaged.tsv");
  check->callback([options, &job] { job = on_root(verify, options); });
}

}  // namespace codectrace::cli
