#include "evaluate/sweep_plan.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/distinct_names.h"
#include "core/error.h"
#include "protocol/layout_name.h"
#include "protocol/published_path.h"

namespace codectrace::evaluate {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

[[noreturn]] void usage(const std::string& message) { throw Error(ErrorKind::Usage, message); }

/// The one of list `index`. @param key  for messages
const std::string& of_list(const Texts& values, std::size_t index, const SweepConfig& sweep,
                           const char* key) {
  if (values.size() == 1) return values.front();
  if (values.size() == sweep.protocols.size()) return values[index];
  usage(fmt::format("{} has {} values for {} protocols: give one each, or one for all", key,
                    values.size(), sweep.protocols.size()));
}

protocol::Layout dataset_of(const SweepConfig& sweep, std::size_t index) {
  if (sweep.datasets.empty()) return sweep.evaluate.dataset;
  const auto& name = of_list(sweep.datasets, index, sweep, "datasets");
  if (const auto layout = protocol::layout_of(name)) return *layout;
  usage(fmt::format("datasets: {} is unknown; it is cors, cosg or list", name));
}

void require_keys(const SweepConfig& sweep) {
  if (sweep.out.empty()) usage("no out: the folder of the sweep's results");
  if (sweep.checkpoints.empty()) usage("no checkpoints");
  if (sweep.protocols.empty()) usage("no protocols");
  const auto& inner = sweep.evaluate;
  for (const auto* path : {&inner.checkpoint, &inner.corpus, &inner.protocol, &inner.out}) {
    if (!path->empty())
      usage("evaluate.checkpoint, corpus, protocol and out come from the sweep's own keys");
  }
  if (!sweep.baseline.empty() &&
      std::ranges::find(sweep.checkpoints, sweep.baseline) == sweep.checkpoints.end())
    usage(fmt::format("baseline is {}, which isn't one of checkpoints", sweep.baseline));
}

std::size_t lines_of(const std::string& list) {
  return static_cast<std::size_t>(
      std::ranges::count(read_file(protocol::published_path(list)), '\n'));
}

/// Of any of the lists; lines that are in several count once.
std::size_t lines_of_any(const std::vector<EvaluateConfig>& lists) {
  Texts texts;
  for (const auto& list : lists)
    texts.push_back(read_file(protocol::published_path(list.protocol)));
  std::set<std::string_view> lines;
  for (std::string_view rest : texts) {
    while (!rest.empty()) {
      const auto end = std::min(rest.find('\n'), rest.size() - 1) + 1;
      lines.insert(rest.substr(0, end));
      rest.remove_prefix(end);
    }
  }
  return lines.size();
}

std::string name_of(const std::vector<EvaluateConfig>& lists, const fs::path& sweeps_out) {
  const auto checkpoint = fs::path(lists.front().out).parent_path().lexically_relative(sweeps_out);
  Texts names;
  for (const auto& list : lists) names.push_back(fs::path(list.out).filename().string());
  return fmt::format("{} on {}", checkpoint.string(), fmt::join(names, ", "));
}

}  // namespace

std::vector<EvaluateConfig> items_of(const SweepConfig& sweep) {
  require_keys(sweep);
  const auto checkpoints = distinct_names(sweep.checkpoints);
  std::vector<std::pair<std::size_t, EvaluateConfig>> items;  // by the list's lines
  std::set<std::string> folders;
  for (std::size_t list = 0; list < sweep.protocols.size(); ++list) {
    const auto lines = lines_of(sweep.protocols[list]);
    for (std::size_t i = 0; i < sweep.checkpoints.size(); ++i) {
      auto item = sweep.evaluate;
      item.checkpoint = sweep.checkpoints[i];
      item.protocol = sweep.protocols[list];
      if (sweep.corpora.empty()) usage("no corpora");
      item.corpus = of_list(sweep.corpora, list, sweep, "corpora");
      item.dataset = dataset_of(sweep, list);
      item.out = (fs::path(sweep.out) / checkpoints[i] / fs::path(item.protocol).stem()).string();
      if (!folders.insert(item.out).second)
        usage(fmt::format("two evaluations would make {}: protocols of one name", item.out));
      items.emplace_back(lines, std::move(item));
    }
  }
  std::ranges::stable_sort(items, std::greater(), [](const auto& item) { return item.first; });
  std::vector<EvaluateConfig> ordered;
  for (auto& [lines, item] : items) ordered.push_back(std::move(item));
  return ordered;
}

std::vector<SweepPass> passes_of(const SweepConfig& sweep) {
  auto items = items_of(sweep);
  const auto corpora = distinct_names(sweep.corpora);
  std::vector<SweepPass> passes;
  for (auto& item : items) {
    const auto shares = [&](const SweepPass& pass) {
      return pass.lists.front().checkpoint == item.checkpoint &&
             pass.lists.front().corpus == item.corpus;
    };
    auto found = std::ranges::find_if(passes, shares);
    if (found == passes.end()) {
      const auto corpus = std::ranges::find(sweep.corpora, item.corpus) - sweep.corpora.begin();
      const auto name = corpora[static_cast<std::size_t>(corpus)] + ".scores";
      passes.push_back({"", {}, fs::path(item.out).parent_path() / name});
      found = passes.end() - 1;
    }
    found->lists.push_back(std::move(item));
  }
  std::vector<std::pair<std::size_t, SweepPass>> by_size;
  for (auto& pass : passes) {
    pass.name = name_of(pass.lists, sweep.out);
    const auto lines = lines_of_any(pass.lists);
    by_size.emplace_back(lines, std::move(pass));
  }
  std::ranges::stable_sort(by_size, std::greater(), [](const auto& sized) { return sized.first; });
  passes.clear();
  for (auto& [lines, pass] : by_size) passes.push_back(std::move(pass));
  return passes;
}

void write_sweep_plan(const SweepConfig& sweep, const std::vector<EvaluateConfig>& items) {
  nlohmann::ordered_json plan{{"evaluations", nlohmann::json::array()}};
  for (const auto& item : items)
    plan["evaluations"].push_back(fs::path(item.out).lexically_relative(sweep.out).string());
  make_folders(sweep.out);
  write_file_atomically(fs::path(sweep.out) / "sweep.json", plan.dump(1) + "\n");
}

}  // namespace codectrace::evaluate
