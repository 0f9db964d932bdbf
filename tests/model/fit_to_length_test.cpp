#include "model/fit_to_length.h"

#include <gtest/gtest.h>

#include <vector>

namespace codectrace::model {
namespace {

std::vector<float> fitted(const std::vector<float>& utterance, std::size_t start,
                          std::size_t length) {
  std::vector<float> input(length, -1.0F);
  fit_to_length(utterance, start, input);
  return input;
}

TEST(FitToLength, TakesTheFirstSamplesOfALongUtterance) {
  EXPECT_EQ(fitted({1, 2, 3, 4, 5}, 0, 3), (std::vector<float>{1, 2, 3}));
}

TEST(FitToLength, RepeatsAShortUtteranceEndToEndAndCutsIt) {
  EXPECT_EQ(fitted({1, 2, 3}, 0, 8), (std::vector<float>{1, 2, 3, 1, 2, 3, 1, 2}));
}

TEST(FitToLength, BeginsAtTheGivenSample) {
  EXPECT_EQ(fitted({1, 2, 3, 4, 5}, 2, 3), (std::vector<float>{3, 4, 5}));
}

TEST(FitToLength, AnEmptyUtteranceIsSilence) {
  EXPECT_EQ(fitted({}, 0, 2), (std::vector<float>{0, 0}));
}

}  // namespace
}  // namespace codectrace::model
