#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/figures.h"
#include "model/model_config.h"
#include "model/saved_model.h"
#include "protocol/taxonomy.h"

namespace codectrace::evaluate {

/// Which model, as a user names it.
struct ModelSource {
  std::filesystem::path checkpoint;    ///< checkpoint folder, run directory, or file of weights
  std::filesystem::path model_config;  ///< of weights: their model.toml; empty: recognised
  /// Empty: the checkpoint's own; of a file of weights, the one that comes with the program.
  std::filesystem::path taxonomy;
  /// What it must be; empty: whatever it is.
  std::optional<model::Architecture> name = std::nullopt;
  std::optional<model::W2v2AasistType> type = std::nullopt;
  std::optional<model::SastNetTask> task = std::nullopt;
};

/// A model to evaluate, and where it is from.
struct EvaluatedModel {
  std::filesystem::path checkpoint;  ///< folder, or file of published weights
  model::SavedModel model;
};

/// Opens the model. A file of weights says neither what its model is, which is then recognised by
/// names and shapes, nor what its classes are, which are then the taxonomy's.
/// @throws Error(BadData) as model::checkpoint_folder, open_model and open_weights; Error(Usage) if
/// the
///         model isn't recognised, or isn't what it must be
[[nodiscard]] EvaluatedModel open_evaluated_model(const ModelSource& source);

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
