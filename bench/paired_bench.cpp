// Comparing two systems: the paired bootstrap of 100 000 utterances by 50 subsets, each with its
// spoof and all bona fide, as codecs have it.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "core/random.h"
#include "metrics/paired_comparison.h"

namespace {

using namespace codectrace;

constexpr std::uint64_t kSubsets = 50;
constexpr std::uint64_t kBonafide = 4000;
constexpr std::uint64_t kSpoof = 1920;  // of each subset

std::vector<double> made_scores(std::uint64_t count, double mean, std::uint64_t item) {
  const CounterRandom random(1, "paired bench", 0, item);
  std::vector<double> scores;
  for (std::uint64_t i = 0; i < count; ++i) scores.push_back(mean + random.normal(i));
  return scores;
}

void compare_by_subset(benchmark::State& state) {
  const auto bonafide_a = made_scores(kBonafide, 1.5, 0);
  const auto bonafide_b = made_scores(kBonafide, 1.4, 1);
  for (auto _ : state) {
    for (std::uint64_t subset = 0; subset < kSubsets; ++subset) {
      const auto spoof_a = made_scores(kSpoof, 0, 2 + 2 * subset);
      const auto spoof_b = made_scores(kSpoof, 0, 3 + 2 * subset);
      benchmark::DoNotOptimize(metrics::paired_eer({bonafide_a, bonafide_b}, {spoof_a, spoof_b}));
    }
  }
}
BENCHMARK(compare_by_subset)->Unit(benchmark::kSecond)->Iterations(1);

}  // namespace
