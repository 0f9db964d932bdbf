#include <gtest/gtest.h>
#include <torch/torch.h>

#include "tests/support/difference_table.h"
#include "tests/support/full_size_network.h"
#include "tests/support/recorded_orders.h"

// Weights and waveforms of which nothing is stored: the network's float32 against its own float64.
namespace codectrace {
namespace {

constexpr std::uint64_t kSeed = 7;
constexpr std::uint64_t kFirstWaveform = 20;
constexpr std::int64_t kUtterances = 3;
constexpr double kOrderSlack = 2e-5;  // float32's rounding may swap two scores that are this near

TEST(Precision, OfOtherWeightsAndWaveformsIsWhatFloat32Allows) {
  const torch::NoGradGuard no_grad;
  torch::set_num_threads(2);
  test::DifferenceTable table("Logits of float32 against float64, seed 7, absolute");
  const auto network = test::full_size_network(model::W2v2AasistType::M1, kSeed);
  network->eval();
  const auto waveforms = test::parity_waveforms(kUtterances, kFirstWaveform);

  test::RecordedOrders::Orders orders;
  const auto single = [&] {
    const test::RecordedOrders recording;
    auto logits = network->logits(waveforms);
    orders = recording.orders();
    return logits;
  }();
  network->to(torch::kFloat64);
  const test::RecordedOrders resolved(orders, kOrderSlack);
  const auto exact = network->logits(waveforms.to(torch::kFloat64));

  table.expect("order of pooled nodes", resolved.largest_gap(), kOrderSlack);
  for (std::size_t i = 0; i < single.size(); ++i) {
    const auto difference = (single[i].to(torch::kFloat64) - exact[i]).abs().max().item<double>();
    table.expect(network->heads()[i].task, difference, 1e-4);
    EXPECT_GT(exact[i].std().item<double>(), 0.1) << "logits that don't depend on the input";
  }
}

}  // namespace
}  // namespace codectrace
