#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "evaluate/config.h"
#include "model/kept/feature_reader.h"
#include "model/network.h"
#include "model/precision.h"
#include "shard/batch_reader.h"
#include "shard/corpus.h"

namespace codectrace::evaluate {

/// What is scored, and how.
struct CorpusScoring {
  std::vector<std::uint64_t> utterances = {};  ///< corpus index of each line of the list
  /// What every batch is filled up to with silence: a kernel's rounding may depend on it.
  std::int64_t batch_size = 1;
  model::Precision precision = model::Precision::Fp32;
  shard::ReadOptions read = {};
  /// Of the network's frozen part, to be read from the corpus; nullopt: the network computes it.
  std::optional<shard::FeatureSpec> kept = std::nullopt;
  /// One a line: it is scored a second time, its tokens in the order drawn from it. Empty: not.
  std::vector<std::uint64_t> token_order_seeds = {};
};

/// Utterances of a corpus → logits, by one network on one device.
class CorpusScorer {
 public:
  CorpusScorer(std::shared_ptr<model::Network> network, const shard::Corpus& corpus,
               CorpusScoring scoring);

  /// Of all heads together; of both orders, if both are scored.
  [[nodiscard]] std::size_t logits_per_utterance() const;

  /// Lines first … last − 1 as one batch: each one's logits, head by head, and once more with its
  /// tokens permuted if that is scored; NaN for an utterance that is corrupt and skipped.
  /// @throws as shard::UtteranceReader::read
  [[nodiscard]] std::vector<float> score(std::uint64_t first, std::uint64_t last) const;

 private:
  struct Batch {
    model::Input input;          // nothing drawn
    std::vector<bool> readable;  // of the lines; the rest is silence
  };
  [[nodiscard]] Batch read(std::uint64_t first, std::uint64_t last) const;
  [[nodiscard]] model::Input permuted(const model::Input& input, std::uint64_t first,
                                      std::uint64_t last) const;

  std::shared_ptr<model::Network> network_;
  CorpusScoring scoring_;
  shard::UtteranceReader samples_;
  model::FeatureReader reader_;
};

}  // namespace codectrace::evaluate
