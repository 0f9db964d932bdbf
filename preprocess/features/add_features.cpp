#include "preprocess/features/add_features.h"

#include <memory>
#include <vector>

#include <fmt/format.h>

#include "comm/agreement.h"
#include "core/folder_lock.h"
#include "core/log.h"
#include "core/stop_signal.h"
#include "model/kept/kept_features.h"
#include "preprocess/features/shard_rewrite.h"
#include "preprocess/features/staging.h"
#include "shard/reader.h"

namespace codectrace::preprocess {
namespace {

/// What the root found to be done, on every rank. Collective.
void share(std::vector<std::uint64_t>& missing, comm::Communicator& comm) {
  auto count = static_cast<std::uint64_t>(missing.size());
  comm.broadcast(comm::buffer(std::span(&count, 1)), 0);
  missing.resize(count);
  if (count > 0) comm.broadcast(comm::buffer(std::span(missing)), 0);
}

std::uint64_t utterances_in(const Staging& staging, const std::vector<std::uint64_t>& shards) {
  std::uint64_t sum = 0;
  for (const auto number : shards) sum += staging.utterances(number);
  return sum;
}

/// @returns false if a stop was requested
bool make_shards(const Staging& staging, const std::vector<std::uint64_t>& missing,
                 model::FrozenPart& part, comm::WorkCounter& counter) {
  log::Progress progress("preprocess features", utterances_in(staging, missing), "utterances");
  std::uint64_t done = 0;
  for (auto n = counter.next(); n < missing.size(); n = counter.next()) {
    const auto shard = shard::ShardReader::open(staging.shard_path(missing[n]));
    const bool made = write_with_features(shard, staging.staged_path(missing[n]), part,
                                          [&](std::uint64_t utterances) {
                                            progress.update(done += utterances);
                                            return !stop_requested();
                                          });
    if (!made) return false;
  }
  return true;
}

/// Takes what is left of the work, so that the other ranks stop after their shard.
void drain(comm::WorkCounter& counter, std::uint64_t count) {
  while (counter.next() < count) {
  }
}

/// Collective. @returns false if a stop was requested on any rank
bool make_missing(const Staging& staging, const std::vector<std::uint64_t>& missing,
                  model::FrozenPart& part, comm::Communicator& comm) {
  const auto counter = comm.work_counter();
  bool went_through = false;
  comm::together(comm, [&] {
    try {
      went_through = make_shards(staging, missing, part, *counter);
    } catch (...) {
      drain(*counter, missing.size());
      throw;
    }
    if (!went_through) drain(*counter, missing.size());
  });
  return !comm.any(!went_through);
}

}  // namespace

ExitCode add_features(const std::filesystem::path& corpus, model::FrozenPart& part,
                      comm::Communicator& comm) {
  const auto feature = model::feature_spec(part);
  std::unique_ptr<const Staging> staging;
  std::unique_ptr<const FolderLock> lock;
  std::vector<std::uint64_t> missing;
  bool is_finished = false;
  comm::together(comm, [&] {
    staging = std::make_unique<const Staging>(corpus, feature);
    if (!comm.is_root()) return;
    lock = std::make_unique<const FolderLock>(corpus, "preprocess features");
    staging->tidy();
    is_finished = staging->is_finished();
    if (is_finished) {
      staging->remove();
    } else {
      staging->make();
      missing = staging->missing();
    }
  });
  if (comm.any(is_finished)) {
    log::info("{} keeps the features {} already", corpus.string(), feature.name);
    return ExitCode::Done;
  }
  share(missing, comm);
  if (!make_missing(*staging, missing, part, comm)) {
    log::info("{}: stopped; the same command goes on", corpus.string());
    return ExitCode::Interrupted;
  }
  comm::together(comm, [&] {
    if (comm.is_root()) staging->finish();
  });
  log::info("{} keeps the features {} of {}", corpus.string(), feature.name, feature.made_by);
  return ExitCode::Done;
}

}  // namespace codectrace::preprocess
