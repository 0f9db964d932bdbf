#pragma once

#include <filesystem>
#include <string>

#include "evaluate/figures.h"

namespace codectrace::evaluate {

/// What papers report for a model on a published list, an array of {"source", "model", "sampling",
/// "task", "dataset", "eer", "f1_weighted"}, fractions, null where a paper has none.
///
/// The file is CSV with the columns source,model,sampling,task,dataset,eer_percent,
/// f1_weighted_percent; a model is a result's model.name, a dataset one of CoRS (the published list
/// CoRS_ALL.txt), CoSG_all (CoSG_ALL.txt) and CoSG_known (CoSG_SEEN.txt).
/// @param model        "w2v2-aasist M1"
/// @param list_crc32c  "d22213c0": of any but the published lists there is nothing
/// @throws Error(BadData) naming file and line
[[nodiscard]] Json published_figures(const std::filesystem::path& file, const std::string& model,
                                     const std::string& list_crc32c);

/// The table that comes with the program; empty if it isn't there.
[[nodiscard]] std::filesystem::path shipped_published_figures();

}  // namespace codectrace::evaluate
