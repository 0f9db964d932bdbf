// Dev lists, and lists that are watched, of other corpora than the one that is trained on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <sstream>

#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/stop_signal.h"
#include "tests/support/damage.h"
#include "tests/support/expect_error.h"
#include "tests/support/training_test.h"
#include "train/checkpoint.h"
#include "train/run.h"

namespace codectrace::train {
namespace {

namespace fs = std::filesystem;

/// A corpus as of CoSG, whose ids are SYSTEM/utterance. @returns a list of it
std::string write_cosg(const fs::path& corpus, std::uint64_t utterances,
                       std::uint32_t sample_rate_hz = 16000) {
  make_folders(corpus);
  shard::ShardWriter writer(corpus / shard::shard_file_name(0),
                            {sample_rate_hz, shard::SampleFormat::Int16, "tiny", "test"}, {});
  std::string lines;
  for (std::uint64_t i = 0; i < utterances; ++i) {
    const bool real = i % 2 == 0;
    const std::string system = real ? "human" : "tts";
    const auto samples = test::tiny_speech(100 + i, real ? 0 : 2);
    writer.add(fmt::format("{}/u{:03}", system, i), std::span<const std::int16_t>(samples), {});
    lines += fmt::format("{} u{:03} - {}\n", system, i, real ? "bonafide" : "spoof");
  }
  shard::finish_corpus(corpus, std::vector{writer.commit()});
  return lines;
}

class DevCorpora : public test::TrainingTest {
 protected:
  void SetUp() override {
    TrainingTest::SetUp();
    cosg_ = path_ / "cosg";
    if (comm_.is_root()) write_file_atomically(corpus_.lists / "cosg.txt", write_cosg(cosg_, 6));
    comm_.barrier();
  }

  Config with_dev(const std::string& name, std::vector<std::string> lists) {
    Config job = config(name);
    job.data.dev_lists = std::move(lists);
    return job;
  }
  Config of_cosg(const std::string& name) {
    Config job = with_dev(name, {"cosg.txt"});
    job.data.dev_corpora = {cosg_.string()};
    job.data.dev_layouts = {"cosg"};
    return job;
  }
  Config of_both(const std::string& name) {
    Config job = with_dev(name, {"dev.txt", "cosg.txt"});
    job.data.dev_corpora = {"", cosg_.string()};
    job.data.dev_layouts = {"cors", "cosg"};
    return job;
  }
  void on_root(const std::function<void()>& change) {
    comm_.barrier();
    if (comm_.is_root()) change();
    comm_.barrier();
  }

  /// Of each line of metrics.jsonl of one kind: its figures, by name.
  static std::vector<std::map<std::string, nlohmann::json>> figures(const Config& job,
                                                                    const std::string& kind) {
    std::vector<std::map<std::string, nlohmann::json>> found;
    std::istringstream text(read_file(job.out / "metrics.jsonl"));
    for (std::string line; std::getline(text, line);) {
      const auto json = nlohmann::json::parse(line);
      if (json.at("kind") != kind) continue;
      auto& of_line = found.emplace_back(json.get<std::map<std::string, nlohmann::json>>());
      of_line.erase("time");
      of_line.erase("kind");
    }
    return found;
  }

