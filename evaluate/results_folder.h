#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/figures.h"
#include "evaluate/report.h"
#include "evaluate/score_table.h"
#include "evaluate/subsets.h"

namespace codectrace::evaluate {

/// Writes a results directory, complete or not at all: scores.tsv, results.json, results.csv,
/// report.html, config.toml, taxonomy.toml and the reference's text files. docs/results.md says
/// what is in each.
/// @param reference  the reference's files by name, as reference_files gives them
void write_results_folder(const std::filesystem::path& folder, const Json& results,
                          const ScoreTable& table, const protocol::Taxonomy& taxonomy,
                          const std::map<std::string, std::string>& reference,
                          const ReportOptions& options);

/// Draws report.html anew from results.json and scores.tsv.
/// @returns its path. @throws Error(BadData) naming the file that is missing or damaged
std::filesystem::path render_report(const std::filesystem::path& folder,
                                    const ReportOptions& options);

/// What `folder`'s results were made from; nullopt if it doesn't exist or is empty.
/// @throws Error(Usage) if something else is in it
[[nodiscard]] std::optional<Json> finished_inputs(const std::filesystem::path& folder);

}  // namespace codectrace::evaluate
