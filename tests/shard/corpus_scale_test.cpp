#include <gtest/gtest.h>
#include <malloc.h>

#include <ctime>
#include <fstream>
#include <iostream>

#include "core/random.h"
#include "shard/corpus.h"
#include "shard/writer.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_shard.h"

namespace codectrace::shard {
namespace {

constexpr std::uint64_t kUtterances = 1'422'560;  // CoRS: 44,455 sentences, bona fide and 31 codecs
constexpr std::uint64_t kPerShard = 4'000;        // about 256 MB a shard at the real lengths
constexpr std::size_t kListLines = 85'930;        // a training list

/// As long as CoRS's ids are.
std::string id_of(std::uint64_t u) {
  return fmt::format("p{:03}_{:03}_FunCodec_zh_en-general-16k-{:07}", u % 109, u % 503, u);
}

/// As many columns and categories as a real corpus has.
std::vector<ColumnSpec> columns() {
  const auto numbered = [](std::string_view name, int count) {
    ColumnSpec spec{std::string(name), {}};
    for (int i = 0; i < count; ++i) spec.categories.push_back(fmt::format("{}-{:03}", name, i));
    return spec;
  };
  return {numbered("speaker", 110), numbered("codec", 31), numbered("corpus", 1),
          numbered("label", 2),     numbered("system", 0), numbered("AUX", 4),
          numbered("DEC", 3),       numbered("VQ", 4)};
}

void write_corpus(const std::filesystem::path& folder) {
  const std::vector<std::int16_t> samples{1, 2, 3, 4};
  const std::vector<std::int32_t> codes{1, 30, 0, 1, kUnknownCode, 3, 2, 3};
  std::vector<ShardSummary> shards;
  for (std::uint64_t first = 0; first < kUtterances; first += kPerShard) {
    ShardWriter writer(folder / shard_file_name(shards.size()), test::tiny_header(), columns());
    for (std::uint64_t u = first; u < std::min(first + kPerShard, kUtterances); ++u) {
      writer.add(id_of(u), std::span<const std::int16_t>(samples), codes);
    }
    shards.push_back(writer.commit());
  }
  finish_corpus(folder, shards);
}

std::uint64_t resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoull(line.substr(6));
  }
  return 0;
}

/// Of this process: the files are warm, and a machine that is busy otherwise doesn't matter.
double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

TEST(CorpusScale, OpensTheWholeOfCorsInTwoSecondsAndSelectsAListInOne) {
  const test::TemporaryFolder folder;
  write_corpus(folder.path());
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < kListLines; ++i) {
    ids.push_back(id_of(CounterRandom(1, "list", 0, i).below(kUtterances, 0)));
  }
  ::malloc_trim(0);
  const std::uint64_t resident_before = resident_kib();

  double begin = processor_seconds();
  const auto corpus = Corpus::open(folder.path());
  const double open_s = processor_seconds() - begin;
  const std::uint64_t resident = resident_kib() - resident_before;
  begin = processor_seconds();
  const auto selected = corpus.find_all(ids, "list");
  const double select_s = processor_seconds() - begin;

  std::cout << fmt::format("open {:.3f} s, {} MiB; select {:.3f} s\n", open_s, resident / 1024,
                           select_s);
  EXPECT_EQ(corpus.size(), kUtterances);
  ASSERT_EQ(selected.size(), kListLines);
  EXPECT_EQ(corpus.id(selected.back()), ids.back());
  EXPECT_LE(open_s, 2.0);
  EXPECT_LE(resident, 300U * 1024);
  EXPECT_LE(select_s, 1.0);
}

}  // namespace
}  // namespace codectrace::shard
