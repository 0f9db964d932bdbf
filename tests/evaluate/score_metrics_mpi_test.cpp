#include "evaluate/score_metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "comm/self.h"
#include "core/atomic_file.h"
#include "core/random.h"
#include "tests/support/expect_error.h"
#include "tests/support/shared_folder.h"
#include "tests/support/test_communicator.h"

namespace codectrace::evaluate {
namespace {

using test::test_communicator;

struct Line {
  std::string id;
  std::string speaker;
  bool bonafide = false;
  std::string scores;
};

/// Utterances of 12 speakers, bona fide or of three codecs, in an order that isn't that of ids.
/// @param scores  of an utterance whose bona fide score is shifted up
std::vector<Line> made_lines(int count,
                             const std::function<std::string(double, std::uint64_t)>& scores) {
  const CounterRandom random(7, "score metrics", 0, 0);
  const std::vector<std::string> codecs{"", "bigcodec", "snac_24khz", "unheardof"};
  std::vector<Line> lines;
  for (int i = 0; i < count; ++i) {
    const auto draw = static_cast<std::uint64_t>(i);
    const auto codec = codecs[mix64(draw) % codecs.size()];
    const auto speaker = fmt::format("p{}", 300 + mix64(draw + 99) % 12);
    const auto id =
        fmt::format("{}_{:07}{}{}", speaker, (static_cast<std::int64_t>(i) * 7919) % count,
                    codec.empty() ? "" : "_", codec);
    const double score = random.normal(draw) + (codec.empty() ? 1.3 : 0);
    lines.push_back({id, speaker, codec.empty(), scores(score, draw)});
  }
  return lines;
}

std::string rounded_probability(double score, std::uint64_t) {
  return fmt::format("{:.2f}", 1 / (1 + std::exp(-score)));
}

/// What the root writes and all read.
struct Files {
  test::SharedFolder folder;
  ScoreMetricsConfig config;

