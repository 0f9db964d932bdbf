#include "shard/pcm.h"

#include <gtest/gtest.h>

#include <vector>

namespace codectrace::shard {
namespace {

TEST(Pcm, RoundsToTheNearestStepAndTiesToEven) {
  const std::vector<float> steps{0.4F, 0.5F, 0.6F, 1.5F, 2.5F, -0.5F, -1.5F, 7.0F};
  std::vector<float> samples;
  for (const float step : steps) samples.push_back(step / 32768.0F);
  std::vector<std::int16_t> pcm(samples.size());

  const PcmLoss loss = to_pcm(samples, pcm);

  EXPECT_EQ(pcm, (std::vector<std::int16_t>{0, 0, 1, 2, 2, 0, -2, 7}));
  EXPECT_EQ(loss, (PcmLoss{.rounded = 7, .clipped = 0}));
}

TEST(Pcm, ClipsWhatIsBeyondFullScale) {
  const std::vector<float> samples{1.0F, 32767.0F / 32768.0F, -1.0F, -1.1F, 1e20F, -1e20F};
  std::vector<std::int16_t> pcm(samples.size());

  const PcmLoss loss = to_pcm(samples, pcm);

  EXPECT_EQ(pcm, (std::vector<std::int16_t>{32767, 32767, -32768, -32768, 32767, -32768}));
  EXPECT_EQ(loss, (PcmLoss{.rounded = 0, .clipped = 4}));
}

}  // namespace
}  // namespace codectrace::shard
