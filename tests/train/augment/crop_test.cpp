#include "train/augment/crop.h"

#include <gtest/gtest.h>

#include <set>

namespace codectrace::train {
namespace {

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
