#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace codectrace::test {

/// A test that needs a GPU, and is skipped where there is none.
class GpuTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!torch::cuda::is_available()) GTEST_SKIP() << "no GPU on this machine";
  }

  const torch::Device gpu_{torch::kCUDA, 0};
};

/// Of the largest absolute value of what is expected.
inline double relative_difference(const torch::Tensor& found, const torch::Tensor& expected) {
  const auto wanted = expected.detach().to(torch::kCPU, torch::kFloat64);
  const auto difference = found.detach().to(torch::kCPU, torch::kFloat64) - wanted;
  return (difference.abs().max() / wanted.abs().max()).item<double>();
}

}  // namespace codectrace::test
