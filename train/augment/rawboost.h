#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/random.h"

namespace codectrace::train {

/// Where RawBoost's random numbers come from, in the order in which the published code draws them.
class RawboostDraws {
 public:
  virtual ~RawboostDraws() = default;
  /// Between low and high; high may be below low.
  virtual double uniform(double low, double high) = 0;
  /// `count` different numbers below `size`, in random order.
  virtual std::vector<std::size_t> positions(std::size_t size, std::size_t count) = 0;
  /// [0, 1)
  virtual std::vector<double> uniforms(std::size_t count) = 0;
  /// Standard normal.
  virtual std::vector<double> normals(std::size_t count) = 0;
};

/// Draws that are a pure function of an utterance's CounterRandom.
class CounterDraws final : public RawboostDraws {
 public:
  explicit CounterDraws(const CounterRandom& random) : random_(random) {}
  double uniform(double low, double high) override;
  std::vector<std::size_t> positions(std::size_t size, std::size_t count) override;
  std::vector<double> uniforms(std::size_t count) override;
  std::vector<double> normals(std::size_t count) override;

 private:
  CounterRandom random_;
  std::uint64_t drawn_ = 0;
};

/// RawBoost (Tak et al., ICASSP 2022, arXiv:2111.04433) with the published parameters: noise that a
/// telephone line would add, made from the waveform itself.
///
/// @param waveform   whole utterance, 16 kHz
/// @param algorithm  0 none · 1 linear and non-linear convolutive · 2 impulsive signal-dependent ·
///                   3 stationary signal-independent · 4 = 1→2→3 · 5 = 1→2 · 6 = 1→3 · 7 = 2→3 ·
///                   8 = 1 and 2 in parallel
/// @return           as long as the waveform; 1, 2 and 8 stay within [-1, 1]
[[nodiscard]] std::vector<float> rawboost(std::span<const float> waveform, int algorithm,
                                          RawboostDraws& draws);

}  // namespace codectrace::train
