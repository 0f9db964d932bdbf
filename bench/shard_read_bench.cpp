// Random utterances a second from warm shards, one thread. Design figure: at least 20 000.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/random.h"
#include "core/temporary_folder.h"
#include "shard/batch_reader.h"
#include "shard/corpus_file.h"
#include "shard/writer.h"

namespace {

using namespace codectrace;

constexpr std::uint64_t kUtterances = 2000;
constexpr std::uint64_t kPerShard = 500;
constexpr std::size_t kSamples = 64000;  // 4 s at 16 kHz: what the reference trains on

/// 256 MB in four shards, made once, removed at the end.
class BenchCorpus {
 public:
  BenchCorpus() {
    std::vector<std::int16_t> samples(kSamples);
    std::vector<shard::ShardSummary> shards;
    for (std::uint64_t u = 0; u < kUtterances; u += kPerShard) {
      const auto path = folder_.path() / shard::shard_file_name(shards.size());
      shard::ShardWriter writer(path, {16000, shard::SampleFormat::Int16, "bench", "bench"}, {});
      for (std::uint64_t i = u; i < u + kPerShard; ++i) {
        for (std::size_t k = 0; k < kSamples; ++k)
          samples[k] = static_cast<std::int16_t>(mix64(k ^ i));
        writer.add(fmt::format("u{}", i), std::span<const std::int16_t>(samples), {});
      }
      shards.push_back(writer.commit());
    }
    shard::finish_corpus(folder_.path(), shards);
  }

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_{"bench"};
};

void read_random_utterances(benchmark::State& state) {
  static const BenchCorpus corpus;
  const shard::UtteranceReader reader(shard::Corpus::open(corpus.folder()),
                                      {.check_crc = state.range(0) != 0});
  std::vector<float> samples;
  for (std::uint64_t u = 0; u < kUtterances; ++u) benchmark::DoNotOptimize(reader.read(u, samples));

  std::uint64_t draw = 0;
  for (auto _ : state) {
    const auto index = CounterRandom(1, "bench", 0, 0).below(kUtterances, draw++);
    benchmark::DoNotOptimize(reader.read(index, samples));
    benchmark::ClobberMemory();
  }

  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(read_random_utterances)->ArgName("crc")->Arg(1)->Arg(0);

}  // namespace
