#include "train/weight_average.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace codectrace::train {
namespace {

constexpr double kDecay = 0.9;

double decay_at(int step) { return std::min(kDecay, (1.0 + step) / (10.0 + step)); }

TEST(WeightAverage, IsTheRecursionByItsFormula) {
  auto weight = torch::tensor({1.0, -2.0}, torch::kFloat64);
  WeightAverage average({{"w", weight}}, kDecay);
  double wanted = 1.0;
  for (int step = 1; step <= 200; ++step) {
    weight[0] = static_cast<double>(step * step);
    average.update(static_cast<std::uint64_t>(step));
    const double decay = decay_at(step);
    wanted = decay * wanted + (1 - decay) * step * step;
  }
  ASSERT_EQ(average.set_aside().size(), 1U);
  EXPECT_NEAR(average.set_aside()[0].tensor[0].item<double>(), wanted, 1e-9 * wanted);
  EXPECT_DOUBLE_EQ(average.set_aside()[0].tensor[1].item<double>(), -2.0);
}

TEST(WeightAverage, IsInTheNetworkWhileInPlaceAndNoLonger) {
  auto weight = torch::ones({3});
  weight.set_requires_grad(true);
  WeightAverage average({{"w", weight}}, kDecay);
  {
    const torch::NoGradGuard no_grad;
    weight.fill_(5);
  }
  average.update(1);
  const auto averaged = average.set_aside()[0].tensor.clone();
  {
    const WeightAverage::InPlace in_place(&average);
    EXPECT_TRUE(weight.detach().equal(averaged));
    EXPECT_TRUE(average.set_aside()[0].tensor.equal(torch::full({3}, 5.0F)));
  }
  EXPECT_TRUE(weight.detach().equal(torch::full({3}, 5.0F)));
  EXPECT_TRUE(average.set_aside()[0].tensor.equal(averaged));
}

}  // namespace
}  // namespace codectrace::train
