#include "evaluate/comparison_tables.h"

#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "evaluate/comparison.h"
#include "evaluate/csv_field.h"
#include "evaluate/results.h"
#include "evaluate/results_table.h"

namespace codectrace::evaluate {
namespace {

std::string percent(const Json& value) {
  return value.is_null() ? "-" : fmt::format("{:.2f}", 100 * value.get<double>());
}

std::string with_interval(const Json& task, const std::string& metric) {
  const auto found = task.find(metric);
  if (found == task.end() || found->is_null()) return "-";
  const auto interval = task.find(metric + "_ci95");
  if (interval == task.end() || interval->is_null()) return percent(*found);
  return fmt::format("{} [{}, {}]", percent(*found), percent((*interval)[0]),
                     percent((*interval)[1]));
}

/// An item's figures, and what tables call it: those of shuffled tokens where it has them.
struct Figures {
  std::string name;
  const Json* tasks;
};

Figures own_figures(const Json& item) { return {item.at("name"), &item.at("tasks")}; }

std::optional<Figures> shuffled_figures(const Json& item) {
  const auto found = item.find(kShuffledTokens);
  if (found == item.end()) return std::nullopt;
  return Figures{item.at("name").get<std::string>() + kShuffledNote, &*found};
}

Table items_table(const Json& comparison) {
  Table table({"item", "list", "task", "EER", "accuracy", "weighted F1"});
  const auto add = [&](const Figures& figures, const Json& item) {
    for (const auto& [name, task] : figures.tasks->items()) {
      table.add({figures.name, item.at("list"), name, with_interval(task, "eer"),
                 with_interval(task, "accuracy"), with_interval(task, "f1_weighted")});
    }
  };
  for (const auto& item : comparison.at("items")) {
    add(own_figures(item), item);
    if (const auto shuffled = shuffled_figures(item)) add(*shuffled, item);
  }
  return table;
}

/// Papers' figures of a network that permutes tokens are of permuted ones.
Table published_table(const Json& comparison) {
  Table table(
      {"item", "paper", "trained on", "data", "task", "EER", "weighted F1", "EER here", "F1 here"});
  for (const auto& item : comparison.at("items")) {
    const auto figures = shuffled_figures(item).value_or(own_figures(item));
    const auto here = [&](const std::string& task, const std::string& metric) {
      const auto found = figures.tasks->find(task);
      return found == figures.tasks->end() ? "-" : percent(found->value(metric, Json()));
    };
    for (const auto& paper : item.at("published")) {
      const auto task = paper.at("task").get<std::string>();
      table.add({figures.name, paper.at("source"), paper.at("sampling"), paper.at("dataset"), task,
                 percent(paper.at("eer")), percent(paper.at("f1_weighted")), here("BIN", "eer"),
                 here(task, "f1_weighted")});
    }
  }
  return table;
}

std::string p_value(const Json& p) {
  const double value = p;
  return value < 0.001 ? "<0.001" : fmt::format("{:.3f}", value);
}

Table tests_table(const Json& comparison) {
  Table table({"a - b", "list", "task", "metric", "difference", "p", "p, Holm"});
  for (const auto& test : comparison.at("tests")) {
    const bool significant = test.at("p_holm").get<double>() < kSignificant;
    auto difference = fmt::format("{:+.2f}", 100 * test.at("difference").get<double>());
    if (const auto interval = test.find("ci95"); interval != test.end()) {
      difference += fmt::format(" [{:+.2f}, {:+.2f}]", 100 * (*interval)[0].get<double>(),
                                100 * (*interval)[1].get<double>());
    }
    table.add(
        {fmt::format("{} - {}", test.at("a").get<std::string>(), test.at("b").get<std::string>()),
         test.at("list"), test.at("task"), test.at("metric"), difference, p_value(test.at("p")),
         p_value(test.at("p_holm")) + (significant ? " *" : "")});
  }
  return table;
}

Table rankings_table(const Json& comparison) {
  Table table({"list, task", "place", "item", "figure", "against the best"});
  for (const auto& ranking : comparison.at("rankings")) {
    int place = 0;
    for (const auto& item : ranking.at("places")) {
      const auto& differs = item.at("differs_from_best");
      const std::string verdict = ++place == 1          ? ""
                                  : differs.is_null()   ? "not tested"
                                  : differs.get<bool>() ? "worse"
                                                        : "not significant";
      table.add({fmt::format("{}, {}", ranking.at("list").get<std::string>(),
                             ranking.at("task").get<std::string>()),
                 std::to_string(place), item.at("name"),
                 fmt::format("{} {}", ranking.at("metric") == "eer" ? "EER" : "F1",
                             percent(item.at("value"))),
                 verdict});
    }
  }
  return table;
}

}  // namespace

std::string comparison_text(const Json& comparison, TableFormat format) {
  std::string text;
  const auto add = [&](const std::string& heading, const Table& table) {
    if (table.empty()) return;
    const auto* mark = format == TableFormat::Markdown ? "### "
                       : format == TableFormat::Latex  ? "% "
                                                       : "";
    text +=
        fmt::format("{}{}{}\n\n{}", text.empty() ? "" : "\n", mark, heading, table.written(format));
  };
  add("Figures in per cent, with 95 % intervals", items_table(comparison));
  add("Published figures of the same models and lists, in per cent", published_table(comparison));
  add("Differences in per cent; * significant at 0.05 after Holm's correction",
      tests_table(comparison));
  add("Rankings", rankings_table(comparison));
  return text;
}

std::string comparison_csv(const Json& comparison) {
  std::string text = "kind,list,task,metric,a,b,value,low,high,p,p_holm\n";
  const auto number = [](const Json& value) { return value.is_null() ? "" : value.dump(); };
  const auto line = [&](std::vector<std::string> names, std::vector<Json> numbers) {
    std::vector<std::string> fields;
    for (const auto& name : names) fields.push_back(csv_field(name));
    for (const auto& value : numbers) fields.push_back(number(value));
    text += fmt::format("{}\n", fmt::join(fields, ","));
  };
  const auto figures_of = [&](const char* kind, const Json& item, const Json& tasks) {
    for (const auto& [task, figures] : tasks.items()) {
      for (const auto& [metric, value] : figures.items()) {
        if (metric.ends_with("_ci95")) continue;
        const auto interval = figures.value(metric + "_ci95", Json());
        const bool has = interval.is_array();
        line({kind, item.at("list"), task, metric, item.at("name"), ""},
             {value, has ? interval[0] : Json(), has ? interval[1] : Json(), {}, {}});
      }
    }
  };
  for (const auto& item : comparison.at("items")) {
    figures_of("figure", item, item.at("tasks"));
    figures_of(kShuffledTokens, item, item.value(kShuffledTokens, Json::object()));
  }
  for (const auto& test : comparison.at("tests")) {
    const auto interval = test.value("ci95", Json());
    const bool has = interval.is_array();
    line({"difference", test.at("list"), test.at("task"), test.at("metric"), test.at("a"),
          test.at("b")},
         {test.at("difference"), has ? interval[0] : Json(), has ? interval[1] : Json(),
          test.at("p"), test.at("p_holm")});
  }
  return text;
}

}  // namespace codectrace::evaluate
