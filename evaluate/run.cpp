#include "evaluate/run.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "comm/agreement.h"
#include "core/atomic_file.h"
#include "core/config_differences.h"
#include "core/folder_lock.h"
#include "core/folder_name.h"
#include "core/leftovers.h"
#include "core/log.h"
#include "evaluate/inputs.h"
#include "evaluate/list_evaluation.h"
#include "evaluate/model_on_corpus.h"
#include "evaluate/results.h"
#include "evaluate/results_table.h"

namespace codectrace::evaluate {
namespace {

namespace fs = std::filesystem;
using Lists = std::vector<ListEvaluation>;

Lists open_lists(std::span<const EvaluateConfig> configs, const ModelOnCorpus& model) {
  Lists lists;
  for (auto config : configs) {
    config.out = folder_name(config.out).string();
    lists.push_back(open_list(config, model));
  }
  return lists;
}

void agree_on_inputs(const Json& inputs, comm::Communicator& comm) {
  for (const auto& [name, value] : inputs.items()) {
    const auto text = value.get<std::string>();
    comm::agree(comm, name, name == "settings" ? config::with_whole_names(text) : text);
  }
}

/// Numbers of those that have no results yet.
std::vector<std::size_t> unfinished(const Lists& lists) {
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    if (!is_finished(lists[i])) numbers.push_back(i);
  }
  return numbers;
}

/// What there is to do, and the place for its scores, which others are kept out of meanwhile.
struct Work {
  std::unique_ptr<FolderLock> lock;
  std::vector<std::size_t> lists;  // numbers
};

/// The root's, before scoring.
Work begin(const Lists& lists, const ModelOnCorpus& model, const fs::path& scores) {
  if (unfinished(lists).empty() && !fs::exists(scores)) return {};
  Work work{std::make_unique<FolderLock>(scores, "evaluate"), {}};
  if (work.lock->is_exclusive()) {
    for (const auto& list : lists) {
      const fs::path out = list.config.out;
      remove_leftovers(out.has_parent_path() ? out.parent_path() : ".", out.filename().string());
    }
    remove_leftovers(scores);
  }
  work.lists = unfinished(lists);
  if (work.lists.empty()) {  // by another one meanwhile, or one that was killed at its end
    if (work.lock->is_exclusive()) fs::remove_all(scores);
    return {};
  }
  prepare_scores_folder(scores, inputs_of_scores(lists.front().config, model.inputs));
  return work;
}

/// Utterances of several lists, each once, in the order of lists and lines.
struct Union {
  std::vector<std::uint64_t> utterances;
  std::unordered_map<std::uint64_t, std::size_t> places;
};

Union union_of(const Lists& lists, std::span<const std::size_t> numbers) {
  Union all;
  for (const auto number : numbers) {
    for (const auto utterance : lists[number].utterances) {
      if (all.places.emplace(utterance, all.utterances.size()).second)
        all.utterances.push_back(utterance);
    }
  }
  return all;
}

/// A list's logits out of those of all.
std::vector<float> logits_of(const ListEvaluation& list, const Union& all,
                             std::span<const float> logits) {
  const auto width = logits.size() / std::max<std::size_t>(all.utterances.size(), 1);
  std::vector<float> own;
  own.reserve(list.utterances.size() * width);
  for (const auto utterance : list.utterances) {
    const auto row = logits.subspan(all.places.at(utterance) * width, width);
    own.insert(own.end(), row.begin(), row.end());
  }
  return own;
}

/// Collective. @returns Interrupted if a stop was requested before all was scored
ExitCode score_and_write(const Lists& lists, std::span<const std::size_t> numbers,
                         const ModelOnCorpus& model, const fs::path& scores,
                         comm::Communicator& comm) {
  const auto all = union_of(lists, numbers);
  if (numbers.size() > 1) {
    log::info("{} lists have {} utterances between them", numbers.size(), all.utterances.size());
  }
  const auto logits = score_utterances(lists.front().config, model, all.utterances, scores, comm);
  if (!logits) {
    log::info("stopped on request: the same command goes on from the scores kept in {}",
              scores.string());
    return ExitCode::Interrupted;
  }
  for (const auto number : numbers) {
    comm::together(comm, [&] {
      if (!comm.is_root()) return;
      write_results(lists[number], model, logits_of(lists[number], all, *logits));
    });
  }
  comm::together(comm, [&] {
    if (comm.is_root()) fs::remove_all(scores);
  });
  return ExitCode::Done;
}

void print_results(const EvaluateConfig& config, TableFormat format) {
  const auto results = read_results(fs::path(config.out) / "results.json");
  const auto text =
      format != TableFormat::Text
          ? results_table(results, format)
          : fmt::format("{} on {}\n\n{}\nreport: {}\n",
                        results.at("model").at("name").get<std::string>(),
                        results.at("provenance").at("list").get<std::string>(),
                        results_table(results), (fs::path(config.out) / "report.html").string());
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

/// The root's numbers, on all ranks. Collective.
std::vector<std::size_t> agreed(const std::vector<std::size_t>& numbers, comm::Communicator& comm) {
  std::uint64_t count = numbers.size();
  comm.broadcast(comm::buffer(std::span(&count, 1)), 0);
  std::vector<std::uint64_t> shared(numbers.begin(), numbers.end());
  shared.resize(count);
  comm.broadcast(comm::buffer(std::span(shared)), 0);
  return {shared.begin(), shared.end()};
}

}  // namespace

ExitCode run(const EvaluateConfig& config, comm::Communicator& comm, TableFormat format) {
  return run_lists({&config, 1}, folder_name(config.out).string() + ".partial", comm, format);
}

ExitCode run_lists(std::span<const EvaluateConfig> configs, const fs::path& scores,
                   comm::Communicator& comm, TableFormat format) {
  const auto& common = configs.front();
  comm.set_time_limit(common.comm.stall_limit_s);
  for (const auto& config : configs) require_paths(config);
  require_rising_edges(common.metrics);
  const auto model = open_model_on_corpus(common);
  const auto lists = open_lists(configs, model);
  for (const auto& list : lists) agree_on_inputs(list.inputs, comm);
  Work work;
  comm::together(comm, [&] {
    if (comm.is_root()) work = begin(lists, model, scores);
  });
  work.lists = agreed(work.lists, comm);
  for (std::size_t i = 0; i < lists.size(); ++i) {
    if (std::ranges::find(work.lists, i) != work.lists.end()) continue;
    log::info("{} is finished, from the same inputs: nothing to do", lists[i].config.out);
  }
  if (!work.lists.empty() &&
      score_and_write(lists, work.lists, model, scores, comm) == ExitCode::Interrupted) {
    return ExitCode::Interrupted;
  }
  for (const auto& list : lists) {
    if (comm.is_root()) print_results(list.config, format);
  }
  return ExitCode::Done;
}

}  // namespace codectrace::evaluate
