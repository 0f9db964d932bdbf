#include "train/augment/crop.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace codectrace::train {
namespace {

std::vector<float> cropped(const std::vector<float>& utterance, std::size_t start,
                           std::size_t length) {
  std::vector<float> output(length, -1.0F);
  crop_or_repeat(utterance, start, output);
  return output;
}

TEST(Crop, TakesTheFirstSamplesOfALongUtterance) {
  EXPECT_EQ(cropped({1, 2, 3, 4, 5}, 0, 3), (std::vector<float>{1, 2, 3}));
}

TEST(Crop, RepeatsAShortUtteranceEndToEndAndCutsIt) {
  EXPECT_EQ(cropped({1, 2, 3}, 0, 8), (std::vector<float>{1, 2, 3, 1, 2, 3, 1, 2}));
}

TEST(Crop, BeginsAtTheGivenSample) {
  EXPECT_EQ(cropped({1, 2, 3, 4, 5}, 2, 3), (std::vector<float>{3, 4, 5}));
}

TEST(Crop, AnEmptyUtteranceIsSilence) { EXPECT_EQ(cropped({}, 0, 2), (std::vector<float>{0, 0})); }

TEST(Crop, RandomStartsReachEveryPlaceAndNoFurther) {
  std::set<std::size_t> starts;
  for (std::uint64_t item = 0; item < 200; ++item) {
    starts.insert(random_crop_start(10, 7, CounterRandom(1, "crop", 0, item)));
  }
  EXPECT_EQ(starts, (std::set<std::size_t>{0, 1, 2, 3}));
}

TEST(Crop, AShortUtteranceIsNeverBegunInItsMiddle) {
  EXPECT_EQ(random_crop_start(5, 7, CounterRandom(1, "crop", 0, 3)), 0U);
}

}  // namespace
}  // namespace codectrace::train
