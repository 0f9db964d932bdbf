#pragma once

#include <string>

#include "evaluate/figures.h"
#include "evaluate/score_table.h"

namespace codectrace::evaluate {

// The report's pieces that are text and tables, as HTML.

/// Cards with the list's main figures and their intervals.
[[nodiscard]] std::string summary_cards(const Json& whole);

/// The whole list's figures beside those of shuffled tokens; empty if there are none.
[[nodiscard]] std::string token_order_table(const Json& results);

/// EER, costs and the like of bona fide against spoof.
[[nodiscard]] std::string detection_table(const Json& bin);

/// Counts and rates, a row a true class; a class without utterances says "no examples".
/// @param labels  what the classes are called on the page
[[nodiscard]] std::string confusion_table(const Json& task, const std::vector<std::string>& labels);

/// Precision, recall, F1 and support of each class.
[[nodiscard]] std::string per_class_table(const Json& task, const std::vector<std::string>& labels);

/// Figures of every subset of one kind, in the order of results.json; empty if there are none.
[[nodiscard]] std::string subset_table(const Json& results, const std::string& by);

/// The mistakes that the model was surest of, task by task.
[[nodiscard]] std::string worst_table(const ScoreTable& table, std::size_t most_of_a_task);

/// Where the results come from, and what was odd.
[[nodiscard]] std::string provenance_section(const Json& results);

/// "12.3", or an en dash for null.
[[nodiscard]] std::string percent_html(const Json& value);

}  // namespace codectrace::evaluate
