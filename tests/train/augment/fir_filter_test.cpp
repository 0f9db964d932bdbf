#include "train/augment/fir_filter.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <complex>
#include <numbers>

#include "core/random.h"

namespace codectrace::train {
namespace {

std::vector<double> normals(std::size_t count, std::uint64_t item) {
  const CounterRandom random(1, "fir", 0, item);
  std::vector<double> values;
  for (std::uint64_t i = 0; i < count; ++i) values.push_back(random.normal(i));
  return values;
}

/// As the definition has it.
double output_at(const std::vector<double>& signal, const std::vector<double>& taps,
                 std::size_t place) {
  double sum = 0;
  for (std::size_t k = 0; k < taps.size(); ++k) {
    if (place >= k && place - k < signal.size()) sum += taps[k] * signal[place - k];
  }
  return sum;
}

TEST(FirFilter, IsTheSumOfItsDefinitionOverAnyNumberOfBlocks) {
  for (const std::size_t size : {1, 5, 600, 4096, 13000}) {
    for (const std::size_t count : {1, 2, 55, 501, 2048}) {
      const auto signal = normals(size, 0);
      const auto taps = normals(count, 1);
      for (const std::size_t delay : {std::size_t{0}, (count + 1) / 2, count + 3}) {
        const auto output = fir_filtered(signal, taps, delay);

        ASSERT_EQ(output.size(), size);
        const double rounding = 1e-11 * std::sqrt(static_cast<double>(count));
        for (std::size_t i = 0; i < size; i += 1 + size / 500) {
          ASSERT_NEAR(output[i], output_at(signal, taps, i + delay), rounding)
              << size << " samples, " << count << " taps, sample " << i << " from " << delay;
        }
      }
    }
  }
}

TEST(FirFilter, HasTheSameBitsForAnyNumberOfThreads) {
  const auto signal = normals(20000, 0);
  const auto taps = normals(501, 1);
  torch::set_num_threads(1);
  const auto expected = fir_filtered(signal, taps, 251);

  torch::set_num_threads(3);

  EXPECT_EQ(fir_filtered(signal, taps, 251), expected);
}

TEST(FirFilter, OfNothingIsNothing) {
  EXPECT_TRUE(fir_filtered({}, std::vector<double>{1.0}, 0).empty());
}

TEST(FirFilter, LargestResponseIsThatOfTheFrequenciesBelowHalfTheRate) {
  const auto taps = normals(301, 2);
  constexpr std::size_t kFrequencies = 512;
  double largest = 0;
  for (std::size_t i = 0; i < kFrequencies; ++i) {
    std::complex<double> sum = 0;
    for (std::size_t k = 0; k < taps.size(); ++k) {
      sum += std::polar(taps[k], -std::numbers::pi * static_cast<double>(i * k) / kFrequencies);
    }
    largest = std::max(largest, std::abs(sum));
  }

  EXPECT_NEAR(largest_response(taps, kFrequencies), largest, 1e-10);
  // Alternating signs are largest at half the rate itself, which isn't among them.
  EXPECT_LT(largest_response(std::vector<double>{1.0, -1.0}, kFrequencies), 2.0);
}

}  // namespace
}  // namespace codectrace::train