  Files(const std::string& list, const std::string& scores) {
    config.scores = (folder / "scores.txt").string();
    config.protocol = (folder / "list.txt").string();
    config.out = (folder / "results.json").string();
    config.taxonomy = CT_SOURCE_DIR "/configs/taxonomy.toml";
    config.metrics.bootstrap_replicates = 60;
    if (test_communicator().is_root()) {
      std::ofstream(config.protocol, std::ios::binary) << list;
      std::ofstream(config.scores, std::ios::binary) << scores;
    }
    test_communicator().barrier();
  }
};

std::string list_of(const std::vector<Line>& lines, const std::string& end = "\n") {
  std::string text;
  for (const auto& line : lines) {
    text += fmt::format("{} {} - - {}{}", line.speaker, line.id,
                        line.bonafide ? "bonafide" : "spoof", end);
  }
  return text;
}

std::string scores_of(const std::vector<Line>& lines, const std::string& end = "\n") {
  std::string text;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    text += fmt::format("{} {}{}", line->id, line->scores, end);
  }
  return text;
}

/// results.json of these ranks, and of the root alone.
void expect_same_bytes(const ScoreMetricsConfig& config) {
  auto& comm = test_communicator();
  std::string alone;
  if (comm.is_root()) {
    comm::SelfCommunicator self;
    EXPECT_EQ(static_cast<int>(score_metrics(config, self)), 0);
    alone = read_file(config.out);
    std::filesystem::remove(config.out);
  }

  EXPECT_EQ(static_cast<int>(score_metrics(config, comm)), 0);

  if (comm.is_root()) {
    EXPECT_GT(alone.size(), 1000U);
    EXPECT_TRUE(read_file(config.out) == alone);
  }
  comm.barrier();
}

/// What these ranks say, and what the root alone says.
void expect_same_error(const ScoreMetricsConfig& config, const std::string& piece) {
  auto& comm = test_communicator();
  std::string alone;
  if (comm.is_root()) {
    comm::SelfCommunicator self;
    try {
      (void)score_metrics(config, self);
    } catch (const Error& error) {
      alone = error.what();
    }
    EXPECT_THAT(alone, testing::HasSubstr(piece));
  }
  alone = comm.gathered_texts(alone)[0];

  test::expect_error(
      ErrorKind::BadData, [&] { (void)score_metrics(config, comm); }, alone);
}

TEST(ScoreMetrics, AreTheSameBytesOnAnyNumberOfRanksWithTies) {
  const auto lines = made_lines(3000, rounded_probability);
  const Files files(list_of(lines), scores_of(lines));

  expect_same_bytes(files.config);
}

TEST(ScoreMetrics, AreTheSameBytesWithIntervalsBySpeaker) {
  const auto lines = made_lines(2000, rounded_probability);
  Files files(list_of(lines), scores_of(lines));
  files.config.metrics.bootstrap_clusters = BootstrapClusters::Speaker;

  expect_same_bytes(files.config);
}

TEST(ScoreMetrics, AreTheSameBytesOfCarriageReturnsAndALastLineWithoutEnd) {
  const auto lines = made_lines(200, rounded_probability);
  auto scores = "\xEF\xBB\xBF" + scores_of(lines, "  \r\n\r\n");
  scores.resize(scores.find_last_of("0123456789") + 1);
  const Files files(list_of(lines, "\r\n"), scores);

  expect_same_bytes(files.config);
}

TEST(ScoreMetrics, AreTheSameBytesOfClassesWithAHeaderThatNoOtherRankReads) {
  const auto lines = made_lines(500, [](double score, std::uint64_t draw) {
    const auto other = static_cast<double>(mix64(draw) % 1000) / 500;
    return fmt::format("{} {} {} {}", score, other, -other, other * score);
  });
  Files files(list_of(lines),
              "id logit_VQ_0 logit_VQ_1 logit_VQ_2 logit_VQ_3\n" + scores_of(lines));
  files.config.task = "vq";

  expect_same_bytes(files.config);
}

TEST(ScoreMetrics, AreTheSameBytesOfFewerLinesThanRanks) {
  const Files files("p1 p1_1 - - bonafide\np1 p1_2_bigcodec - - spoof\n",
                    "p1_1 0.5\np1_2_bigcodec 0.25");

  expect_same_bytes(files.config);
}

TEST(ScoreMetrics, AreTheSameBytesOfWhatBothFilesHaveOnce) {
  const auto lines = made_lines(900, rounded_probability);
  std::vector<Line> scored(lines.begin() + 20, lines.end());
  for (int i = 0; i < 30; ++i) {
    scored.push_back({fmt::format("stranger{}", i), "", false, "0.5"});
    scored.push_back(scored[static_cast<std::size_t>(i) * 5]);
    scored.back().scores = "0.125";
  }
  auto listed = lines;
  listed.insert(listed.end(), lines.begin() + 50, lines.begin() + 60);
  Files files(list_of(listed), scores_of(scored));
  files.config.partial = true;
  files.config.list.allow_duplicates = true;

  expect_same_bytes(files.config);
}

TEST(ScoreMetrics, AreTheSameBytesOfMoreScoresThanAreGathered) {
  constexpr int kLines = 1'050'000;
  const auto lines =
      made_lines(kLines, [](double score, std::uint64_t) { return fmt::format("{:.3f}", score); });
  Files files(list_of(lines), scores_of(lines));
  files.config.metrics.bootstrap_replicates = 10;

  expect_same_bytes(files.config);
}

TEST(ScoreMetrics, NameTheFirstOfWhatIsListedOrScoredTwice) {
  const auto lines = made_lines(400, rounded_probability);
  auto twice = lines;
  for (const std::size_t i : {300U, 7U, 150U}) twice.push_back(lines[i]);

  expect_same_error(Files(list_of(twice), scores_of(lines)).config,
                    fmt::format("list.txt:401: {} is in line 301 already", lines[300].id));
  expect_same_error(Files(list_of(lines), scores_of(twice)).config,
                    fmt::format("scores.txt:103: {}: is scored in line 3 already", lines[300].id));
}

TEST(ScoreMetrics, NameTheFirstFewOfWhatOnlyOneFileHas) {
  const auto lines = made_lines(400, rounded_probability);
  const std::vector<Line> listed(lines.begin(), lines.begin() + 380);
  const std::vector<Line> scored(lines.begin() + 10, lines.end());

  expect_same_error(
      Files(list_of(listed), scores_of(scored)).config,
      fmt::format("10 without a score: {}, {}, {}, {}, {}, …; 20 not in the list: {}", lines[0].id,
                  lines[1].id, lines[2].id, lines[3].id, lines[4].id, lines[399].id));
}

TEST(ScoreMetrics, NameFileAndLineOfANumberThatIsNone) {
  auto lines = made_lines(400, rounded_probability);
  lines[100].scores = "nan";
  const Files nan(list_of(lines), scores_of(lines));
  expect_same_error(nan.config, fmt::format("scores.txt:300: {}", lines[100].id));

  lines[100].scores = "1.5";
  Files not_probable(list_of(lines), scores_of(lines));
  not_probable.config.score_kind = ScoreKindChoice::Probability;
  expect_same_error(not_probable.config, "scores.txt:300: 1.5 is no probability");
}

}  // namespace
}  // namespace codectrace::evaluate
