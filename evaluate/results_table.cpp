#include "evaluate/results_table.h"

#include <optional>
#include <string>

#include <fmt/format.h>

#include "evaluate/results.h"

namespace codectrace::evaluate {
namespace {

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

void add_tasks(Table& table, const Json& whole, const std::string& note) {
  for (const auto& [name, task] : whole.at("tasks").items()) {
    table.add({name + note, task.at("n").dump(), percent_with_interval(task, "accuracy"),
               percent_with_interval(task, "f1_weighted"), percent(task.at("f1_macro")),
               percent(task.at("balanced_accuracy"))});
  }
}

/// @param shuffled  figures of shuffled tokens; nullptr if there are none
Table by_taxonomy(const Json& whole, const Json* shuffled) {
  Table table({"per cent", "n", "accuracy", "weighted F1", "macro F1", "balanced"});
  add_tasks(table, whole, "");
  if (shuffled != nullptr) add_tasks(table, *shuffled, kShuffledNote);
  return table;
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

/// The same figures as rows under titles.
Table detection_table(const Json& bin, const Json* shuffled) {
  Table table({"per cent, and costs", "bona fide", "spoof", "EER", "AUC", "minDCF", "actDCF",
               "Cllr", "min Cllr"});
  const auto add = [&](const std::string& name, const Json& task) {
    table.add({name, task.at("n_bonafide").dump(), task.at("n_spoof").dump(),
               percent_with_interval(task, "eer"), number(task.at("auc")),
               number(task.at("min_dcf")), number(task.at("act_dcf")), number(task.at("cllr")),
               number(task.at("min_cllr"))});
  };
  add("BIN", bin);
  if (shuffled != nullptr) add(std::string("BIN") + kShuffledNote, shuffled->at("tasks").at("BIN"));
  return table;
}

Table::Row part_titles(const Json& subset, const std::string& by) {
  Table::Row titles{by};
  for (const auto& [name, task] : subset.at("tasks").items()) {
    if (name == "BIN") {
      titles.insert(titles.end(), {"spoof", "EER"});
    } else {
      titles.push_back(name);
    }
  }
  return titles;
}

Table::Row part_row(const Json& subset) {
  Table::Row row{subset.at("name").get<std::string>().substr(0, kWidestName)};
  for (const auto& [name, task] : subset.at("tasks").items()) {
    if (name == "BIN") {
      const auto* const mark = task.at("few_examples") ? "*" : " ";
      row.insert(row.end(), {task.at("n_spoof").dump(), percent_with_interval(task, "eer") + mark});
    } else {
      row.push_back(percent(task.at("accuracy")));
    }
  }
  return row;
}

/// Figures of each codec or system; nothing if there are none.
std::optional<Table> by_part(const Json& results, const std::string& by) {
  std::optional<Table> table;
  for (const auto& subset : results.at("subsets")) {
    if (subset.at("by") != by) continue;
    if (!table) table.emplace(part_titles(subset, by));
    table->add(part_row(subset));
  }
  return table;
}

/// "M1 on CoRS_ALL.txt"
std::string subject(const Json& results) {
  return fmt::format("{} on {}", results.at("model").value("name", std::string("model")),
                     results.at("provenance").value("list", std::string("a list")));
}

/// What is above a table: a line of text, a paragraph, or a comment.
std::string caption(const Json& results, const std::string& what, TableFormat format) {
  if (format == TableFormat::Text) return fmt::format("  {}\n", what);
  if (format == TableFormat::Latex) return fmt::format("% {}: {}\n", subject(results), what);
  return fmt::format("{}: {}\n\n", subject(results), what);
}

}  // namespace

std::string results_table(const Json& results, TableFormat format) {
  const auto& whole = pooled(results);
  const auto found = results.find(kShuffledTokens);
  const auto* const shuffled = found == results.end() ? nullptr : &*found;
  const bool for_paper = format != TableFormat::Text;
  std::string text;
  if (for_paper) text += caption(results, "95 % intervals in brackets", format);
  text += by_taxonomy(whole, shuffled).written(format);
  const auto bin = whole.at("tasks").find("BIN");
  if (bin != whole.at("tasks").end() && for_paper) {
    text += '\n' + caption(results, "bona fide against spoof", format) +
            detection_table(*bin, shuffled).written(format);
  } else if (bin != whole.at("tasks").end()) {
    text += fmt::format("\n{}", detection_line(*bin));
    if (shuffled != nullptr) text += eer_line(shuffled->at("tasks").at("BIN"), kShuffledNote);
  }
  for (const auto* by : {"known", "codec", "system", "duration"}) {
    const auto part = by_part(results, by);
    if (!part) continue;
    const auto what = fmt::format("By {}: EER in per cent (* fewer than {} of a class), accuracies",
                                  by, kFewExamples);
    text += '\n' + caption(results, what, format) + part->written(format);
  }
  return text;
}

}  // namespace codectrace::evaluate
