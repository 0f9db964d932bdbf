#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "comm/communicator.h"

namespace codectrace::evaluate {

/// What is to be scored. The unit of work is a batch, and which utterances share a batch follows
/// from the list alone: so scores have the same bits on any number of ranks.
struct ScoringWork {
  std::uint64_t num_utterances = 0;
  std::uint64_t batch_size = 1;
  std::size_t logits_per_utterance = 0;

  [[nodiscard]] std::uint64_t num_batches() const {
    return (num_utterances + batch_size - 1) / batch_size;
  }
};

/// Logits of the list's utterances first … last − 1, one after the other; NaN for an utterance that
/// can't be scored.
using ScoreBatch = std::function<std::vector<float>(std::uint64_t first, std::uint64_t last)>;

/// Scores the list, its batches shared out to the ranks as they come free, and keeps them in
/// `folder` as they are made; batches that are there already aren't made again.
///
/// Collective.
/// @param folder  for part files; made if missing, seen by all ranks
/// @return        on the root all logits in list order, on other ranks an empty vector; on all
/// ranks
///                nullopt if a stop was requested on any: what is stored then is kept
[[nodiscard]] std::optional<std::vector<float>> score_run(const ScoringWork& work,
                                                          const std::filesystem::path& folder,
                                                          const ScoreBatch& score,
                                                          comm::Communicator& comm);

}  // namespace codectrace::evaluate
