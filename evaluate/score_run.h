#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "comm/communicator.h"

namespace codectrace::evaluate {

/// What is to be scored. The unit of work is a batch, and which utterances share a batch follows
/// from `utterances` alone: so scores have the same bits on any number of ranks.
struct ScoringWork {
  std::vector<std::uint64_t> utterances = {};  ///< corpus indices, each once
  std::uint64_t batch_size = 1;
  std::size_t logits_per_utterance = 0;

  [[nodiscard]] std::uint64_t num_batches() const {
    return (utterances.size() + batch_size - 1) / batch_size;
  }
};

/// Logits of work.utterances[first … last − 1], one after the other; NaN for an utterance that
/// can't be scored.
using ScoreBatch = std::function<std::vector<float>(std::uint64_t first, std::uint64_t last)>;

/// Scores the utterances, their batches shared out to the ranks as they come free, and keeps them
/// in `folder` as they are made; a batch of which all scores are there already isn't made again,
/// whatever list they were made for.
///
/// Collective.
/// @param folder  for part files; made if missing, seen by all ranks
/// @return        on the root all logits in the order of work.utterances, on other ranks an empty
///                vector; on all ranks nullopt if a stop was requested on any: what is stored then
///                is kept
[[nodiscard]] std::optional<std::vector<float>> score_run(const ScoringWork& work,
                                                          const std::filesystem::path& folder,
                                                          const ScoreBatch& score,
                                                          comm::Communicator& comm);

}  // namespace codectrace::evaluate
