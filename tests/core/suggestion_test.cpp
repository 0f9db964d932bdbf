#include "core/suggestion.h"

#include <gtest/gtest.h>

#include <vector>

namespace codectrace {
namespace {

const std::vector<std::string> known{"evaluate", "preprocess", "train"};

TEST(Suggestion, IsTheNearestKnownName) {
  EXPECT_EQ(suggestion("trian", known), "; did you mean train?");
  EXPECT_EQ(suggestion("preproces", known), "; did you mean preprocess?");
  EXPECT_EQ(suggestion("evalutate", known), "; did you mean evaluate?");
}

TEST(Suggestion, IsAllKnownNamesWhereNoneIsNear) {
  EXPECT_EQ(suggestion("bake", known), "; known here: evaluate, preprocess, train");
}

}  // namespace
}  // namespace codectrace
