// RawBoost's cost for an utterance of four seconds, each algorithm. Design: small beside the
// network's, whose forward pass takes two such cores 1.1 s.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

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

void augment(benchmark::State& state) {
  const auto samples = waveform();
  std::uint64_t item = 0;
  for (auto _ : state) {
    train::CounterDraws draws(CounterRandom(1, "rawboost", 0, item++));
    benchmark::DoNotOptimize(train::rawboost(samples, static_cast<int>(state.range(0)), draws));
  }
}
BENCHMARK(augment)->ArgName("algorithm")->DenseRange(0, 8)->Unit(benchmark::kMillisecond);

}  // namespace
