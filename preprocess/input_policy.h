#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "preprocess/config.h"
#include "preprocess/tally.h"

namespace codectrace::preprocess {

/// Applies [policy] to what is odd, and counts it.
class InputPolicy {
 public:
  /// Both live as long as this.
  InputPolicy(const PolicyConfig& config, Tally& tally) : config_(config), tally_(tally) {}

  /// @param samples  that it is about, 0 if that can't be said
  /// @param detail   what was found; an example in the report, or the error's message
  /// @returns true: use the file, mended; false: leave it out
  /// @throws Error(BadData) naming utterance, detail and the key that would go on, if it says fail
  [[nodiscard]] bool accepts(Oddity oddity, std::uint64_t samples, std::string_view id,
                             const std::string& detail);

 private:
  const PolicyConfig& config_;
  Tally& tally_;
};

}  // namespace codectrace::preprocess
