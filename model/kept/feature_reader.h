#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <torch/torch.h>

#include "shard/batch_reader.h"
#include "shard/feature.h"

namespace codectrace::model {

/// Utterances of a corpus together with what it keeps of a frozen part for them, if that is to be
/// read: what every stage gives a network. Thread safe.
class FeatureReader {
 public:
  /// @param reader  lives as long as this
  /// @param kept    as kept_features says; nullopt: samples alone
  FeatureReader(const shard::UtteranceReader& reader, std::optional<shard::FeatureSpec> kept);

  /// Features of so many utterances, to be filled by read(): zeros, [rows, …] float16 on the host;
  /// undefined where none are kept.
  [[nodiscard]] torch::Tensor rows(std::int64_t count, bool pinned_memory = false) const;

  /// An utterance's samples, and its features into row `row` of `features`, which rows() made.
  /// False: corrupt, to be skipped; the row's numbers mean nothing then.
  /// @throws Error as shard::UtteranceReader
  [[nodiscard]] bool read(std::uint64_t utterance, std::vector<float>& samples,
                          const torch::Tensor& features, std::int64_t row) const;

 private:
  const shard::UtteranceReader& reader_;
  std::optional<shard::FeatureSpec> kept_;
};

}  // namespace codectrace::model
