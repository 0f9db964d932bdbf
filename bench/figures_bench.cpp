// Every figure of a list of 50 codecs, 100 000 utterances of each beside the bona fide ones, as
// `codectrace evaluate` makes them: pooled and by codec, with intervals from 10 and 100 replicates.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/random.h"
#include "evaluate/results.h"
#include "evaluate/score_table.h"
#include "evaluate/subsets.h"
#include "protocol/taxonomy.h"

namespace {

using namespace codectrace;

constexpr std::uint64_t kCodecs = 50;
constexpr std::uint64_t kBonafide = 4000;
constexpr std::uint64_t kSpoof = 100'000;  // of each codec

std::string codec_name(std::uint64_t codec) {
  return codec == 0 ? "" : fmt::format("codec{:02}", codec);
}

protocol::Taxonomy taxonomy() {
  std::string text =
      "schema = \"codectrace.taxonomy/1\"\n[task.BIN]\nclasses = [\"spoof\", \"bonafide\"]\n";
  for (std::uint64_t codec = 1; codec <= kCodecs; ++codec)
    text += fmt::format("[[codec]]\nname = \"{0}\"\nfamily = \"{0}\"\n", codec_name(codec));
  return protocol::Taxonomy::from_text(text, "bench");
}

evaluate::ScoreTable made_table() {
  evaluate::ScoreTable table({{"BIN", {"spoof", "bonafide"}}}, "codec");
  table.reserve(kBonafide + kCodecs * kSpoof);
  for (std::uint64_t codec = 0; codec <= kCodecs; ++codec) {
    const bool bonafide = codec == 0;
    const CounterRandom random(1, "figures bench", 0, codec);
    for (std::uint64_t i = 0; i < (bonafide ? kBonafide : kSpoof); ++i) {
      evaluate::ScoredUtterance utterance;
      utterance.id = fmt::format("p{:02}_{:06}_{}", i % 40, i, codec_name(codec));
      utterance.speaker = utterance.id.substr(0, 3);
      utterance.origin = codec_name(codec);
      utterance.label = bonafide ? protocol::Label::BonaFide : protocol::Label::Spoof;
      utterance.codes = {bonafide ? 1 : 0};
      const double log_odds = random.normal(i) + (bonafide ? 1.5 : -1.0);
      utterance.detection = {1 / (1 + std::exp(-log_odds)), log_odds};
      utterance.logits = {0.0, log_odds};
      table.add(std::move(utterance));
    }
  }
  return table;
}

void figures_by_codec(benchmark::State& state) {
  const auto table = made_table();
  const auto classes = taxonomy();
  evaluate::FigureOptions options;
  options.bootstrap.replicates = static_cast<int>(state.range(0));
  for (auto _ : state) {
    const auto subsets = evaluate::subsets_of(table, classes);
    benchmark::DoNotOptimize(evaluate::make_results(table, subsets, {}, {}, {}, options));
  }
}
BENCHMARK(figures_by_codec)->Unit(benchmark::kSecond)->Arg(10)->Arg(100)->Iterations(1);

}  // namespace
