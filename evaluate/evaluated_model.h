#pragma once

#include <filesystem>

#include "evaluate/config.h"
#include "evaluate/figures.h"
#include "model/saved_model.h"
#include "protocol/taxonomy.h"

namespace codectrace::evaluate {

/// A model to evaluate, and where it is from.
struct EvaluatedModel {
  std::filesystem::path checkpoint;  ///< folder, or file of published weights
  model::SavedModel model;
};

/// Opens what config.checkpoint means: a checkpoint folder, a run directory, or a file of published
/// weights, whose model is the one that config.model_config says, or is recognised, and whose
/// classes are those of config.taxonomy.
/// @throws Error(BadData) as model::checkpoint_folder, open_model and open_weights; Error(Usage) if
///         published weights come without a taxonomy, or their model isn't recognised
[[nodiscard]] EvaluatedModel open_evaluated_model(const EvaluateConfig& config);

/// The taxonomy to evaluate with: `given`, or the checkpoint's own where that is empty.
/// @param heads  the model's outputs
/// @throws Error(Usage) if a task's classes are not those the model was trained with: names the
///         task and both lists
[[nodiscard]] protocol::Taxonomy agreed_taxonomy(const std::string& checkpoint_taxonomy,
                                                 const std::filesystem::path& given,
                                                 const std::vector<model::Head>& heads);

/// What results.json says of a model.
[[nodiscard]] Json model_json(const model::SavedModel& saved,
                              const std::filesystem::path& checkpoint);

}  // namespace codectrace::evaluate
