#include <benchmark/benchmark.h>
#include <sndfile.h>
#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "comm/self.h"
#include "core/atomic_file.h"
#include "core/log.h"
#include "core/temporary_folder.h"
#include "preprocess/run.h"

/// preprocess against bare libsndfile decoding of the same files, in one run: CPU seconds of the
/// one over the other. Set CT_BENCH_AUDIO to a flat folder of audio to measure on that instead.
namespace codectrace {
namespace {

namespace fs = std::filesystem;

constexpr int kFiles = 1500;
constexpr int kSamples = 4 * 16000;

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Low-passed noise at speech level: flac makes of it about what it makes of speech.
void write_files(const fs::path& folder, int format, const char* extension) {
  fs::create_directories(folder);
  std::mt19937 engine(1);
  std::normal_distribution<float> noise(0.0F, 600.0F);
  std::vector<short> samples(kSamples);
  for (int i = 0; i < kFiles; ++i) {
    float level = 0;
    for (short& sample : samples) {
      level = 0.9F * level + noise(engine);
      sample = static_cast<short>(level);
    }
    SF_INFO info{};
    info.format = format;
    info.samplerate = 16000;
    info.channels = 1;
    const auto path = folder / ("p225_" + std::to_string(i) + extension);
    SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
    sf_write_short(file, samples.data(), kSamples);
    sf_close(file);
  }
}

/// What a loop over libsndfile's own calls costs: `short` samples where they are 16 bits.
double bare_decoding_s(const fs::path& folder, bool as_short) {
  std::vector<short> shorts;
  std::vector<float> floats;
  const double begun = cpu_seconds();
  for (const auto& entry : fs::directory_iterator(folder)) {
    SF_INFO info{};
    SNDFILE* file = sf_open(entry.path().c_str(), SFM_READ, &info);
    const auto samples = static_cast<std::size_t>(info.frames * info.channels);
    if (as_short) {
      shorts.resize(samples);
      sf_readf_short(file, shorts.data(), info.frames);
    } else {
      floats.resize(samples);
      sf_readf_float(file, floats.data(), info.frames);
    }
    sf_close(file);
  }
  return cpu_seconds() - begun;
}

double preprocess_s(const fs::path& folder, const fs::path& workplace) {
  preprocess::Config config;
  config.audio = folder.string();
  config.out = (workplace / "corpus").string();
  config.taxonomy = (workplace / "taxonomy.toml").string();
  config.shard.utterances = 512;
  write_file_atomically(config.taxonomy,
                        "schema = \"codectrace.taxonomy/1\"\n"
                        "[task.BIN]\nclasses = [\"spoof\", \"bonafide\"]\n");
  fs::remove_all(config.out);
  comm::SelfCommunicator alone;
  const double begun = cpu_seconds();
  static_cast<void>(preprocess::run(config, alone));
  return cpu_seconds() - begun;
}

void compare(benchmark::State& state, int format, const char* extension, bool as_short) {
  log::set_level(log::Level::Quiet);
  const TemporaryFolder workplace("bench");
  fs::path folder = workplace.path() / "audio";
  if (const char* given = std::getenv("CT_BENCH_AUDIO"); given != nullptr) {
    folder = given;
  } else {
    write_files(folder, format, extension);
  }
  bare_decoding_s(folder, as_short);  // into the page cache
  double bare = 0;
  double whole = 0;
  for (auto _ : state) {
    bare += bare_decoding_s(folder, as_short);
    whole += preprocess_s(folder, workplace.path());
  }
  const auto runs = static_cast<double>(state.iterations());
  state.counters["bare_cpu_s"] = bare / runs;
  state.counters["preprocess_cpu_s"] = whole / runs;
  state.counters["rate_of_bare"] = bare / whole;
}

BENCHMARK_CAPTURE(compare, wav16_as_short, SF_FORMAT_WAV | SF_FORMAT_PCM_16, ".wav", true)
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compare, wav16_as_float, SF_FORMAT_WAV | SF_FORMAT_PCM_16, ".wav", false)
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compare, flac16_as_short, SF_FORMAT_FLAC | SF_FORMAT_PCM_16, ".flac", true)
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compare, ogg_as_float, SF_FORMAT_OGG | SF_FORMAT_VORBIS, ".ogg", false)
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compare, mp3_as_float, SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, ".mp3", false)
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace codectrace
