#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "comm/communicator.h"
#include "evaluate/config.h"
#include "evaluate/figures.h"
#include "model/saved_model.h"
#include "protocol/taxonomy.h"
#include "shard/corpus.h"
#include "shard/feature.h"

namespace codectrace::evaluate {

/// A checkpoint and a corpus, opened: what evaluations on several lists have in common.
struct ModelOnCorpus {
  std::filesystem::path checkpoint;  ///< folder, or file of published weights
  model::SavedModel model;
  protocol::Taxonomy taxonomy;
  shard::Corpus corpus;
  std::optional<shard::FeatureSpec> kept;  ///< of the network's frozen part, to be read
  Json inputs;                             ///< as inputs_of_model
};

/// @throws Error(Usage): the model isn't recognised, or the taxonomy isn't the checkpoint's;
///         Error(BadData): checkpoint or corpus
[[nodiscard]] ModelOnCorpus open_model_on_corpus(const EvaluateConfig& config);

/// Whether tokens are shuffled too: their own order gives our figures, the shuffled one those that
/// can be set beside the published ones.
[[nodiscard]] bool scores_both_orders(const EvaluateConfig& config, const ModelOnCorpus& model);

/// Scores utterances on all ranks, each once. Scores are kept in `folder` as they are made, and
/// those that are there are taken.
///
/// Collective.
/// @param config      how: batch size, precision, device …
/// @param utterances  corpus indices, each once
/// @param folder      as prepare_scores_folder made it
/// @returns           as score_run
[[nodiscard]] std::optional<std::vector<float>> score_utterances(
    const EvaluateConfig& config, const ModelOnCorpus& model,
    std::span<const std::uint64_t> utterances, const std::filesystem::path& folder,
    comm::Communicator& comm);

/// Makes the folder for scores, or sees that what is kept there has the same inputs.
/// @param inputs  as inputs_of_scores
/// @throws Error(Usage) saying what differs; Error(BadData) if its note of them is damaged
void prepare_scores_folder(const std::filesystem::path& folder, const Json& inputs);

}  // namespace codectrace::evaluate
