// RawBoost's cost for an utterance of four seconds, each algorithm, one thread. `share` is of the
// full-size network's forward pass in float32 on the same core, taken as 0.145 TFLOP at the rate of
// a 2048³ product measured here. Design: small.
#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include <chrono>

#include "core/random.h"
#include "train/augment/rawboost.h"

namespace {

using namespace codectrace;

constexpr std::size_t kSamples = 64600;

std::vector<float> waveform() {
  const CounterRandom random(1, "waveform", 0, 0);
  std::vector<float> samples;
  for (std::uint64_t i = 0; i < kSamples; ++i) {
    samples.push_back(static_cast<float>(0.1 * random.normal(i)));
  }
  return samples;
}

/// Of the network's forward pass at the best rate that this core has for matrix products.
double forward_pass_s() {
  constexpr double kForwardFlop = 0.145e12;
  constexpr std::int64_t kSize = 2048;
  const auto a = torch::rand({kSize, kSize});
  const auto b = torch::rand({kSize, kSize});
  benchmark::DoNotOptimize(torch::mm(a, b));
  const auto begun = std::chrono::steady_clock::now();
  benchmark::DoNotOptimize(torch::mm(a, b));
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;
  return kForwardFlop / (2.0 * kSize * kSize * kSize) * taken.count();
}

void augment(benchmark::State& state) {
  torch::set_num_threads(1);
  static const double forward_s = forward_pass_s();
  const auto samples = waveform();
  std::uint64_t item = 0;
  for (auto _ : state) {
    train::CounterDraws draws(CounterRandom(1, "rawboost", 0, item++));
    benchmark::DoNotOptimize(train::rawboost(samples, static_cast<int>(state.range(0)), draws));
  }
  state.counters["share"] = benchmark::Counter(
      forward_s, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(augment)->ArgName("algorithm")->DenseRange(0, 8)->Unit(benchmark::kMillisecond);

}  // namespace
