#pragma once

#include <bit>
#include <cstdint>

namespace codectrace::metrics {

/// An integer that orders as the score does: unsigned order is numeric order, and equal scores have
/// equal keys (-0 and +0 one). Infinities come first and last. @pre not NaN
[[nodiscard]] constexpr std::uint32_t score_key(float score) {
  constexpr std::uint32_t kSign = 0x80000000U;
  const auto bits = std::bit_cast<std::uint32_t>(score == 0 ? 0.0F : score);
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}
[[nodiscard]] constexpr std::uint64_t score_key(double score) {
  constexpr std::uint64_t kSign = 0x8000000000000000U;
  const auto bits = std::bit_cast<std::uint64_t>(score == 0 ? 0.0 : score);
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

/// The score of a key.
[[nodiscard]] constexpr float score_of_key(std::uint32_t key) {
  constexpr std::uint32_t kSign = 0x80000000U;
  return std::bit_cast<float>((key & kSign) != 0 ? key & ~kSign : ~key);
}
[[nodiscard]] constexpr double score_of_key(std::uint64_t key) {
  constexpr std::uint64_t kSign = 0x8000000000000000U;
  return std::bit_cast<double>((key & kSign) != 0 ? key & ~kSign : ~key);
}

}  // namespace codectrace::metrics
