#include "evaluate/results_table.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "evaluate/results.h"

namespace codectrace::evaluate {
namespace {

constexpr const char* kShuffledNote = ", shuffled tokens";
constexpr std::size_t kWidestName = 44;  // leaves room for the figures in 100 columns

std::string percent(const Json& value) {
  return value.is_null() ? "-" : fmt::format("{:.1f}", 100 * value.get<double>());
}

std::string percent_with_interval(const Json& task, const std::string& metric) {
  if (task.at(metric).is_null()) return "-";
  const auto& interval = task.at(metric + "_ci95");
  return fmt::format("{:.1f} [{:.1f}, {:.1f}]", 100 * task.at(metric).get<double>(),
                     100 * interval[0].get<double>(), 100 * interval[1].get<double>());
}

std::string number(const Json& value) {
  return value.is_null() ? "-" : fmt::format("{:.3f}", value.get<double>());
}

/// Columns as wide as their widest cell; the first to the left, the others to the right.
class TextTable {
 public:
  using Row = std::vector<std::string>;
  void add(Row row) { rows_.push_back(std::move(row)); }

  [[nodiscard]] std::string text() const {
    std::vector<std::size_t> widths(rows_.front().size());
    for (const auto& row : rows_) {
      for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
    }
    std::string text;
    for (const auto& row : rows_) {
      text += fmt::format("  {:<{}}", row[0], widths[0]);
      for (std::size_t c = 1; c < row.size(); ++c)
        text += fmt::format("  {:>{}}", row[c], widths[c]);
      text += '\n';
    }
    return text;
  }

 private:
  std::vector<Row> rows_;
};

void add_tasks(TextTable& table, const Json& whole, const std::string& note) {
  for (const auto& [name, task] : whole.at("tasks").items()) {
    table.add({name + note, task.at("n").dump(), percent_with_interval(task, "accuracy"),
               percent_with_interval(task, "f1_weighted"), percent(task.at("f1_macro")),
               percent(task.at("balanced_accuracy"))});
  }
}

/// @param shuffled  figures of shuffled tokens; nullptr if there are none
std::string by_taxonomy(const Json& whole, const Json* shuffled) {
  TextTable table;
  table.add({"per cent", "n", "accuracy", "weighted F1", "macro F1", "balanced"});
  add_tasks(table, whole, "");
  if (shuffled != nullptr) add_tasks(table, *shuffled, kShuffledNote);
  return table.text();
}

std::string eer_line(const Json& bin, const std::string& note) {
  return fmt::format("  EER{} {} %   by the reference's rule {} %\n", note,
                     percent_with_interval(bin, "eer"), percent(bin.at("eer_reference")));
}

std::string detection_line(const Json& bin) {
  return eer_line(bin, "") +
         fmt::format("  AUC {}   minDCF {}   actDCF {}   Cllr {}   min Cllr {}\n",
                     number(bin.at("auc")), number(bin.at("min_dcf")), number(bin.at("act_dcf")),
                     number(bin.at("cllr")), number(bin.at("min_cllr")));
}

/// Figures of each codec or system; empty if there are none.
std::string by_part(const Json& results, const std::string& by) {
  TextTable table;
  bool any = false;
  for (const auto& subset : results.at("subsets")) {
    if (subset.at("by") != by) continue;
    TextTable::Row row{subset.at("name").get<std::string>().substr(0, kWidestName)};
    TextTable::Row titles{by};
    const auto& tasks = subset.at("tasks");
    if (const auto bin = tasks.find("BIN"); bin != tasks.end()) {
      titles.insert(titles.end(), {"spoof", "EER"});
      row.insert(row.end(), {bin->at("n_spoof").dump(), percent_with_interval(*bin, "eer") +
                                                            (bin->at("few_examples") ? "*" : " ")});
    }
    for (const auto& [name, task] : tasks.items()) {
      if (name == "BIN") continue;
      titles.push_back(name);
      row.push_back(percent(task.at("accuracy")));
    }
    if (!any) table.add(titles);
    any = true;
    table.add(row);
  }
  return any ? table.text() : "";
}

}  // namespace

std::string results_table(const Json& results) {
  const auto& whole = pooled(results);
  const auto found = results.find(kShuffledTokens);
  const auto* const shuffled = found == results.end() ? nullptr : &*found;
  std::string text = by_taxonomy(whole, shuffled);
  const auto bin = whole.at("tasks").find("BIN");
  if (bin != whole.at("tasks").end()) {
    text += fmt::format("\n{}", detection_line(*bin));
    if (shuffled != nullptr) text += eer_line(shuffled->at("tasks").at("BIN"), kShuffledNote);
  }
  for (const auto* by : {"known", "codec", "system"}) {
    const auto part = by_part(results, by);
    if (part.empty()) continue;
    text += fmt::format("\n  By {}: EER in per cent (* fewer than {} of a class), accuracies\n", by,
                        kFewExamples);
    text += part;
  }
  return text;
}

}  // namespace codectrace::evaluate