  fs::path cosg_;
};

TEST_F(DevCorpora, GiveTheFiguresThatEachGivesAloneAndChooseByAllOfThem) {
  const Config cors = with_dev("of_cors", {"dev.txt"});
  const Config cosg = of_cosg("of_cosg");
  const Config both = of_both("of_both");
  for (const auto* job : {&cors, &cosg, &both}) ASSERT_EQ(run(*job), ExitCode::Done);

  const auto of_cors = figures(both, "dev of corpus");
  const auto of_cosg = figures(both, "dev of cosg");

  ASSERT_EQ(of_cors.size(), 2U);  // one an epoch
  EXPECT_EQ(of_cors, figures(cors, "dev"));
  EXPECT_EQ(of_cosg, figures(cosg, "dev"));
  EXPECT_NE(of_cors[0].at("loss"), of_cosg[0].at("loss"));
  EXPECT_TRUE(figures(cors, "dev of corpus").empty());  // where there is one, it says nothing new
  const auto joined = figures(both, "dev");
  ASSERT_EQ(joined.size(), 2U);
  const auto best = read_state(both.out / "latest").best;
  ASSERT_TRUE(best.has_value());
  const auto chosen = best->step == joined[0].at("step").get<std::uint64_t>() ? 0U : 1U;
  EXPECT_EQ(joined[chosen].at("eer").get<double>(), best->value);
  // All utterances together, 8 of CoRS and 6 of CoSG, each of which has a label.
  EXPECT_NEAR(joined[0].at("accuracy_BIN").get<double>(),
              (8 * of_cors[0].at("accuracy_BIN").get<double>() +
               6 * of_cosg[0].at("accuracy_BIN").get<double>()) /
                  14,
              1e-12);
}

TEST_F(DevCorpora, WatchedListsOfAnotherCorpusHaveItsName) {
  Config job = with_dev("run", {"dev.txt"});
  job.train.epochs = 1;
  job.data.watched_lists = {"cosg.txt", "train.txt"};
  job.data.watched_corpora = {cosg_.string(), ""};
  job.data.watched_layouts = {"cosg", "cors"};
  Config cosg = of_cosg("of_cosg");
  cosg.train.epochs = 1;

  ASSERT_EQ(run(job), ExitCode::Done);
  ASSERT_EQ(run(cosg), ExitCode::Done);

  EXPECT_EQ(figures(job, "cosg.txt of cosg"), figures(cosg, "dev"));
  EXPECT_EQ(figures(job, "train.txt").size(), 1U);
}

TEST_F(DevCorpora, InterruptedAndGoneOnIsTheSameAsUninterrupted) {
  const Config whole = of_both("whole");
  ASSERT_EQ(run(whole), ExitCode::Done);
  Config parts = of_both("parts");
  parts.checkpoint.every_steps = 1;
  set_stop_requested(comm_.is_root());
  ASSERT_EQ(run(parts), ExitCode::Interrupted);
  set_stop_requested(false);
  on_root([&] { fs::rename(cosg_, path_ / "moved"); });
  parts.data.dev_corpora[1] = path_ / "moved";

  ASSERT_EQ(run(parts), ExitCode::Done);

  for (const auto* kind : {"dev", "dev of corpus"})
    EXPECT_EQ(figures(parts, kind), figures(whole, kind)) << kind;
  EXPECT_EQ(figures(parts, "dev of moved"), figures(whole, "dev of cosg"));
  EXPECT_EQ(read_file(parts.out / "latest" / "weights.safetensors"),
            read_file(whole.out / "latest" / "weights.safetensors"));
}

TEST_F(DevCorpora, LeftOutOrOfOtherContentsTheRunIsAnotherOne) {
  Config job = of_both("run");
  job.train.max_steps = 1;
  ASSERT_EQ(run(job), ExitCode::Done);

  Config without = job;
  without.data.dev_corpora.clear();
  without.data.dev_layouts.clear();
  without.data.dev_lists = {"dev.txt", "train.txt"};
  test::expect_error(
      ErrorKind::Usage, [&] { (void)run(without); },
      R"(data.dev_corpora is [], was ["", "another"])");

  on_root([&] {
    fs::remove_all(cosg_);
    (void)write_cosg(cosg_, 7);  // one that the list doesn't name
  });
  test::expect_error(
      ErrorKind::Usage, [&] { (void)run(job); },
      "the corpus of data.dev_lists[1] has changed (checksum");
}

TEST_F(DevCorpora, AreRefusedByKeyIfMissingOrOfAnotherSampleRate) {
  Config job = of_both("run");
  job.data.dev_corpora = {"", (path_ / "nowhere").string()};
  test::expect_error(
      ErrorKind::BadData, [&] { (void)run(job); }, "the corpus of data.dev_lists[1]", "nowhere");

  on_root([&] { (void)write_cosg(path_ / "narrow", 6, 8000); });
  job.data.dev_corpora = {"", (path_ / "narrow").string()};
  test::expect_error(
      ErrorKind::BadData, [&] { (void)run(job); }, "the corpus of data.dev_lists[1]", "8000 Hz");

  job.data.dev_corpora = {"", "", cosg_.string()};
  test::expect_error(
      ErrorKind::Usage, [&] { (void)run(job); }, "data.dev_corpora has 3 values for 2 lists");

  EXPECT_FALSE(fs::exists(job.out));
}

TEST_F(DevCorpora, ListsOfOneCorpusHaveOneLayout) {
  Config job = of_both("run");
  job.data.dev_corpora.clear();

  test::expect_error(
      ErrorKind::Usage, [&] { (void)run(job); }, "dev.txt and cosg.txt have different layouts");
}

TEST_F(DevCorpora, ThatRotAreTreatedAsTheTrainingCorpusIs) {
  on_root([&] {
    const fs::path shard = cosg_ / "shard-00000.h5";
    test::flip_byte(shard, fs::file_size(shard) / 2);
  });
  Config job = of_both("run");
  test::expect_error(
      ErrorKind::BadData, [&] { (void)run(job); }, "cosg/shard-00000.h5");

  job.out = path_ / "other";
  job.data.on_bad_audio = OnBadAudio::Replace;
  ASSERT_EQ(run(job), ExitCode::Done);
  EXPECT_THAT(read_file(job.out / "metrics.jsonl"),
              testing::HasSubstr("\"corrupt_utterances\":1.0"));
}

}  // namespace
}  // namespace codectrace::train
