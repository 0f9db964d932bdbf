#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <numbers>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "core/random.h"
#include "shard/corpus_file.h"
#include "shard/writer.h"

namespace codectrace::test {

/// A corpus with lists and taxonomy that a network can learn within seconds: bona fide utterances
/// are tones in noise, each codec adds a tone of its own.
struct TinyCorpus {
  std::filesystem::path corpus;
  std::filesystem::path lists;  ///< holds train.txt, dev.txt
  std::filesystem::path taxonomy;
};

inline constexpr auto kTinyTaxonomy = R"(schema = "codectrace.taxonomy/1"
[task.BIN]
classes = ["spoof", "bonafide"]
[task.AUX]
classes = ["REAL", "Trad", "Param"]
[task.DEC]
classes = ["REAL", "TIME", "FREQ"]
[task.VQ]
classes = ["REAL", "MVQ", "SVQ", "SQ"]
[model.w2v2-aasist.BIN]
order = ["spoof", "bonafide"]
class_weights = [0.1, 0.9]
[[codec]]
name = "alpha"
family = "alpha"
AUX = "Trad"
DEC = "TIME"
VQ = "MVQ"
[[codec]]
name = "beta"
family = "beta"
AUX = "Param"
DEC = "FREQ"
VQ = "SVQ"
[[codec]]
name = "gamma"
family = "gamma"
AUX = "Trad"
DEC = "FREQ"
VQ = "SQ"
)";

inline std::vector<std::int16_t> tiny_speech(std::uint64_t sentence, int codec) {
  const CounterRandom random(7, "speech", 0, sentence);
  std::vector<std::int16_t> samples(2000 + random.below(2000, 0));
  const double pitch_hz = 150 + random.uniform(1) * 100;
  constexpr double kCodecToneHz[] = {0, 1200, 2500, 5000};
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double t = 2 * std::numbers::pi * static_cast<double>(i) / 16000;
    double value = 0.3 * std::sin(pitch_hz * t) + 0.05 * random.normal(1000 + i);
    if (codec > 0) value += 0.2 * std::sin(kCodecToneHz[codec] * t);
    samples[i] = static_cast<std::int16_t>(8000 * value);
  }
  return samples;
}

/// `sentences` of them, bona fide and through one codec each; the last quarter is dev's.
inline TinyCorpus write_tiny_corpus_with_lists(const std::filesystem::path& folder,
                                               std::uint64_t sentences) {
  const TinyCorpus paths{folder / "corpus", folder / "lists", folder / "taxonomy.toml"};
  make_folders(paths.corpus);
  make_folders(paths.lists);
  write_file_atomically(paths.taxonomy, kTinyTaxonomy);
  constexpr const char* kCodecs[] = {"", "alpha", "beta", "gamma"};
  constexpr const char* kClasses[] = {"REAL REAL REAL bonafide", "Trad TIME MVQ spoof",
                                      "Param FREQ SVQ spoof", "Trad FREQ SQ spoof"};
  shard::ShardWriter writer(paths.corpus / shard::shard_file_name(0),
                            {16000, shard::SampleFormat::Int16, "tiny", "test"}, {});
  std::string train;
  std::string dev;
  for (std::uint64_t sentence = 0; sentence < sentences; ++sentence) {
    const bool is_dev = sentence >= sentences - sentences / 4;
    const std::string speaker = is_dev ? "p002" : "p001";
    for (const int codec : {0, 1 + static_cast<int>(sentence % 3)}) {
      const std::string id =
          fmt::format("{}_{:03}{}{}", speaker, sentence, codec > 0 ? "_" : "", kCodecs[codec]);
      const auto samples = tiny_speech(sentence, codec);
      writer.add(id, std::span<const std::int16_t>(samples), {});
      (is_dev ? dev : train) += fmt::format("{} {} - {}\n", speaker, id, kClasses[codec]);
    }
  }
  const std::vector<shard::ShardSummary> shards{writer.commit()};
  shard::finish_corpus(paths.corpus, shards);
  write_file_atomically(paths.lists / "train.txt", train);
  write_file_atomically(paths.lists / "dev.txt", dev);
  return paths;
}

}  // namespace codectrace::test
