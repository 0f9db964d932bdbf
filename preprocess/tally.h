#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace codectrace::preprocess {

/// What can be odd about a file.
enum class Oddity {
  Missing,
  Undecodable,
  Empty,
  CutShort,
  NonFinite,
  TooShort,
  OtherRate,
  SeveralChannels,
  Clipped,
  Rounded,
};
inline constexpr std::array<std::string_view, 10> kOddityNames{
    "missing",    "undecodable",      "empty",   "cut_short", "non_finite", "too_short",
    "other_rate", "several_channels", "clipped", "rounded"};

[[nodiscard]] constexpr std::string_view name_of(Oddity oddity) {
  return kOddityNames[static_cast<std::size_t>(oddity)];
}

/// What was met in a part of the corpus. Tallies of parts, added in the corpus's order, give the
/// whole's, whichever ranks made them.
class Tally {
 public:
  struct Example {
    std::string id;
    std::string detail;
  };
  struct Count {
    std::uint64_t files = 0;
    std::uint64_t left_out = 0;
    std::uint64_t samples = 0;      ///< how many samples it is about, where that can be said
    std::vector<Example> examples;  ///< the first few
  };

  void note(Oddity oddity, bool left_out, std::uint64_t samples, std::string_view id,
            std::string detail);
  void note_source(std::uint32_t sample_rate_hz, int channels);
  void note_written(std::uint64_t samples);
  void add(const Tally& later);

  [[nodiscard]] std::uint64_t utterances() const { return utterances_; }
  [[nodiscard]] std::uint64_t samples() const { return samples_; }
  [[nodiscard]] const Count& count(Oddity oddity) const {
    return counts_[static_cast<std::size_t>(oddity)];
  }

  [[nodiscard]] nlohmann::ordered_json to_json() const;
  /// @throws nlohmann's exceptions for anything but what to_json made
  static Tally from_json(const nlohmann::ordered_json& json);

 private:
  std::uint64_t utterances_ = 0;
  std::uint64_t samples_ = 0;
  std::map<std::uint32_t, std::uint64_t> files_by_rate_;
  std::map<int, std::uint64_t> files_by_channels_;
  std::array<Count, kOddityNames.size()> counts_;
};

}  // namespace codectrace::preprocess
