#pragma once

#include <filesystem>

#include "evaluate/config.h"
#include "evaluate/figures.h"
#include "model/model_config.h"
#include "protocol/taxonomy.h"
#include "shard/corpus.h"

namespace codectrace::evaluate {

/// Everything that results follow from, by content: name → value. Equal inputs give equal results;
/// paths aren't in it.
[[nodiscard]] Json inputs_of(const EvaluateConfig& config, const std::filesystem::path& checkpoint,
                             const model::ModelConfig& model, const protocol::Taxonomy& taxonomy,
                             const shard::Corpus& corpus);

/// Those of `inputs_of` that scores follow from; figures and report are made anew from scores.
[[nodiscard]] Json inputs_of_scores(const EvaluateConfig& config, Json inputs);

/// What differs between two sets of inputs, for a message; empty if nothing does.
[[nodiscard]] std::string differences(const Json& there, const Json& here);

/// What results.json says of where it comes from.
[[nodiscard]] Json provenance_json(const EvaluateConfig& config, const Json& inputs);

}  // namespace codectrace::evaluate
