#include "evaluate/score_run.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "comm/agreement.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/log.h"
#include "core/stop_signal.h"
#include "evaluate/score_store.h"

namespace codectrace::evaluate {
namespace {

struct Batch {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

Batch batch_of(const ScoringWork& work, std::uint64_t number) {
  return {number * work.batch_size,
          std::min<std::uint64_t>(work.utterances.size(), (number + 1) * work.batch_size)};
}

std::span<const std::uint64_t> utterances_of(const ScoringWork& work, const Batch& batch) {
  return std::span(work.utterances).subspan(batch.first, batch.last - batch.first);
}

/// Batches of which `stored` lacks an utterance, or has other logits of it than this network's.
std::vector<std::uint64_t> missing_batches(const ScoringWork& work, const StoredScores& stored) {
  const auto is_there = [&](std::uint64_t utterance) {
    return stored.of(utterance).size() == work.logits_per_utterance;
  };
  std::vector<std::uint64_t> missing;
  for (std::uint64_t number = 0; number < work.num_batches(); ++number) {
    if (!std::ranges::all_of(utterances_of(work, batch_of(work, number)), is_there))
      missing.push_back(number);
  }
  return missing;
}

/// Collective: the root looks, all ranks get its answer.
std::vector<std::uint64_t> agree_on_pending(const ScoringWork& work,
                                            const std::filesystem::path& folder,
                                            comm::Communicator& comm) {
  std::vector<std::uint64_t> pending;
  comm::together(comm, [&] {
    if (!comm.is_root()) return;
    make_folders(folder);
    const auto stored = read_score_store(folder);
    pending = missing_batches(work, stored);
    if (stored.damaged() > 0) {
      log::warn("{}: {} damaged score record(s) left out; their batches are scored again",
                folder.string(), stored.damaged());
    }
  });
  std::uint64_t count = pending.size();
  comm.broadcast(comm::buffer(std::span(&count, 1)), 0);
  pending.resize(count);
  comm.broadcast(comm::buffer(std::span(pending)), 0);
  return pending;
}

void score_pending(const ScoringWork& work, const std::vector<std::uint64_t>& pending,
                   const std::filesystem::path& folder, const ScoreBatch& score,
                   comm::Communicator& comm) {
  const auto counter = comm.work_counter();
  std::unique_ptr<ScoreStoreWriter> store;  // a rank without work leaves no file
  const std::uint64_t total = work.utterances.size();
  const auto done_before = (work.num_batches() - pending.size()) * work.batch_size;
  log::Progress progress("evaluate", total, "utterances", std::min(done_before, total));
  while (!stop_requested()) {
    const auto next = counter->next();
    if (next >= pending.size()) break;
    const auto batch = batch_of(work, pending[next]);
    const auto utterances = utterances_of(work, batch);
    auto logits = score(batch.first, batch.last);
    CT_INVARIANT(logits.size() == utterances.size() * work.logits_per_utterance,
                 "a batch has all its logits");
    if (!store) store = std::make_unique<ScoreStoreWriter>(folder);
    store->append({{utterances.begin(), utterances.end()}, std::move(logits)});
    // The counter runs over all ranks: what it has given out is about what is done.
    progress.update(std::min(total, done_before + (next + 1) * work.batch_size));
  }
}

std::vector<float> merge(const ScoringWork& work, const StoredScores& stored) {
  std::vector<float> all;
  all.reserve(work.utterances.size() * work.logits_per_utterance);
  for (const auto utterance : work.utterances) {
    const auto logits = stored.of(utterance);
    all.insert(all.end(), logits.begin(), logits.end());
  }
  return all;
}

}  // namespace

std::optional<std::vector<float>> score_run(const ScoringWork& work,
                                            const std::filesystem::path& folder,
                                            const ScoreBatch& score, comm::Communicator& comm) {
  const auto pending = agree_on_pending(work, folder, comm);
  if (pending.size() < work.num_batches()) {
    log::info("{} of {} batches were scored before; going on with the rest",
              work.num_batches() - pending.size(), work.num_batches());
  }
  score_pending(work, pending, folder, score, comm);
  const bool stopped = comm.any(stop_requested());

  std::vector<float> all;
  bool complete = true;
  comm::together(comm, [&] {
    if (!comm.is_root()) return;
    const auto stored = read_score_store(folder);
    complete = missing_batches(work, stored).empty();
    if (!complete && !stopped) {
      throw Error(
          ErrorKind::Environment,
          fmt::format("{}: scores that were just written can't all be read back; the folder "
                      "must be on a disk that all ranks share",
                      folder.string()));
    }
    if (complete) all = merge(work, stored);
  });
  if (comm.any(!complete)) return std::nullopt;
  return all;
}

}  // namespace codectrace::evaluate
