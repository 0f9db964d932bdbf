#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "evaluate/config.h"
#include "evaluate/figures.h"
#include "evaluate/model_on_corpus.h"
#include "protocol/list_reader.h"

namespace codectrace::evaluate {

/// One list to evaluate, read.
struct ListEvaluation {
  EvaluateConfig config;
  protocol::ProtocolList list;
  std::vector<std::uint64_t> utterances;  ///< the list's, by corpus index
  Json inputs;                            ///< as inputs_of_list
};

/// @throws Error(Usage): a path lacks, or edges of durations fall; Error(BadData): the list, or
///         utterances of it that the corpus lacks; a class that an equal error rate needs
[[nodiscard]] ListEvaluation open_list(const EvaluateConfig& config, const ModelOnCorpus& model);

/// Whether its results are there. @throws Error(Usage) if others are
[[nodiscard]] bool is_finished(const ListEvaluation& evaluation);

/// Everything after scoring: the results directory, complete or not at all.
/// @param logits  of all heads (and of both orders of tokens, if both are scored), line by line
/// @throws Error as merge_scores and write_results_folder
void write_results(const ListEvaluation& evaluation, const ModelOnCorpus& model,
                   std::span<const float> logits);

}  // namespace codectrace::evaluate
