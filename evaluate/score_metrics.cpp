#include "evaluate/score_metrics.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "comm/agreement.h"
#include "core/atomic_file.h"
#include "core/checksum.h"
#include "evaluate/results.h"
#include "evaluate/results_table.h"
#include "evaluate/score_join.h"
#include "evaluate/subsets.h"
#include "protocol/published_path.h"

namespace codectrace::evaluate {
namespace {

namespace fs = std::filesystem;

void require_paths(const ScoreMetricsConfig& config) {
  const std::array<std::pair<const char*, const std::string*>, 3> paths{
      {{"scores", &config.scores}, {"protocol", &config.protocol}, {"out", &config.out}}};
  for (const auto& [name, path] : paths) {
    if (!path->empty()) continue;
    throw Error(ErrorKind::Usage, fmt::format("give --{}", name));
  }
}

Json provenance_json(const ScoreMetricsConfig& config, const protocol::Taxonomy& taxonomy) {
  Json json;
  json["codectrace"] = CODECTRACE_VERSION;
  json["list"] = fs::path(config.protocol).filename().string();
  json["list path"] = config.protocol;
  json["scores"] = config.scores;
  json["inputs"] = {
      {"scores crc32c", crc_text(crc32c_of_file(config.scores))},
      {"list crc32c", crc_text(crc32c_of_file(protocol::published_path(config.protocol)))},
      {"taxonomy crc32c", crc_text(crc32c(std::as_bytes(std::span(taxonomy.text()))))}};
  json["config"] = config::dump(config);
  return json;
}

/// Collective.
Json results_of(const ScoreMetricsConfig& config, comm::Communicator& comm) {
  const auto taxonomy = protocol::Taxonomy::from_file(config.taxonomy);
  const auto [table, counts] = join_scores(config, taxonomy, comm);
  const FigureOptions figures{{config.metrics.bootstrap_replicates, config.metrics.bootstrap_seed},
                              config.metrics.training_prior,
                              metrics::EerRule::TieCorrect,
                              config.metrics.bootstrap_clusters};
  const Json model{{"name", fs::path(config.scores).stem().string()}, {"type", "scores"}};
  Json provenance;
  comm::together(comm, [&] {
    if (comm.is_root()) provenance = provenance_json(config, taxonomy);
  });
  return make_results(table, subsets_of(table, taxonomy, config.metrics.duration_edges_s, comm),
                      counts, model, provenance, figures, comm);
}

}  // namespace

ExitCode score_metrics(const ScoreMetricsConfig& config, comm::Communicator& comm,
                       TableFormat format) {
  require_paths(config);
  require_rising_edges(config.metrics);
  const auto results = results_of(config, comm);
  comm::together(comm, [&] {
    if (comm.is_root()) write_file_atomically(config.out, results.dump(1) + "\n");
  });
  if (!comm.is_root()) return ExitCode::Done;
  if (format != TableFormat::Text) {
    std::fputs(results_table(results, format).c_str(), stdout);
    std::fflush(stdout);
    return ExitCode::Done;
  }
  const auto text = fmt::format("{} on {}, scores taken as {}\n\n{}\nresults: {}\n", config.scores,
                                config.protocol, results.at("score_kind").get<std::string>(),
                                results_table(results), config.out);
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
  return ExitCode::Done;
}

}  // namespace codectrace::evaluate
