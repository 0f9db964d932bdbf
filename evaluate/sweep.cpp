#include "evaluate/sweep.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "comm/agreement.h"
#include "comm/rank_groups.h"
#include "core/atomic_file.h"
#include "core/host_name.h"
#include "core/log.h"
#include "core/log_topic.h"
#include "core/stop_signal.h"
#include "evaluate/comparison.h"
#include "evaluate/comparison_tables.h"
#include "evaluate/published_figures.h"
#include "evaluate/run.h"
#include "model/saved_model.h"
#include "shard/corpus_file.h"

namespace codectrace::evaluate {
namespace {

namespace fs = std::filesystem;

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

/// Before hours of work on the first: the last one is there too.
void require_inputs(const std::vector<EvaluateConfig>& items) {
  for (const auto& item : items) {
    (void)model::weights_file(item.checkpoint);
    (void)shard::read_corpus_file(item.corpus);
  }
}

/// Numbers of a counter of all ranks, one a group.
class SharedPasses {
 public:
  SharedPasses(std::size_t count, comm::Communicator& group, comm::WorkCounter& counter)
      : count_(count), group_(group), counter_(counter) {}

  /// Collective over the group; nullopt: there are none left.
  [[nodiscard]] std::optional<std::size_t> next() {
    std::uint64_t number = group_.is_root() ? counter_.next() : 0;
    group_.broadcast(comm::buffer(std::span(&number, 1)), 0);
    if (number >= count_) return std::nullopt;
    return number;
  }
  /// The other groups finish what they have, and get no more.
  void take_the_rest() {
    if (!group_.is_root()) return;
    while (counter_.next() < count_) {
    }
  }

 private:
  std::size_t count_;
  comm::Communicator& group_;
  comm::WorkCounter& counter_;
};

/// This rank's.
std::unique_ptr<comm::Communicator> make_group(const SweepConfig& sweep, std::size_t num_passes,
                                               comm::Communicator& comm) {
  const auto hosts = comm.gathered_texts(host_name());
  const int groups = comm::number_of_groups(hosts, sweep.groups, static_cast<int>(num_passes));
  log::info("{} pass(es) over utterances, on {} group(s) of ranks", num_passes, groups);
  const auto group_of = comm::group_of_each_rank(hosts, groups);
  return comm.split(group_of[static_cast<std::size_t>(comm.rank())]);
}

/// Collective over the group.
ExitCode run_pass(const SweepPass& pass, comm::Communicator& group) {
  const LogTopic topic(pass.name, group.is_root() ? Speaks::Yes : Speaks::No);
  comm::together(group, [&] {
    if (group.is_root()) make_folders(pass.scores.parent_path());
  });
  return run_lists(pass.lists, pass.scores, group);
}

ExitCode run_in_groups(const SweepConfig& sweep, const std::vector<SweepPass>& passes,
                       comm::Communicator& comm) {
  comm.set_time_limit(0);  // a group waits for the others as long as they work
  const auto group = make_group(sweep, passes.size(), comm);
  bool stopped = false;
  {
    const auto counter = comm.work_counter();
    SharedPasses shared(passes.size(), *group, *counter);
    for (auto pass = shared.next(); pass && !stopped; pass = shared.next()) {
      stopped =
          group->any(stop_requested()) || run_pass(passes[*pass], *group) == ExitCode::Interrupted;
      if (stopped) shared.take_the_rest();
    }
  }
  return comm.any(stopped) ? ExitCode::Interrupted : ExitCode::Done;
}

}  // namespace

ExitCode run_sweep(const SweepConfig& sweep, comm::Communicator& comm) {
  std::vector<EvaluateConfig> items;
  std::vector<SweepPass> passes;
  comm::together(comm, [&] {
    items = items_of(sweep);
    passes = passes_of(sweep);
    if (!comm.is_root()) return;
    require_inputs(items);
    write_sweep_plan(sweep, items);
  });
  if (run_in_groups(sweep, passes, comm) == ExitCode::Interrupted) return ExitCode::Interrupted;
  if (items.size() < 2) return ExitCode::Done;
  comm.set_time_limit(sweep.evaluate.comm.stall_limit_s);
  comm::together(comm, [&] {
    if (comm.is_root()) write_comparison(sweep, items);
  });
  return ExitCode::Done;
}

}  // namespace codectrace::evaluate
