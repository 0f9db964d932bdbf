#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "evaluate/figures.h"
#include "evaluate/score_table.h"

namespace codectrace::evaluate {

/// A results directory that is compared with others.
struct ComparedItem {
  std::string name;
  std::filesystem::path folder;
  Json results;
  ScoreTable table;
  std::vector<std::size_t> rows;  ///< of the table, in byte order of their ids
};

/// @throws Error as read_results and ScoreTable::from_tsv
[[nodiscard]] std::vector<ComparedItem> open_items(
    const std::vector<std::filesystem::path>& folders);

/// Of the list that it was made from, as hexadecimal digits; empty if the results don't say.
[[nodiscard]] std::string list_checksum(const ComparedItem& item);

/// Were both made from the same list, by content?
[[nodiscard]] bool same_list(const ComparedItem& a, const ComparedItem& b);

/// The tests of one pair on one list, an object a task and metric:
/// {"task", "metric", "a", "b", "difference", "ci95" and "p", or "only_a_right", "only_b_right" and
/// "p"}; metric is eer (BIN) or accuracy.
/// @throws Error(BadData) if they have other utterances, naming one
[[nodiscard]] std::vector<Json> paired_tests(const ComparedItem& a, const ComparedItem& b,
                                             const metrics::BootstrapOptions& bootstrap);

}  // namespace codectrace::evaluate
