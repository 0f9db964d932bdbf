#pragma once

#include <filesystem>

#include "evaluate/figures.h"
#include "model/saved_model.h"
#include "protocol/taxonomy.h"

namespace codectrace::evaluate {

/// The checkpoint folder that a path means: itself, or the best checkpoint of a run directory.
/// @throws Error(BadData) if it is neither
[[nodiscard]] std::filesystem::path checkpoint_folder(const std::filesystem::path& path);

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
