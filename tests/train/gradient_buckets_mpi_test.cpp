#include "train/gradient_buckets.h"

#include <gtest/gtest.h>

#include "tests/support/test_communicator.h"

namespace codectrace::train {
namespace {

using Last = GradientBuckets::LastMicroBatch;

std::vector<torch::Tensor> parameters(int count, std::int64_t elements) {
  std::vector<torch::Tensor> tensors;
  for (int i = 0; i < count; ++i) {
    tensors.push_back(torch::full({elements}, static_cast<double>(i + 1)).requires_grad_());
  }
  return tensors;
}

double rank_sum(const comm::Communicator& comm) { return comm.size() * (comm.size() + 1) / 2.0; }

TEST(GradientBuckets, SumOverRanksWhateverTheSizeOfABucket) {
  auto& comm = test::test_communicator();
  for (const std::size_t bytes : {4UL, 50UL, 1000000UL}) {
    auto tensors = parameters(5, 10);
    GradientBuckets buckets(tensors, comm, {.first_bytes = 4, .bytes = bytes});
    torch::Tensor loss = torch::zeros({});
    for (const auto& tensor : tensors) loss = loss + (tensor * (comm.rank() + 1)).sum();

    buckets.backward(loss, Last::Yes);
    buckets.finish();

    for (const auto& tensor : tensors) {
      EXPECT_TRUE(torch::allclose(tensor.grad(), torch::full({10}, rank_sum(comm))));
    }
  }
}

TEST(GradientBuckets, AGradientThatOnlyOneRankHasReachesAll) {
  auto& comm = test::test_communicator();
  auto tensors = parameters(3, 4);
  GradientBuckets buckets(tensors, comm, {.first_bytes = 4, .bytes = 4});
  torch::Tensor loss = tensors[0].sum();
  if (comm.rank() == comm.size() - 1) loss = loss + 2 * tensors[1].sum();

  buckets.backward(loss, Last::Yes);
  buckets.finish();

  ASSERT_TRUE(tensors[1].grad().defined());
  EXPECT_TRUE(torch::allclose(tensors[1].grad(), torch::full({4}, 2.0)));
  EXPECT_FALSE(tensors[2].grad().defined());
}

TEST(GradientBuckets, EarlierMicroBatchesAreAddedBeforeTheSum) {
  auto& comm = test::test_communicator();
  auto tensors = parameters(2, 4);
  GradientBuckets buckets(tensors, comm, {.first_bytes = 4, .bytes = 4});

  buckets.backward(tensors[0].sum() + tensors[1].sum(), Last::No);
  buckets.backward(3 * tensors[0].sum(), Last::Yes);  // nothing for tensors[1] this time
  buckets.finish();

  EXPECT_TRUE(torch::allclose(tensors[0].grad(), torch::full({4}, 4.0 * comm.size())));
  EXPECT_TRUE(torch::allclose(tensors[1].grad(), torch::full({4}, 1.0 * comm.size())));
}

TEST(GradientBuckets, KeepTheMemoryOrderOfAParameter) {
  auto& comm = test::test_communicator();
  const torch::Tensor weight =
      torch::rand({2, 3, 4, 4}).contiguous(torch::MemoryFormat::ChannelsLast).requires_grad_();
  GradientBuckets buckets({weight}, comm, {});
  const torch::Tensor factor = torch::arange(96, torch::kFloat32).reshape({2, 3, 4, 4});

  buckets.backward((weight * factor).sum(), Last::Yes);
  buckets.finish();

  EXPECT_EQ(weight.grad().strides(), weight.strides());
  EXPECT_TRUE(torch::allclose(weight.grad(), factor * comm.size()));
}

TEST(GradientBuckets, CompressedAreTheSumsRoundedAndTheSameOnAllRanks) {
  auto& comm = test::test_communicator();
  auto tensors = parameters(3, 1000);
  GradientBuckets buckets(tensors, comm, {.first_bytes = 4, .bytes = 5000}, Compression::Bf16);
  torch::manual_seed(7);  // what each rank's gradients are, all ranks know
  std::vector<torch::Tensor> factors;
  for (int rank = 0; rank < comm.size(); ++rank) factors.push_back(torch::randn({1000}));
  torch::Tensor loss = torch::zeros({});
  const auto& mine = factors[static_cast<std::size_t>(comm.rank())];
  for (const auto& tensor : tensors) loss = loss + (tensor * mine).sum();

  buckets.backward(loss, Last::Yes);
  buckets.finish();

  torch::Tensor sum = torch::zeros({1000});
  torch::Tensor sizes = torch::zeros({1000});
  for (const auto& factor : factors) {
    sum += factor;
    sizes += factor.abs();
  }
  constexpr double kRounding = 1.0 / 256;  // half a unit in the last of 8 bits
  for (const auto& tensor : tensors) {
    const torch::Tensor& found = tensor.grad();
    EXPECT_EQ(found.scalar_type(), torch::kFloat32);
    if (comm.size() == 1) {
      EXPECT_TRUE(torch::equal(found, sum));  // nothing travels
      continue;
    }
    EXPECT_TRUE(torch::equal(found, found.to(torch::kBFloat16).to(torch::kFloat32)));
    EXPECT_TRUE(((found - sum).abs() <= comm.size() * kRounding * sizes).all().item<bool>());
    const std::string bytes(static_cast<const char*>(found.data_ptr()), found.nbytes());
    for (const auto& other : comm.gathered_texts(bytes)) EXPECT_EQ(other, bytes);
  }
}

TEST(GradientBuckets, LeaveNoHookBehind) {
  auto& comm = test::test_communicator();
  auto tensors = parameters(1, 4);
  { const GradientBuckets buckets(tensors, comm, {}); }

  tensors[0].sum().backward();

  EXPECT_TRUE(torch::allclose(tensors[0].grad(), torch::ones({4})));
}

}  // namespace
}  // namespace codectrace::train
