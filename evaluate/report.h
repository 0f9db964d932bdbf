#pragma once

#include <string>
#include <vector>

#include "evaluate/figures.h"
#include "evaluate/score_table.h"
#include "evaluate/subsets.h"

namespace codectrace::evaluate {

struct ReportOptions {
  int worst_utterances = 12;  ///< most confident mistakes shown of each task
};

/// One page that needs nothing else: style and plots are in it. Without gnuplot it has the tables
/// alone and says so.
/// @param results  as results.json holds them
/// @param subsets  as subsets_of gives them: the DET curves' utterances
[[nodiscard]] std::string report_html(const Json& results, const ScoreTable& table,
                                      const std::vector<Subset>& subsets,
                                      const ReportOptions& options);

}  // namespace codectrace::evaluate
