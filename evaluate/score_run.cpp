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

std::uint64_t batch_end(const ScoringWork& work, std::uint64_t batch) {
  return std::min(work.num_utterances, (batch + 1) * work.batch_size);
}

std::size_t logits_in_batch(const ScoringWork& work, std::uint64_t batch) {
  return (batch_end(work, batch) - batch * work.batch_size) * work.logits_per_utterance;
}

/// Batches that `stored` lacks, or holds in another size than this list's.
std::vector<std::uint64_t> missing_batches(const ScoringWork& work, const StoredScores& stored) {
  std::vector<std::uint64_t> missing;
  for (std::uint64_t batch = 0; batch < work.num_batches(); ++batch) {
    const auto found = stored.batches.find(batch);
    if (found == stored.batches.end() || found->second.size() != logits_in_batch(work, batch)) {
      missing.push_back(batch);
    }
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
    if (stored.dropped > 0) {
      log::warn("{}: {} damaged score record(s) left out; their batches are scored again",
                folder.string(), stored.dropped);
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
  const auto done_before = (work.num_batches() - pending.size()) * work.batch_size;
  log::Progress progress("evaluate", work.num_utterances, "utterances",
                         std::min(done_before, work.num_utterances));
  while (!stop_requested()) {
    const auto next = counter->next();
    if (next >= pending.size()) break;
    const auto batch = pending[next];
    auto logits = score(batch * work.batch_size, batch_end(work, batch));
    CT_INVARIANT(logits.size() == logits_in_batch(work, batch), "a batch has all its logits");
    if (!store) store = std::make_unique<ScoreStoreWriter>(folder);
    store->append({batch, std::move(logits)});
    // The counter runs over all ranks: what it has given out is about what is done.
    progress.update(std::min(work.num_utterances, done_before + (next + 1) * work.batch_size));
  }
}

std::vector<float> merge(const ScoringWork& work, const StoredScores& stored) {
  std::vector<float> all;
  all.reserve(work.num_utterances * work.logits_per_utterance);
  for (std::uint64_t batch = 0; batch < work.num_batches(); ++batch) {
    const auto& logits = stored.batches.at(batch);
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
