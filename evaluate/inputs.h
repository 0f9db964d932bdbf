#pragma once

#include <filesystem>

#include "evaluate/config.h"
#include "evaluate/figures.h"
#include "model/model_config.h"
#include "protocol/taxonomy.h"
#include "shard/corpus.h"

namespace codectrace::evaluate {

/// By content, name → value, what every evaluation of a model on a corpus follows from: weights,
/// model, taxonomy, corpus. Paths aren't in it.
[[nodiscard]] Json inputs_of_model(const std::filesystem::path& checkpoint,
                                   const model::ModelConfig& model,
                                   const protocol::Taxonomy& taxonomy, const shard::Corpus& corpus);

/// Everything that a list's results follow from: equal inputs give equal results.
/// @param model  as inputs_of_model
[[nodiscard]] Json inputs_of_list(const EvaluateConfig& config, Json model);

/// Everything that an utterance's scores follow from; list, figures and report are not in it.
/// @param model  as inputs_of_model
[[nodiscard]] Json inputs_of_scores(const EvaluateConfig& config, Json model);

/// What differs between two sets of inputs, for a message; empty if nothing does.
[[nodiscard]] std::string differences(const Json& there, const Json& here);

/// @param folder  where `there` is from, for the message
/// @throws Error(Usage) saying what differs
void require_same_inputs(const Json& there, const Json& here, const std::filesystem::path& folder);

/// What results.json says of where it comes from.
[[nodiscard]] Json provenance_json(const EvaluateConfig& config, const Json& inputs);

}  // namespace codectrace::evaluate
