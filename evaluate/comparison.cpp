#include "evaluate/comparison.h"

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "evaluate/paired_items.h"
#include "evaluate/published_figures.h"
#include "evaluate/results.h"
#include "metrics/paired_comparison.h"

namespace codectrace::evaluate {
namespace {

std::string list_of(const ComparedItem& item) {
  return item.results.at("provenance").at("list").get<std::string>();
}

/// What a list's items are ranked by: the EER of BIN, the weighted F1 of the others.
std::string headline(const std::string& task) { return task == "BIN" ? "eer" : "f1_weighted"; }

/// The metric that paired_tests tests for it.
std::string tested(const std::string& task) { return task == "BIN" ? "eer" : "accuracy"; }

/// Of each task with their intervals. @param whole  a list's figures
Json headline_figures(const Json& whole) {
  Json tasks = Json::object();
  for (const auto& [name, task] : whole.at("tasks").items()) {
    for (const auto* metric : {"eer", "accuracy", "f1_weighted"}) {
      if (!task.contains(metric)) continue;
      tasks[name][metric] = task.at(metric);
      const auto interval = std::string(metric) + "_ci95";
      if (task.contains(interval)) tasks[name][interval] = task.at(interval);
    }
  }
  return tasks;
}

Json item_json(const ComparedItem& item, const CompareOptions& options) {
  const auto& whole = pooled(item.results);
  const auto& model = item.results.at("model").at("name").get_ref<const std::string&>();
  Json json{{"name", item.name},  {"results", item.folder.string()},
            {"model", model},     {"list", list_of(item)},
            {"n", whole.at("n")}, {"tasks", headline_figures(whole)}};
  if (const auto shuffled = item.results.find(kShuffledTokens); shuffled != item.results.end())
    json[kShuffledTokens] = headline_figures(*shuffled);
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

}  // namespace codectrace::evaluate
