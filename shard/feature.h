#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace codectrace::shard {

/// A float16 (IEEE 754 binary16) as its bits; whoever computes has a type of their own.
struct Half {
  std::uint16_t bits = 0;

  bool operator==(const Half&) const = default;
};

/// Numbers kept for each utterance, all of one shape: what a frozen part of a network gives for it,
/// which costs more to compute than to read.
struct FeatureSpec {
  std::string name;                  ///< "whisper"; as a column's
  std::vector<std::uint64_t> shape;  ///< of one utterance's, not empty, no 0
  /// What computes them, its weights and the part of the utterance that it sees: equal text, equal
  /// features.
  std::string made_by;

  [[nodiscard]] std::uint64_t width() const;  ///< numbers an utterance
  bool operator==(const FeatureSpec&) const = default;
};

/// CRC-32C of `made_by`, eight hexadecimal digits: kept beside it.
[[nodiscard]] std::string hash_of_maker(std::string_view made_by);

/// @throws Error(Usage) if the name isn't a column's, or the shape empty or with a 0
void check_feature_spec(const FeatureSpec& spec);

}  // namespace codectrace::shard
