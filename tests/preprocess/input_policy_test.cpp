#include "preprocess/input_policy.h"

#include <nlohmann/json.hpp>

#include <limits>

#include "comm/self.h"
#include "preprocess/run.h"
#include "shard/corpus.h"
#include "tests/support/audio_set.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::preprocess {
namespace {

using test::expect_error;

/// A good file, and one that a test spoils: p225_002.
class BadInput : public testing::Test {
 protected:
  BadInput() {
    std::filesystem::create_directories(folder_ / "audio");
    test::write_pcm(folder_ / "audio/p225_001.wav", test::kWav16, 16000, 1,
                    test::noise_pcm(3000, 1));
  }

  shard::Corpus made() {
    comm::SelfCommunicator alone;
    EXPECT_EQ(run(config_, alone), ExitCode::Done);
    return shard::Corpus::open(folder_ / "corpus");
  }
  template <class... Pieces>
  void expect_failure(const Pieces&... pieces) {
    comm::SelfCommunicator alone;
    expect_error(
        ErrorKind::BadData, [&] { static_cast<void>(run(config_, alone)); },
        std::string("p225_002"), std::string(pieces)...);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "corpus/corpus.json"));
    std::filesystem::remove_all(folder_ / "corpus");
  }
  void expect_count(const char* oddity, int files, int left_out) {
    const auto json =
        nlohmann::json::parse(test::bytes_of(folder_ / "corpus/preprocess-report.json"));
    const auto& odd = json.at("result").at("odd").at(oddity);
    EXPECT_EQ(odd.at("files"), files) << oddity;
    EXPECT_EQ(odd.at("left_out"), left_out) << oddity;
    EXPECT_EQ(odd.at("examples").at(0).at("utterance"), "p225_002") << oddity;
  }
  static std::vector<float> samples_of(const shard::Corpus& corpus, const char* id) {
    std::vector<float> samples;
    const auto place = corpus.place(*corpus.find(id));
    corpus.shard(place.shard).read(place.position, samples);
    return samples;
  }

  test::TemporaryFolder folder_;
  std::filesystem::path spoilt_ = folder_ / "audio/p225_002.wav";
  Config config_ = test::small_config(folder_ / "audio", folder_ / "corpus");
};

TEST_F(BadInput, ThatIsNoAudioFailsOrIsSkipped) {
  test::write_bytes(spoilt_, "not audio at all, but long enough to look into");

  expect_failure("policy.undecodable", "skip");
  config_.policy.undecodable = OnUnusable::Skip;
  EXPECT_EQ(made().size(), 1U);
  expect_count("undecodable", 1, 1);
}

TEST_F(BadInput, ThatIsAFolderCountsAsUndecodable) {
  std::filesystem::create_directory(spoilt_);

  expect_failure("folder", "policy.undecodable");
  config_.policy.undecodable = OnUnusable::Skip;
  EXPECT_EQ(made().size(), 1U);
}

TEST_F(BadInput, ThatIsEmptyFailsOrIsSkipped) {
  test::write_bytes(spoilt_, "");

  expect_failure("is empty", "policy.empty");
  config_.policy.empty = OnUnusable::Skip;
  EXPECT_EQ(made().size(), 1U);
  expect_count("empty", 1, 1);
}

TEST_F(BadInput, WithoutSamplesIsEmptyToo) {
  test::write_pcm(spoilt_, test::kWav16, 16000, 1, {});

  expect_failure("no samples", "policy.empty");
}

TEST_F(BadInput, WithNanFailsIsSkippedOrSilencedThere) {
  std::vector<float> samples(3000, 0.25F);
  samples[7] = std::numeric_limits<float>::quiet_NaN();
  test::write_audio(spoilt_, SF_FORMAT_WAV | SF_FORMAT_FLOAT, 16000, 1, samples);

  expect_failure("1 samples are NaN", "policy.non_finite", "mend");
  config_.policy.non_finite = OnOdd::Mend;
  const auto corpus = made();
  expect_count("non_finite", 1, 0);
  EXPECT_EQ(samples_of(corpus, "p225_002")[7], 0.0F);
  EXPECT_EQ(samples_of(corpus, "p225_002")[8], 0.25F);
}

TEST_F(BadInput, ThatBreaksOffFailsOrIsKeptAsFarAsItGoes) {
  test::write_pcm(spoilt_, test::kWav16, 16000, 1, test::noise_pcm(8000, 2));
  std::filesystem::resize_file(spoilt_, 44 + 2 * 5000);

  expect_failure("cut short", "policy.cut_short");
  config_.policy.cut_short = OnOdd::Mend;
  EXPECT_EQ(samples_of(made(), "p225_002").size(), 5000U);
  expect_count("cut_short", 1, 0);
}

TEST_F(BadInput, ThatIsVeryShortIsKeptAndCounted) {
  test::write_pcm(spoilt_, test::kWav16, 16000, 1, {1, 2, 3});

  EXPECT_EQ(samples_of(made(), "p225_002").size(), 3U);
  expect_count("too_short", 1, 0);
}

TEST_F(BadInput, BeyondFullScaleIsLimitedAndCounted) {
  test::write_audio(spoilt_, SF_FORMAT_WAV | SF_FORMAT_FLOAT, 16000, 1,
                    std::vector<float>(2000, 1.5F));

  EXPECT_EQ(samples_of(made(), "p225_002")[0], 32767.0F / 32768);
  expect_count("clipped", 1, 0);
}

TEST_F(BadInput, OfAnotherRateOrStereoFailsIfThePolicyWantsSo) {
  test::write_audio(spoilt_, test::kWav16, 44100, 2, test::sine(300, 44100, 2, 0.3));

  config_.policy.several_channels = OnOdd::Fail;
  expect_failure("2 channels", "policy.several_channels");
  config_.policy.several_channels = OnOdd::Mend;
  config_.policy.other_rate = OnOdd::Fail;
  expect_failure("44100 Hz", "policy.other_rate");
}

TEST_F(BadInput, ThatAListNamesAndTheFolderLacksFailsOrIsSkipped) {
  test::write_bytes(folder_ / "list.txt",
                    "p225 p225_001 - - bonafide\np225 p225_002 - - bonafide\n");
  config_.protocol = {(folder_ / "list.txt").string()};

  expect_failure("1 of 2 listed", "policy.missing");
  config_.policy.missing = OnUnusable::Skip;
  EXPECT_EQ(made().size(), 1U);
  expect_count("missing", 1, 1);
}

TEST_F(BadInput, ThatAListOfFilesNamesAndTheFolderLacksIsMissing) {
  config_.layout = protocol::Layout::List;
  test::write_bytes(folder_ / "files.txt", "p225_001.wav\np225_002.wav\n");
  config_.protocol = {(folder_ / "files.txt").string()};

  expect_failure("policy.missing");
  config_.policy.missing = OnUnusable::Skip;
  EXPECT_EQ(made().size(), 1U);
  expect_count("missing", 1, 1);
}

TEST_F(BadInput, InAListNamesFileAndLine) {
  test::write_bytes(folder_ / "list.txt", "p225 p225_001 - - bonafide\np225 p225_002 bonafide\n");
  config_.protocol = {(folder_ / "list.txt").string()};
  comm::SelfCommunicator alone;

  expect_error(
      ErrorKind::BadData, [&] { static_cast<void>(run(config_, alone)); }, "list.txt:2",
      "3 columns");
}

}  // namespace
}  // namespace codectrace::preprocess
