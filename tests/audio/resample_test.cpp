#include "audio/resample.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace codectrace::audio {
namespace {

std::vector<float> tone(double frequency_hz, double rate, std::size_t count) {
  std::vector<float> samples(count);
  for (std::size_t i = 0; i < count; ++i) {
    samples[i] = static_cast<float>(
        0.5 * std::sin(2 * std::numbers::pi * frequency_hz * static_cast<double>(i) / rate));
  }
  return samples;
}

class EveryRate : public testing::TestWithParam<std::uint32_t> {};

TEST_P(EveryRate, KeepsAToneInTimeAndLevel) {
  const std::uint32_t rate = GetParam();
  Resampler resampler(rate, 16000);
  std::vector<float> output;

  resampler.resample(tone(1000, rate, rate), output);

  const auto expected = tone(1000, 16000, 16000);
  ASSERT_EQ(output.size(), expected.size());
  // The ends ring, as the tone begins and stops at once there.
  for (std::size_t i = 1000; i + 1000 < output.size(); ++i) {
    ASSERT_NEAR(output[i], expected[i], 1e-4) << i;  // 20 bits would be 1e-6, passband ripple
  }
}

INSTANTIATE_TEST_SUITE_P(Resample, EveryRate,
                         testing::Values(8000, 11025, 22050, 24000, 32000, 44100, 48000, 96000));

TEST(Resampler, RemovesWhatTheNewRateCannotHold) {
  Resampler resampler(48000, 16000);
  std::vector<float> output;

  resampler.resample(tone(10000, 48000, 48000), output);

  for (std::size_t i = 1000; i + 1000 < output.size(); ++i) ASSERT_NEAR(output[i], 0, 1e-4) << i;
}

TEST(Resampler, RoundsLengthsUp) {
  Resampler resampler(44100, 16000);
  std::vector<float> output;
  for (std::size_t length = 0; length < 500; ++length) {
    resampler.resample(std::vector<float>(length), output);

    const double exact = static_cast<double>(length) * 16000 / 44100;
    EXPECT_EQ(output.size(), static_cast<std::size_t>(std::ceil(exact))) << length;
  }
}

TEST(Resampler, TreatsEachSignalByItself) {
  Resampler used(22050, 16000);
  Resampler fresh(22050, 16000);
  std::vector<float> first;
  std::vector<float> second;
  used.resample(tone(3000, 22050, 7777), first);

  used.resample(tone(500, 22050, 5000), first);
  fresh.resample(tone(500, 22050, 5000), second);

  EXPECT_EQ(first, second);
}

}  // namespace
}  // namespace codectrace::audio
