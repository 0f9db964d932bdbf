#include "evaluate/sweep.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "comm/agreement.h"
#include "core/atomic_file.h"
#include "core/config.h"
#include "core/distinct_names.h"
#include "core/log.h"
#include "evaluate/comparison.h"
#include "evaluate/comparison_tables.h"
#include "evaluate/published_figures.h"
#include "evaluate/run.h"

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
  for (const auto& known : protocol::enum_names(protocol::Layout{})) {
    if (known.name == name) return known.value;
  }
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
  return static_cast<std::size_t>(std::ranges::count(read_file(list), '\n'));
}

void write_comparison(const SweepConfig& sweep, const std::vector<EvaluateConfig>& items) {
  std::vector<fs::path> folders;
  for (const auto& item : items) folders.emplace_back(item.out);
  CompareOptions options;
  for (const auto& item : items) {
    if (item.checkpoint == sweep.baseline) options.baselines.push_back(item.out);
  }
  options.bootstrap = {sweep.evaluate.metrics.bootstrap_replicates,
                       sweep.evaluate.metrics.bootstrap_seed};
  options.published = shipped_published_figures();
  const auto comparison = compare(folders, options);
  const auto text = comparison_text(comparison, TableFormat::Text);
  const fs::path out = sweep.out;
  write_file_atomically(out / "comparison.json", comparison.dump(1) + "\n");
  write_file_atomically(out / "comparison.csv", comparison_csv(comparison));
  write_file_atomically(out / "comparison.txt", text);
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
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

ExitCode run_sweep(const SweepConfig& sweep, comm::Communicator& comm) {
  std::vector<EvaluateConfig> items;
  comm::together(comm, [&] { items = items_of(sweep); });
  for (std::size_t i = 0; i < items.size(); ++i) {
    log::info("{} of {}: {}", i + 1, items.size(), items[i].out);
    comm::together(comm, [&] {
      if (comm.is_root()) make_folders(fs::path(items[i].out).parent_path());
    });
    if (const auto code = run(items[i], comm); code != ExitCode::Done) return code;
  }
  if (items.size() < 2) return ExitCode::Done;
  comm::together(comm, [&] {
    if (comm.is_root()) write_comparison(sweep, items);
  });
  return ExitCode::Done;
}

}  // namespace codectrace::evaluate
