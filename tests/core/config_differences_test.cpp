#include "core/config_differences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace codectrace::config {
namespace {

constexpr auto kThen =
    "out = \"a\"\n\n[optimizer]\nlr = 1e-06\nold = 1\n\n[model.encoder]\nlayers = 24\n";

TEST(ConfigDifferences, NameKeyAndBothValues) {
  const auto now =
      "out = \"a\"\n\n[optimizer]\nlr = 1e-05\nnew = true\n\n[model.encoder]\nlayers = 2\n";

  EXPECT_THAT(differences(now, kThen),
              testing::UnorderedElementsAre(
                  "optimizer.lr is 1e-05, was 1e-06", "optimizer.new is true, was not there",
                  "optimizer.old is not there, was 1", "model.encoder.layers is 2, was 24"));
}

TEST(ConfigDifferences, AreNoneBetweenEqualConfigs) {
  EXPECT_THAT(differences(kThen, kThen), testing::IsEmpty());
}

TEST(WithWholeNames, HasALineForEveryKey) {
  EXPECT_EQ(with_whole_names(kThen),
            "model.encoder.layers = 24\noptimizer.lr = 1e-06\noptimizer.old = 1\nout = \"a\"\n");
}

}  // namespace
}  // namespace codectrace::config
