#include "evaluate/comparison.h"

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "evaluate/csv_field.h"
#include "evaluate/paired_items.h"
#include "evaluate/published_figures.h"
#include "evaluate/results.h"
#include "metrics/paired_comparison.h"

namespace codectrace::evaluate {
namespace {

constexpr double kSignificant = 0.05;

std::string list_of(const ComparedItem& item) {
  return item.results.at("provenance").at("list").get<std::string>();
}

/// What a list's items are ranked by: the EER of BIN, the weighted F1 of the others.
std::string headline(const std::string& task) { return task == "BIN" ? "eer" : "f1_weighted"; }

/// The metric that paired_tests tests for it.
std::string tested(const std::string& task) { return task == "BIN" ? "eer" : "accuracy"; }

Json item_json(const ComparedItem& item, const CompareOptions& options) {
  Json tasks = Json::object();
  for (const auto& [name, task] : pooled(item.results).at("tasks").items()) {
    for (const auto* metric : {"eer", "accuracy", "f1_weighted"}) {
      if (!task.contains(metric)) continue;
      tasks[name][metric] = task.at(metric);
      const auto interval = std::string(metric) + "_ci95";
      if (task.contains(interval)) tasks[name][interval] = task.at(interval);
    }
  }
  const auto& model = item.results.at("model").at("name").get_ref<const std::string&>();
  Json json{
      {"name", item.name},     {"results", item.folder.string()},   {"model", model},
      {"list", list_of(item)}, {"n", pooled(item.results).at("n")}, {"tasks", std::move(tasks)}};
  json["published"] = options.published.empty()
                          ? Json::array()
                          : published_figures(options.published, model, list_checksum(item));
  return json;
}

bool is_baseline(const ComparedItem& item, const CompareOptions& options) {
  return std::ranges::any_of(options.baselines, [&](const auto& baseline) {
    std::error_code ignored;
    return std::filesystem::equivalent(baseline, item.folder, ignored);
  });
}

/// Every pair of one list, or those with a baseline.
std::vector<std::pair<const ComparedItem*, const ComparedItem*>> pairs_of(
    const std::vector<ComparedItem>& items, const CompareOptions& options) {
  std::vector<std::pair<const ComparedItem*, const ComparedItem*>> pairs;
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (std::size_t k = i + 1; k < items.size(); ++k) {
      const bool wanted = options.baselines.empty() || is_baseline(items[i], options) ||
                          is_baseline(items[k], options);
      if (wanted && same_list(items[i], items[k])) pairs.emplace_back(&items[i], &items[k]);
    }
  }
  return pairs;
}

void require_baselines(const std::vector<ComparedItem>& items, const CompareOptions& options) {
  for (const auto& baseline : options.baselines) {
    CompareOptions one;
    one.baselines = {baseline};
    if (std::ranges::any_of(items, [&](const auto& item) { return is_baseline(item, one); }))
      continue;
    throw Error(ErrorKind::Usage,
                fmt::format("the baseline {} isn't one of the results that are compared",
                            baseline.string()));
  }
}

Json corrected(std::vector<Json> tests) {
  std::vector<double> p;
  for (const auto& test : tests) p.push_back(test.at("p"));
  const auto adjusted = metrics::holm(p);
  for (std::size_t i = 0; i < tests.size(); ++i) tests[i]["p_holm"] = adjusted[i];
  return tests;
}

/// Does a test say that these two differ? Nothing if they weren't tested.
Json differ(const Json& tests, const std::string& list, const std::string& task,
            const std::string& one, const std::string& other) {
  for (const auto& test : tests) {
    if (test.at("list") != list || test.at("task") != task || test.at("metric") != tested(task))
      continue;
    const bool same = (test.at("a") == one && test.at("b") == other) ||
                      (test.at("a") == other && test.at("b") == one);
    if (same) return test.at("p_holm").get<double>() < kSignificant;
  }
  return nullptr;
}

Json ranking(const std::vector<const Json*>& items, const std::string& task, const Json& tests) {
  const auto metric = headline(task);
  auto order = items;
  const auto value = [&](const Json* item) {
    const double figure = item->at("tasks").at(task).at(metric);
    return task == "BIN" ? figure : -figure;  // least first
  };
  std::ranges::stable_sort(order, {}, value);
  const auto& best = order.front()->at("name").get_ref<const std::string&>();
  const auto& list = order.front()->at("list").get_ref<const std::string&>();
  Json places = Json::array();
  for (const auto* item : order) {
    const auto& name = item->at("name").get_ref<const std::string&>();
    places.push_back({{"name", name},
                      {"value", item->at("tasks").at(task).at(metric)},
                      {"differs_from_best",
                       name == best ? Json(false) : differ(tests, list, task, best, name)}});
  }
  return {{"list", list}, {"task", task}, {"metric", metric}, {"places", std::move(places)}};
}

Json rankings_of(const Json& items, const Json& tests) {
  std::map<std::pair<std::string, std::string>, std::vector<const Json*>> groups;
  for (const auto& item : items) {
    for (const auto& [task, figures] : item.at("tasks").items()) {
      const auto figure = figures.find(headline(task));
      if (figure != figures.end() && !figure->is_null())
        groups[{item.at("list"), task}].push_back(&item);
    }
  }
  Json rankings = Json::array();
  for (const auto& [key, group] : groups) {
    if (group.size() > 1) rankings.push_back(ranking(group, key.second, tests));
  }
  return rankings;
}

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

Table items_table(const Json& comparison) {
  Table table({"item", "list", "task", "EER", "accuracy", "weighted F1"});
  for (const auto& item : comparison.at("items")) {
    for (const auto& [name, task] : item.at("tasks").items()) {
      table.add({item.at("name"), item.at("list"), name, with_interval(task, "eer"),
                 with_interval(task, "accuracy"), with_interval(task, "f1_weighted")});
    }
  }
  return table;
}

Table published_table(const Json& comparison) {
  Table table(
      {"item", "paper", "trained on", "data", "task", "EER", "weighted F1", "EER here", "F1 here"});
  for (const auto& item : comparison.at("items")) {
    for (const auto& paper : item.at("published")) {
      const auto& tasks = item.at("tasks");
      const auto task = paper.at("task").get<std::string>();
      const auto here = [&](const std::string& of, const std::string& metric) {
        const auto found = tasks.find(of);
        return found == tasks.end() ? "-" : percent(found->value(metric, Json()));
      };
      table.add({item.at("name"), paper.at("source"), paper.at("sampling"), paper.at("dataset"),
                 task, percent(paper.at("eer")), percent(paper.at("f1_weighted")),
                 here("BIN", "eer"), here(task, "f1_weighted")});
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

Json compare(const std::vector<std::filesystem::path>& folders, const CompareOptions& options) {
  if (folders.size() < 2)
    throw Error(ErrorKind::Usage, "a comparison takes at least two results directories");
  const auto items = open_items(folders);
  require_baselines(items, options);
  Json comparison{{"schema", kComparisonSchema}, {"items", Json::array()}};
  for (const auto& item : items) comparison["items"].push_back(item_json(item, options));
  std::vector<Json> tests;
  for (const auto& [a, b] : pairs_of(items, options)) {
    for (auto& test : paired_tests(*a, *b, options.bootstrap)) {
      Json with_list{{"list", list_of(*a)}};
      with_list.update(test);
      tests.push_back(std::move(with_list));
    }
  }
  comparison["tests"] = corrected(std::move(tests));
  comparison["rankings"] = rankings_of(comparison.at("items"), comparison.at("tests"));
  return comparison;
}

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
  for (const auto& item : comparison.at("items")) {
    for (const auto& [task, figures] : item.at("tasks").items()) {
      for (const auto& [metric, value] : figures.items()) {
        if (metric.ends_with("_ci95")) continue;
        const auto interval = figures.value(metric + "_ci95", Json());
        const bool has = interval.is_array();
        line({"figure", item.at("list"), task, metric, item.at("name"), ""},
             {value, has ? interval[0] : Json(), has ? interval[1] : Json(), {}, {}});
      }
    }
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
