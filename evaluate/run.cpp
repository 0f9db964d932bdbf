#include "evaluate/run.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "comm/agreement.h"
#include "core/atomic_file.h"
#include "core/config_differences.h"
#include "core/folder_lock.h"
#include "core/folder_name.h"
#include "core/leftovers.h"
#include "core/log.h"
#include "evaluate/corpus_scorer.h"
#include "evaluate/device.h"
#include "evaluate/evaluated_model.h"
#include "evaluate/inputs.h"
#include "evaluate/reference_files.h"
#include "evaluate/results.h"
#include "evaluate/results_folder.h"
#include "evaluate/results_table.h"
#include "evaluate/score_merge.h"
#include "evaluate/score_run.h"
#include "evaluate/token_order.h"
#include "model/autocast.h"
#include "model/kept/kept_features.h"

namespace codectrace::evaluate {
namespace {

namespace fs = std::filesystem;

std::string origin_name(protocol::Layout layout) {
  switch (layout) {
    case protocol::Layout::Cors:
      return "codec";
    case protocol::Layout::Cosg:
      return "system";
    case protocol::Layout::List:
      break;
  }
  return "origin";
}

/// As the reference's result lines call it.
std::string dataset_name(const EvaluateConfig& config) {
  switch (config.dataset) {
    case protocol::Layout::Cors:
      return "CoRS";
    case protocol::Layout::Cosg:
      return "CoSG";
    case protocol::Layout::List:
      break;
  }
  return fs::path(config.protocol).stem().string();
}

fs::path partial_folder(const EvaluateConfig& config) { return config.out + ".partial"; }

/// @throws Error(Usage) saying what differs
void require_same_inputs(const Json& there, const Json& here, const fs::path& folder) {
  const auto different = differences(there, here);
  if (different.empty()) return;
  throw Error(ErrorKind::Usage,
              fmt::format("{} was made from other inputs: {}; choose another --out, or remove it",
                          folder.string(), different));
}

/// The root's, before scoring: refuses what isn't this evaluation's, notes whose scores these are.
void prepare_partial(const fs::path& folder, const Json& inputs) {
  const auto note = folder / "inputs.json";
  make_folders(folder);
  if (fs::exists(note)) {
    try {
      require_same_inputs(Json::parse(read_file(note)), inputs, folder);
    } catch (const Json::exception& error) {
      throw Error(ErrorKind::BadData, fmt::format("{}: {}; remove the folder {}", note.string(),
                                                  error.what(), folder.string()));
    }
  } else {
    write_file_atomically(note, inputs.dump(1) + "\n");
  }
}

Json taxonomy_json(const std::vector<ScoredTask>& tasks, const protocol::Taxonomy& taxonomy) {
  Json json = Json::object();
  for (const auto& scored : tasks) {
    const auto& task = taxonomy.task(scored.name);
    json[scored.name] = {{"classes", task.classes}, {"plot_labels", task.plot_labels}};
    if (!task.meaning.empty()) json[scored.name]["meaning"] = task.meaning;
  }
  return json;
}

/// A class that no utterance of the list has: told once, since averages leave it out.
void warn_of_absent_classes(const Json& results) {
  for (const auto& [name, task] : pooled(results).at("tasks").items()) {
    if (!task.contains("per_class")) continue;
    for (const auto& [class_name, figures] : task.at("per_class").items()) {
      if (figures.at("support") == 0) {
        log::info("{}: the list has no examples of {}; averages leave it out", name, class_name);
      }
    }
  }
}

/// Told before hours of scoring, not after.
void require_both_classes(const protocol::ProtocolList& list) {
  for (const auto label : {protocol::Label::BonaFide, protocol::Label::Spoof}) {
    if (std::ranges::find(list.entries, label, &protocol::Entry::label) != list.entries.end()) {
      continue;
    }
    throw Error(ErrorKind::BadData,
                fmt::format("{} has no {} utterances: an equal error rate needs both classes; "
                            "evaluate a list with bona fide and spoof utterances",
                            list.path.string(),
                            label == protocol::Label::BonaFide ? "bona fide" : "spoof"));
  }
}

/// What one evaluation has opened.
struct Evaluation {
  const EvaluateConfig& config;
  fs::path checkpoint;
  model::SavedModel model;
  protocol::Taxonomy taxonomy;
  protocol::ProtocolList list;
  std::vector<std::uint64_t> utterances;  // the list's, by corpus index
  shard::Corpus corpus;
  std::optional<shard::FeatureSpec> kept;  // of the network's frozen part, to be read
  Json inputs;
};

protocol::ListOptions list_options(const EvaluateConfig& config) {
  auto options = config.list.options(config.dataset);
  if (config.compat.reference) options.codec_of_id = protocol::CodecOfId::FromTenthCharacter;
  return options;
}

Evaluation open_evaluation(const EvaluateConfig& config) {
  require_paths(config);
  require_rising_edges(config.metrics);
  auto corpus = shard::Corpus::open(config.corpus);
  auto [checkpoint, model] =
      open_evaluated_model({config.checkpoint, config.model_config, config.taxonomy});
  auto taxonomy = agreed_taxonomy(model.taxonomy_text, config.taxonomy, model.network->heads());
  auto inputs = inputs_of(config, checkpoint, model.config, taxonomy, corpus);
  auto list = protocol::read_list(config.protocol, taxonomy, list_options(config));
  std::vector<std::string> ids;
  for (const auto& entry : list.entries) ids.push_back(entry.id);
  auto utterances = corpus.find_all(ids, config.protocol);
  if (ScoreTable(scored_tasks(model.network->heads(), taxonomy), "").detects()) {
    require_both_classes(list);
  }
  auto kept = model::kept_features(model.network->frozen_part(), corpus, config.cached_features);
  return {config,           std::move(checkpoint), std::move(model),  std::move(taxonomy),
          std::move(list),  std::move(utterances), std::move(corpus), std::move(kept),
          std::move(inputs)};
}

/// Whether tokens are shuffled too: their own order gives our figures, the shuffled one those that
/// can be set beside the published ones.
bool scores_both_orders(const Evaluation& evaluation) {
  return evaluation.config.compat.reference &&
         evaluation.model.network->reference_program() == model::ReferenceProgram::SastNet;
}

CorpusScoring scoring_of(const Evaluation& evaluation) {
  const auto& config = evaluation.config;
  CorpusScoring scoring;
  scoring.utterances = evaluation.utterances;
  scoring.batch_size = config.batch_size;
  scoring.precision = config.precision;
  scoring.read = {config.check_crc, config.on_bad_audio == OnBadAudio::Fail
                                        ? shard::OnBadData::Fail
                                        : shard::OnBadData::Skip};
  scoring.kept = evaluation.kept;
  if (scores_both_orders(evaluation)) {
    for (const auto& entry : evaluation.list.entries)
      scoring.token_order_seeds.push_back(token_order_seed(entry.id));
  }
  return scoring;
}

/// Collective: as score_run.
std::optional<std::vector<float>> score(const Evaluation& evaluation, comm::Communicator& comm) {
  const auto& config = evaluation.config;
  const auto network = evaluation.model.network;
  const auto device = choose_device(config.device, comm);
  network->to(device);
  const model::AutocastScope cast_once(config.precision, device.type());
  const CorpusScorer scorer(network, evaluation.corpus, scoring_of(evaluation));
  const ScoringWork work{evaluation.utterances.size(),
                         static_cast<std::uint64_t>(config.batch_size),
                         scorer.logits_per_utterance()};
  const auto batch = [&](std::uint64_t first, std::uint64_t last) {
    return scorer.score(first, last);
  };
  return score_run(work, partial_folder(config), batch, comm);
}

/// How long each utterance of the list is.
std::vector<double> seconds_of(const Evaluation& evaluation) {
  std::vector<double> seconds;
  for (const auto utterance : evaluation.utterances) {
    seconds.push_back(static_cast<double>(evaluation.corpus.samples(utterance)) /
                      evaluation.corpus.sample_rate_hz());
  }
  return seconds;
}

MergedScores merged(const Evaluation& evaluation, const std::vector<float>& logits) {
  const auto& network = *evaluation.model.network;
  return merge_scores(evaluation.list, logits, network.heads(), evaluation.taxonomy,
                      {origin_name(evaluation.config.dataset), evaluation.config.on_bad_audio,
                       network.reference_program(), seconds_of(evaluation)});
}

std::map<std::string, std::string> reference_files_of(const Evaluation& evaluation,
                                                      const ScoreTable& table) {
  const auto& config = evaluation.config;
  return reference_files(
      table,
      {std::string(model::variant_of(evaluation.model.config)), dataset_name(config),
       evaluation.model.network->reference_program()},
      config.compat.reference ? ReferenceBugs::Reproduced : ReferenceBugs::Mended);
}

/// Everything after scoring; the root's.
void write_results(const Evaluation& evaluation, const std::vector<float>& logits) {
  const auto& config = evaluation.config;
  const bool both = scores_both_orders(evaluation);
  const auto orders = both
                          ? by_token_order(logits, logits.size() / 2 / evaluation.utterances.size())
                          : LogitsByTokenOrder{logits, {}};
  const auto [table, counts] = merged(evaluation, orders.own);
  const FigureOptions figures{
      {config.metrics.bootstrap_replicates, config.metrics.bootstrap_seed},
      config.metrics.training_prior,
      config.compat.reference ? metrics::EerRule::Reference : metrics::EerRule::TieCorrect,
      config.metrics.bootstrap_clusters};
  const auto subsets = subsets_of(table, evaluation.taxonomy, config.metrics.duration_edges_s);
  auto results =
      make_results(table, subsets, counts, model_json(evaluation.model, evaluation.checkpoint),
                   provenance_json(config, evaluation.inputs), figures);
  results["taxonomy"] = taxonomy_json(table.tasks(), evaluation.taxonomy);
  warn_of_absent_classes(results);
  auto reference = reference_files_of(evaluation, table);
  if (both) {
    const auto shuffled = merged(evaluation, orders.shuffled).table;
    auto whole = subsets_of(shuffled, evaluation.taxonomy).front();
    whole.name = "shuffled tokens";
    results[kShuffledTokens] = subset_json(shuffled, whole, figures);
    reference = reference_files_of(evaluation, shuffled);
  }
  write_results_folder(config.out, results, table, evaluation.taxonomy, reference,
                       {config.report.worst_utterances});
  fs::remove_all(partial_folder(config));
}

/// Whether these results are there. @throws Error(Usage) if others are
bool is_finished(const Evaluation& evaluation) {
  const auto there = finished_inputs(evaluation.config.out);
  if (there) require_same_inputs(*there, evaluation.inputs, evaluation.config.out);
  return there.has_value();
}

/// The root's, before scoring: makes the place for scores and keeps others out of it; nothing if
/// the results are there.
std::unique_ptr<FolderLock> begin(const Evaluation& evaluation) {
  const fs::path partial = partial_folder(evaluation.config);
  if (is_finished(evaluation) && !fs::exists(partial)) return nullptr;
  auto lock = std::make_unique<FolderLock>(partial, "evaluate");
  if (lock->is_exclusive()) {
    const fs::path out = evaluation.config.out;
    remove_leftovers(out.has_parent_path() ? out.parent_path() : ".", out.filename().string());
    remove_leftovers(partial);
  }
  if (is_finished(evaluation)) {  // by another one meanwhile, or one that was killed at its end
    if (lock->is_exclusive()) fs::remove_all(partial);
    return nullptr;
  }
  prepare_partial(partial, inputs_of_scores(evaluation.config, evaluation.inputs));
  return lock;
}

void agree_on_inputs(const Json& inputs, comm::Communicator& comm) {
  for (const auto& [name, value] : inputs.items()) {
    const auto text = value.get<std::string>();
    comm::agree(comm, name, name == "settings" ? config::with_whole_names(text) : text);
  }
}

void print_results(const EvaluateConfig& config, TableFormat format) {
  const auto results = read_results(fs::path(config.out) / "results.json");
  const auto text =
      format != TableFormat::Text
          ? results_table(results, format)
          : fmt::format("{} on {}\n\n{}\nreport: {}\n",
                        results.at("model").at("name").get<std::string>(),
                        results.at("provenance").at("list").get<std::string>(),
                        results_table(results), (fs::path(config.out) / "report.html").string());
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

}  // namespace

ExitCode run(const EvaluateConfig& as_given, comm::Communicator& comm, TableFormat format) {
  comm.set_time_limit(as_given.comm.stall_limit_s);
  auto config = as_given;
  config.out = folder_name(config.out).string();
  const auto evaluation = open_evaluation(config);
  agree_on_inputs(evaluation.inputs, comm);
  std::unique_ptr<FolderLock> lock;
  comm::together(comm, [&] {
    if (comm.is_root()) lock = begin(evaluation);
  });
  if (comm.any(comm.is_root() && lock == nullptr)) {
    log::info("{} is finished, from the same inputs: nothing to do", config.out);
  } else {
    const auto logits = score(evaluation, comm);
    if (!logits) {
      log::info("stopped on request: the same command goes on from the scores kept in {}",
                partial_folder(config).string());
      return ExitCode::Interrupted;
    }
    comm::together(comm, [&] {
      if (comm.is_root()) write_results(evaluation, *logits);
    });
  }
  if (comm.is_root()) print_results(config, format);
  return ExitCode::Done;
}

}  // namespace codectrace::evaluate
