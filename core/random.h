#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

namespace codectrace {

/// 64-bit FNV-1a of the bytes: a stable number for an utterance id or the name of a draw.
[[nodiscard]] constexpr std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return hash;
}

/// splitmix64's finaliser: a bijection whose output bits all depend on all input bits.
[[nodiscard]] constexpr std::uint64_t mix64(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

/// Numbers without a stream: each is a pure function of (seed, purpose, epoch, item, draw), so what
/// an utterance gets doesn't depend on ranks, loader threads or what was drawn before.
class CounterRandom {
 public:
  /// @param purpose  what it is drawn for, e.g. "shuffle"; different purposes are independent
  constexpr CounterRandom(std::uint64_t seed, std::string_view purpose, std::uint64_t epoch,
                          std::uint64_t item)
      : key_(mix64(mix64(mix64(seed + kGolden) ^ stable_hash(purpose)) +
                   mix64(epoch + 2 * kGolden)) ^
             mix64(item + 3 * kGolden)) {}

  [[nodiscard]] constexpr std::uint64_t bits(std::uint64_t draw) const {
    return mix64(mix64(key_ + (draw + 1) * kGolden) + kGolden);
  }
  /// [0, 1), 53 bits
  [[nodiscard]] constexpr double uniform(std::uint64_t draw) const {
    return static_cast<double>(bits(draw) >> 11) * 0x1.0p-53;
  }
  /// {0, …, n − 1}; n > 0
  [[nodiscard]] constexpr std::uint64_t below(std::uint64_t n, std::uint64_t draw) const {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(bits(draw)) * n) >> 64);
  }
  /// Standard normal; uses draws 2·draw and 2·draw + 1 (Box–Muller).
  [[nodiscard]] double normal(std::uint64_t draw) const {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform(2 * draw)));
    return radius * std::cos(2.0 * std::numbers::pi * uniform(2 * draw + 1));
  }

 private:
  static constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15U;
  std::uint64_t key_;
};

}  // namespace codectrace
