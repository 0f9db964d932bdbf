#include "evaluate/paired_items.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "core/distinct_names.h"
#include "core/error.h"
#include "evaluate/id_order.h"
#include "evaluate/results.h"
#include "metrics/classification.h"
#include "metrics/paired_comparison.h"
#include "protocol/taxonomy.h"

namespace codectrace::evaluate {
namespace {

namespace fs = std::filesystem;

void require_same_utterances(const ComparedItem& a, const ComparedItem& b) {
  const auto ids = [](const ComparedItem& item) {
    std::vector<std::string> all;
    for (const auto row : item.rows) all.push_back(item.table[row].id);
    return all;
  };
  const auto of_a = ids(a);
  const auto of_b = ids(b);
  if (of_a == of_b) return;
  std::vector<std::string> one_sided;
  std::ranges::set_symmetric_difference(of_a, of_b, std::back_inserter(one_sided));
  throw Error(ErrorKind::BadData,
              fmt::format("{} and {} are of one list, but only one of them has a score for {}: "
                          "evaluate both with the same list.* and on_bad_audio",
                          a.folder.string(), b.folder.string(), one_sided.front()));
}

std::vector<double> scores_of(const ComparedItem& item, protocol::Label label) {
  std::vector<double> scores;
  for (const auto row : item.rows) {
    if (item.table[row].label == label) scores.push_back(item.table.detection(row).log_odds);
  }
  return scores;
}

Json eer_test(const ComparedItem& a, const ComparedItem& b,
              const metrics::BootstrapOptions& bootstrap) {
  using protocol::Label;
  const auto bonafide_a = scores_of(a, Label::BonaFide);
  const auto bonafide_b = scores_of(b, Label::BonaFide);
  const auto spoof_a = scores_of(a, Label::Spoof);
  const auto spoof_b = scores_of(b, Label::Spoof);
  const auto found = metrics::paired_eer({bonafide_a, bonafide_b}, {spoof_a, spoof_b}, bootstrap);
  return {{"task", "BIN"},
          {"metric", "eer"},
          {"a", a.name},
          {"b", b.name},
          {"difference", found.difference},
          {"ci95", {found.interval.low, found.interval.high}},
          {"p", found.p}};
}

/// Whether an utterance's class is known and the answer is it.
std::optional<bool> is_right(const ComparedItem& item, std::size_t row, std::size_t task) {
  const int truth = item.table[row].codes[task];
  if (truth < 0) return std::nullopt;
  return metrics::arg_max(item.table.logits(row, task)) == static_cast<std::size_t>(truth);
}

std::optional<Json> accuracy_test(const ComparedItem& a, const ComparedItem& b,
                                  const std::string& task) {
  const auto task_a = a.table.find_task(task);
  const auto task_b = b.table.find_task(task);
  if (!task_a || !task_b) return std::nullopt;
  // Arrays of bool, which std::vector<bool> isn't.
  const auto right_a = std::make_unique<bool[]>(a.rows.size());  // NOLINT(*-avoid-c-arrays)
  const auto right_b = std::make_unique<bool[]>(a.rows.size());  // NOLINT(*-avoid-c-arrays)
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.rows.size(); ++i) {
    const auto of_a = is_right(a, a.rows[i], *task_a);
    const auto of_b = is_right(b, b.rows[i], *task_b);
    if (!of_a || !of_b) continue;
    right_a[count] = *of_a;
    right_b[count++] = *of_b;
  }
  if (count == 0) return std::nullopt;
  const auto counts = metrics::discordant({right_a.get(), count}, {right_b.get(), count});
  const auto difference = static_cast<double>(counts.a_right_b_wrong - counts.a_wrong_b_right);
  return Json{{"task", task},
              {"metric", "accuracy"},
              {"a", a.name},
              {"b", b.name},
              {"difference", difference / static_cast<double>(count)},
              {"only_a_right", counts.a_right_b_wrong},
              {"only_b_right", counts.a_wrong_b_right},
              {"p", metrics::mcnemar(counts)}};
}

}  // namespace

std::vector<ComparedItem> open_items(const std::vector<fs::path>& folders) {
  std::vector<std::string> paths;
  for (const auto& folder : folders) paths.push_back(folder.string());
  const auto names = distinct_names(paths);
  std::vector<ComparedItem> items;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    auto results = read_results(folders[i] / "results.json");
    auto table = ScoreTable::from_tsv(folders[i] / "scores.tsv", task_classes(results));
    auto rows = rows_by_id(table);
    items.push_back({names[i], folders[i], std::move(results), std::move(table), std::move(rows)});
  }
  return items;
}

std::string list_checksum(const ComparedItem& item) {
  return item.results.at("provenance").value("inputs", Json::object()).value("list crc32c", "");
}

bool same_list(const ComparedItem& a, const ComparedItem& b) {
  return !list_checksum(a).empty() && list_checksum(a) == list_checksum(b);
}

std::vector<Json> paired_tests(const ComparedItem& a, const ComparedItem& b,
                               const metrics::BootstrapOptions& bootstrap) {
  require_same_utterances(a, b);
  std::vector<Json> tests;
  if (a.table.detects() && b.table.detects()) tests.push_back(eer_test(a, b, bootstrap));
  for (const auto& task : a.table.tasks()) {
    if (auto test = accuracy_test(a, b, task.name)) tests.push_back(std::move(*test));
  }
  return tests;
}

}  // namespace codectrace::evaluate
