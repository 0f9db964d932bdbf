#include "evaluate/list_evaluation.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/log.h"
#include "evaluate/evaluated_model.h"
#include "evaluate/inputs.h"
#include "evaluate/reference_files.h"
#include "evaluate/results.h"
#include "evaluate/results_folder.h"
#include "evaluate/score_merge.h"
#include "evaluate/token_order.h"

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

protocol::ListOptions list_options(const EvaluateConfig& config) {
  auto options = config.list.options(config.dataset);
  if (config.compat.reference) options.codec_of_id = protocol::CodecOfId::FromTenthCharacter;
  return options;
}

/// How long each utterance of the list is.
std::vector<double> seconds_of(const ListEvaluation& evaluation, const ModelOnCorpus& model) {
  std::vector<double> seconds;
  for (const auto utterance : evaluation.utterances) {
    seconds.push_back(static_cast<double>(model.corpus.samples(utterance)) /
                      model.corpus.sample_rate_hz());
  }
  return seconds;
}

/// The list's scores.
MergedScores merged(const ListEvaluation& evaluation, const ModelOnCorpus& model,
                    std::span<const float> logits) {
  const auto& network = *model.model.network;
  return merge_scores(evaluation.list, logits, network.heads(), model.taxonomy,
                      {origin_name(evaluation.config.dataset), evaluation.config.on_bad_audio,
                       network.reference_program(), seconds_of(evaluation, model)});
}

std::map<std::string, std::string> reference_files_of(const ListEvaluation& evaluation,
                                                      const ModelOnCorpus& model,
                                                      const ScoreTable& table) {
  const auto& config = evaluation.config;
  return reference_files(
      table,
      {std::string(model::variant_of(model.model.config)), dataset_name(config),
       model.model.network->reference_program()},
      config.compat.reference ? ReferenceBugs::Reproduced : ReferenceBugs::Mended);
}

FigureOptions figure_options(const EvaluateConfig& config) {
  return {{config.metrics.bootstrap_replicates, config.metrics.bootstrap_seed},
          config.metrics.training_prior,
          config.compat.reference ? metrics::EerRule::Reference : metrics::EerRule::TieCorrect,
          config.metrics.bootstrap_clusters};
}

}  // namespace

ListEvaluation open_list(const EvaluateConfig& config, const ModelOnCorpus& model) {
  auto list = protocol::read_list(config.protocol, model.taxonomy, list_options(config));
  std::vector<std::string> ids;
  for (const auto& entry : list.entries) ids.push_back(entry.id);
  auto utterances = model.corpus.find_all(ids, config.protocol);
  if (ScoreTable(scored_tasks(model.model.network->heads(), model.taxonomy), "").detects()) {
    require_both_classes(list);
  }
  return {config, std::move(list), std::move(utterances), inputs_of_list(config, model.inputs)};
}

bool is_finished(const ListEvaluation& evaluation) {
  const auto there = finished_inputs(evaluation.config.out);
  if (there) require_same_inputs(*there, evaluation.inputs, evaluation.config.out);
  return there.has_value();
}

void write_results(const ListEvaluation& evaluation, const ModelOnCorpus& model,
                   std::span<const float> logits) {
  const auto& config = evaluation.config;
  const bool both = scores_both_orders(config, model);
  const auto orders = both
                          ? by_token_order(logits, logits.size() / 2 / evaluation.utterances.size())
                          : LogitsByTokenOrder{{logits.begin(), logits.end()}, {}};
  const auto [table, counts] = merged(evaluation, model, orders.own);
  const auto figures = figure_options(config);
  const auto subsets = subsets_of(table, model.taxonomy, config.metrics.duration_edges_s);
  auto results = make_results(table, subsets, counts, model_json(model.model, model.checkpoint),
                              provenance_json(config, evaluation.inputs), figures);
  results["taxonomy"] = taxonomy_json(table.tasks(), model.taxonomy);
  warn_of_absent_classes(results);
  auto reference = reference_files_of(evaluation, model, table);
  if (both) {
    const auto shuffled = merged(evaluation, model, orders.shuffled).table;
    auto whole = subsets_of(shuffled, model.taxonomy).front();
    whole.name = "shuffled tokens";
    results[kShuffledTokens] = subset_json(shuffled, whole, figures);
    reference = reference_files_of(evaluation, model, shuffled);
  }
  write_results_folder(config.out, results, table, model.taxonomy, reference,
                       {config.report.worst_utterances});
}

}  // namespace codectrace::evaluate
