#include "model/batch_norm.h"

#include <gtest/gtest.h>

#include "model/weights/load.h"
#include "tests/support/thread_ranks.h"

namespace codectrace::model {
namespace {

torch::Tensor sample(torch::IntArrayRef shape) {
  return torch::randn(shape, torch::kFloat64) * 3 + 5;
}

/// Output, gradient of the input and of both parameters, running statistics after one step.
std::vector<torch::Tensor> step(BatchNorm& norm, torch::Tensor x, const torch::Tensor& direction) {
  x = x.detach().requires_grad_();
  const auto y = norm(x);
  (y * direction).sum().backward();
  std::vector<torch::Tensor> results{y.detach(), x.grad()};
  for (const auto& parameter : norm->parameters()) results.push_back(parameter.grad());
  for (const auto& buffer : norm->buffers()) results.push_back(buffer.clone());
  return results;
}

BatchNorm in_double(std::int64_t channels) {
  BatchNorm norm(channels);
  norm->to(torch::kFloat64);
  return norm;
}

void expect_near(const torch::Tensor& a, const torch::Tensor& b, double tolerance) {
  ASSERT_EQ(a.sizes(), b.sizes());
  if (a.numel() == 0) return;
  const auto difference = (a - b).abs().max().item<double>();
  EXPECT_LE(difference, tolerance * std::max(1.0, b.abs().max().item<double>()));
}

TEST(BatchNorm, BehavesAsTorchsOwnWithoutRanks) {
  torch::manual_seed(1);
  const auto x = sample({6, 3, 4, 5});
  auto norm = in_double(3);
  torch::nn::BatchNorm2d theirs(3);
  theirs->to(torch::kFloat64);

  expect_near(norm(x), theirs(x), 1e-12);
  norm->eval();
  theirs->eval();
  expect_near(norm(x), theirs(x), 1e-12);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : state_of(*norm)) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"weight", "bias", "running_mean", "running_var",
                                             "num_batches_tracked"}));
}

/// Splits a batch over ranks by `sizes` and compares everything with one process on all of it.
void expect_ranks_equal_one(
    const torch::Tensor& x, const std::vector<std::int64_t>& sizes,
    double tolerance = 1e-12) {  // sums of a few hundred doubles in another order
  const auto direction = torch::randn_like(x);
  auto whole = in_double(x.size(1));
  const auto expected = step(whole, x, direction);
  const auto x_parts = x.split_with_sizes(sizes);
  const auto direction_parts = direction.split_with_sizes(sizes);
  std::vector<std::vector<torch::Tensor>> results(sizes.size());

  test::on_thread_ranks(static_cast<int>(sizes.size()), [&](int rank, const SumOverRanks& sum) {
    const auto i = static_cast<std::size_t>(rank);
    auto norm = in_double(x.size(1));
    norm->synchronise(sum);
    results[i] = step(norm, x_parts[i], direction_parts[i]);
  });

  const auto joined = [&](std::size_t what) {
    std::vector<torch::Tensor> parts;
    for (const auto& result : results) parts.push_back(result[what]);
    return parts;
  };
  expect_near(torch::cat(joined(0)), expected[0], tolerance);           // output
  expect_near(torch::cat(joined(1)), expected[1], tolerance);           // input's gradient
  expect_near(torch::stack(joined(2)).sum(0), expected[2], tolerance);  // weight's
  expect_near(torch::stack(joined(3)).sum(0), expected[3], tolerance);  // bias's
  for (const auto& result : results) {
    for (std::size_t buffer = 4; buffer < 7; ++buffer) {
      expect_near(result[buffer], expected[buffer], tolerance);
    }
  }
}

TEST(BatchNorm, OverRanksIsThatOfTheJoinedBatch) {
  torch::manual_seed(2);
  expect_ranks_equal_one(sample({8, 3, 4, 5}), {4, 4});
  expect_ranks_equal_one(sample({9, 4}), {3, 3, 3});
}

TEST(BatchNorm, WeighsRanksByTheirBatches) {
  torch::manual_seed(3);
  expect_ranks_equal_one(sample({7, 3, 4, 5}), {2, 5});
}

TEST(BatchNorm, TakesARankWithoutSamples) {
  torch::manual_seed(4);
  expect_ranks_equal_one(sample({7, 3, 4, 5}), {7, 0});
  expect_ranks_equal_one(sample({7, 3}), {0, 7});
}

TEST(BatchNorm, OverRanksIsThatOfTheJoinedBatchFarFromZeroToo) {
  torch::manual_seed(6);
  expect_ranks_equal_one(sample({9, 3, 4}) + 300, {5, 0, 4}, 1e-9);
}

TEST(BatchNorm, OverRanksLosesNoDigitsToALargeOffset) {
  torch::manual_seed(5);
  const auto x = (torch::randn({64, 2}) + 3000).to(torch::kFloat32);
  BatchNorm norm(2);
  norm->synchronise([](torch::Tensor&) {});

  const auto y = norm(x);

  const auto wide = x.to(torch::kFloat64);
  const auto expected = (wide - wide.mean(0)) / (wide.var(0, false) + 1e-5).sqrt();
  expect_near(y.to(torch::kFloat64), expected, 1e-3);  // 3000 has steps of 2.4e-4 in float32
}

TEST(BatchNorm, OverRanksKeepsTheInputsType) {
  BatchNorm norm(2);
  norm->synchronise([](torch::Tensor&) {});

  EXPECT_EQ(norm(torch::randn({8, 2}, torch::kBFloat16)).scalar_type(), torch::kBFloat16);
}

TEST(BatchNorm, CountsBatchesInWholeNumbersInDoubleToo) {
  auto norm = in_double(2);
  norm(sample({4, 2}));

  EXPECT_EQ(norm->named_buffers()["num_batches_tracked"].scalar_type(), torch::kInt64);
  EXPECT_EQ(norm->named_buffers()["num_batches_tracked"].item<std::int64_t>(), 1);
}

}  // namespace
}  // namespace codectrace::model
