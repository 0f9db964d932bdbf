#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "evaluate/config.h"
#include "model/network.h"
#include "model/precision.h"
#include "shard/batch_reader.h"
#include "shard/corpus.h"

namespace codectrace::evaluate {

/// Utterances of a corpus → logits, by one network on one device.
class CorpusScorer {
 public:
  /// @param utterances  corpus index of each line of the list
  /// @param batch_size  what every batch is filled up to with silence: a kernel's rounding may
  ///                    depend on it
  /// @throws Error(BadData) if the corpus keeps features of the network's frozen part that
  ///         something else made
  CorpusScorer(std::shared_ptr<model::Network> network, const shard::Corpus& corpus,
               std::vector<std::uint64_t> utterances, std::int64_t batch_size,
               model::Precision precision, shard::ReadOptions options);

  /// Of all heads together.
  [[nodiscard]] std::size_t logits_per_utterance() const;

  /// Lines first … last − 1 as one batch: each one's logits, head by head; NaN for an utterance
  /// that is corrupt and skipped. @throws as shard::UtteranceReader::read
  [[nodiscard]] std::vector<float> score(std::uint64_t first, std::uint64_t last) const;

 private:
  struct Batch {
    torch::Tensor waveform;      // [B, T]
    torch::Tensor features;      // [B, …] float16; undefined: the network computes them
    std::vector<bool> readable;  // of the lines; the rest is silence
  };
  [[nodiscard]] Batch read(std::uint64_t first, std::uint64_t last) const;

  std::shared_ptr<model::Network> network_;
  std::vector<std::uint64_t> utterances_;
  std::int64_t batch_size_;
  model::Precision precision_;
  shard::UtteranceReader reader_;
  std::optional<shard::FeatureSpec> kept_;  // of the frozen part, if the corpus keeps it
};

}  // namespace codectrace::evaluate
