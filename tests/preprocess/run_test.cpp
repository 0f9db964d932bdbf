#include "preprocess/run.h"

#include <nlohmann/json.hpp>

#include "comm/self.h"
#include "core/stop_signal.h"
#include "shard/corpus.h"
#include "shard/verify.h"
#include "tests/support/audio_set.h"
#include "tests/support/expect_error.h"
#include "tests/support/file_tree.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::preprocess {
namespace {

using test::expect_error;

class Preprocess : public testing::Test {
 protected:
  Preprocess() { test::write_cors_set(folder_ / "audio", 10); }
  ~Preprocess() override { set_stop_requested(false); }

  ExitCode run_alone(const Config& config) {
    comm::SelfCommunicator alone;
    return run(config, alone);
  }
  template <class... Pieces>
  void expect_refused(const Config& config, const Pieces&... pieces) {
    expect_error(
        ErrorKind::Usage, [&] { static_cast<void>(run_alone(config)); }, std::string(pieces)...);
  }
  [[nodiscard]] nlohmann::json report() const {
    return nlohmann::json::parse(test::bytes_of(folder_ / "corpus/preprocess-report.json"));
  }

  test::TemporaryFolder folder_;
  Config config_ = test::small_config(folder_ / "audio", folder_ / "corpus");
};

TEST_F(Preprocess, PutsEachFilesSamplesUnderItsIdBitForBit) {
  ASSERT_EQ(run_alone(config_), ExitCode::Done);

  const auto corpus = shard::Corpus::open(folder_ / "corpus");
  ASSERT_EQ(corpus.size(), 30U);
  const auto index = corpus.find("p226_001_silk");
  ASSERT_TRUE(index);
  std::vector<float> samples;
  const auto place = corpus.place(*index);
  corpus.shard(place.shard).read(place.position, samples);
  const auto expected = test::noise_pcm(2037, 2001);
  ASSERT_EQ(samples.size(), expected.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    ASSERT_EQ(samples[i], static_cast<float>(expected[i]) / 32768) << i;
  }
}

TEST_F(Preprocess, FillsTheColumnsFromIdsAndTaxonomy) {
  ASSERT_EQ(run_alone(config_), ExitCode::Done);

  const auto corpus = shard::Corpus::open(folder_ / "corpus");
  const auto category = [&](const char* column, const char* id) -> std::string {
    const auto read = corpus.read_column(column);
    const auto code = read.codes.at(*corpus.find(id));
    return code < 0 ? "?" : read.spec.categories.at(static_cast<std::size_t>(code));
  };
  EXPECT_EQ(category("speaker", "p226_001_mini"), "p226");
  EXPECT_EQ(category("codec", "p226_001_mini"), "mini");
  EXPECT_EQ(category("codec", "p226_001"), "?");
  EXPECT_EQ(category("system", "p226_001_mini"), "?");
  EXPECT_EQ(category("corpus", "p226_001"), "CoRS");
  EXPECT_EQ(category("label", "p226_001"), "bonafide");
  EXPECT_EQ(category("label", "p226_001_mini"), "spoof");
  EXPECT_EQ(category("BIN", "p226_001"), "bonafide");
  EXPECT_EQ(category("AUX", "p226_001_mini"), "SEM");
  EXPECT_EQ(category("VQ", "p226_001"), "REAL");
  EXPECT_EQ(category("VQ", "p226_001_silk"), "?");
}

TEST_F(Preprocess, ResamplesMixesAndCountsBoth) {
  ASSERT_EQ(run_alone(config_), ExitCode::Done);

  const auto corpus = shard::Corpus::open(folder_ / "corpus");
  EXPECT_EQ(corpus.samples(*corpus.find("p225_000")), 3200U);  // 0.2 s
  const auto result = report().at("result");
  EXPECT_EQ(result.at("odd").at("other_rate").at("files"), 2);
  EXPECT_EQ(result.at("odd").at("several_channels").at("files"), 2);
  EXPECT_EQ(result.at("odd").at("rounded").at("files"), 2);
  EXPECT_EQ(result.at("odd").at("other_rate").at("examples").at(0).at("utterance"), "p225_000");
  EXPECT_EQ(result.at("files_by_sample_rate").at("16000"), 28);
  EXPECT_EQ(result.at("utterances"), 30);
}

TEST_F(Preprocess, KeepsWhatIsBetween16BitStepsAsFloat32) {
  config_.shard.sample_format = shard::SampleFormat::Float32;
  test::write_audio(folder_ / "audio/p229_001.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 16000, 1,
                    std::vector<float>(2000, 0.1234567F));

  ASSERT_EQ(run_alone(config_), ExitCode::Done);

  const auto corpus = shard::Corpus::open(folder_ / "corpus");
  std::vector<float> samples;
  const auto place = corpus.place(*corpus.find("p229_001"));
  corpus.shard(place.shard).read(place.position, samples);
  EXPECT_EQ(samples, std::vector<float>(2000, 0.1234567F));
}

TEST_F(Preprocess, MakesACorpusThatVerifiesAndLeavesNothingElse) {
  ASSERT_EQ(run_alone(config_), ExitCode::Done);

  EXPECT_TRUE(shard::verify(folder_ / "corpus").is_sound());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "corpus/unfinished"));
  for (const auto& [name, bytes] : test::contents_of(folder_ / "corpus")) {
    EXPECT_FALSE(name.ends_with(".tmp")) << name;
  }
}

TEST_F(Preprocess, TakesOnlyWhatItsListsNameAndCountsTheRest) {
  test::write_bytes(folder_ / "a.txt",
                    "p226 p226_001 - - bonafide\np226 p226_001_mini - - spoof\n");
  test::write_bytes(folder_ / "b.txt",
                    "p226 p226_001 - REAL REAL REAL bonafide\n"
                    "p227 p227_002_silk - Trad TIME - spoofs\n");
  config_.protocol = {(folder_ / "a.txt").string(), (folder_ / "b.txt").string()};

  ASSERT_EQ(run_alone(config_), ExitCode::Done);

  EXPECT_EQ(shard::Corpus::open(folder_ / "corpus").size(), 3U);
  EXPECT_EQ(report().at("files").at("taken"), 3);
  EXPECT_EQ(report().at("files").at("named_by_no_list"), 27);
  EXPECT_EQ(report().at("lists").at(1).at("label_typos"), 1);
}

TEST_F(Preprocess, LeavesOutAndCountsFilesWhoseIdCannotBeWritten) {
  test::write_bytes(folder_ / "audio/two\nlines.wav", "");
  test::write_bytes(folder_ / "audio/caf\xE9.wav", "");

  ASSERT_EQ(run_alone(config_), ExitCode::Done);

  EXPECT_EQ(shard::Corpus::open(folder_ / "corpus").size(), 30U);
  const auto files = report().at("files");
  EXPECT_EQ(files.at("names_unusable"), 2);
  EXPECT_EQ(files.at("names_unusable_examples"),
            (nlohmann::json{"caf\\xe9.wav", "two\\x0alines.wav"}));
}

TEST_F(Preprocess, LeavesOutASystemOfCosgWhoseNameIsNotUtf8) {
  const auto audio = folder_ / "cosg";
  for (const char* system : {"CLAMTTS", "caf\xE9"}) {
    std::filesystem::create_directories(audio / system);
    test::write_pcm(audio / system / "gen_1.wav", test::kWav16, 16000, 1, test::noise_pcm(2000, 1));
  }
  auto config = test::small_config(audio, folder_ / "corpus");
  for (const auto layout : {protocol::Layout::Cosg, protocol::Layout::List}) {
    config.layout = layout;

    ASSERT_EQ(run_alone(config), ExitCode::Done);

    EXPECT_EQ(shard::Corpus::open(folder_ / "corpus").size(), 1U);
    EXPECT_EQ(report().at("files").at("names_unusable_examples").at(0), "caf\\xe9/gen_1.wav");
    std::filesystem::remove_all(folder_ / "corpus");
  }
}

TEST_F(Preprocess, ReadsSystemsOfCosg) {
  const auto audio = folder_ / "cosg";
  for (const char* system : {"CLAMTTS", "NS2"}) {
    std::filesystem::create_directories(audio / system);
    test::write_pcm(audio / system / "gen_1.wav", test::kWav16, 16000, 1, test::noise_pcm(2000, 1));
  }
  auto config = test::small_config(audio, folder_ / "corpus");
  config.layout = protocol::Layout::Cosg;
  test::write_bytes(folder_ / "list.txt", "CLAMTTS gen_1 - MVQ spoof\nNS2 gen_1 - bonafide\n");
  config.protocol = {(folder_ / "list.txt").string()};

  ASSERT_EQ(run_alone(config), ExitCode::Done);

  const auto corpus = shard::Corpus::open(folder_ / "corpus");
  EXPECT_EQ(corpus.id(0), "CLAMTTS/gen_1");
  EXPECT_EQ(corpus.read_column("system").codes, (std::vector<std::int32_t>{0, 1}));
  EXPECT_EQ(corpus.read_column("label").codes, (std::vector<std::int32_t>{0, 1}));
  EXPECT_EQ(corpus.read_column("VQ").codes, (std::vector<std::int32_t>{1, 0}));
  EXPECT_EQ(corpus.read_column("speaker").codes, (std::vector<std::int32_t>{-1, -1}));
}

TEST_F(Preprocess, ShardsAnyFilesThatAListNames) {
  config_.layout = protocol::Layout::List;
  test::write_bytes(folder_ / "files.txt", "p226_001_silk.flac\np226_001.wav\n");
  config_.protocol = {(folder_ / "files.txt").string()};

  ASSERT_EQ(run_alone(config_), ExitCode::Done);

  const auto corpus = shard::Corpus::open(folder_ / "corpus");
  EXPECT_EQ(corpus.size(), 2U);
  EXPECT_EQ(corpus.id(1), "p226_001_silk");
  EXPECT_EQ(corpus.read_column("label").codes, (std::vector<std::int32_t>{-1, -1}));
}

TEST_F(Preprocess, RefusesADirectoryBegunWithAnotherConfigAndSaysWhatDiffers) {
  ASSERT_EQ(run_alone(config_), ExitCode::Done);
  config_.shard.utterances = 8;
  config_.policy.cut_short = OnOdd::Mend;

  expect_refused(config_, "shard.utterances is 8, was 7", "policy.cut_short", "--out");
}

TEST_F(Preprocess, GoesOnUnderThePolicyThatItsMessageNamesToTheBytesOfOneFromTheStart) {
  test::write_bytes(folder_ / "audio/s9_998.wav", "no audio");  // the last two
  test::write_bytes(folder_ / "audio/s9_999.wav", "");
  EXPECT_THROW(static_cast<void>(run_alone(config_)), Error);
  ASSERT_TRUE(std::filesystem::exists(folder_ / "corpus/unfinished/shard-00000.json"));
  config_.policy.undecodable = OnUnusable::Skip;
  EXPECT_THROW(static_cast<void>(run_alone(config_)), Error);
  config_.policy.empty = OnUnusable::Skip;

  EXPECT_EQ(run_alone(config_), ExitCode::Done);

  const auto resolved = test::bytes_of(folder_ / "corpus/preprocess.toml");
  EXPECT_THAT(resolved, testing::HasSubstr("undecodable = \"skip\""));
  EXPECT_THAT(resolved, testing::HasSubstr("empty = \"skip\""));
  config_.out = (folder_ / "undisturbed").string();
  ASSERT_EQ(run_alone(config_), ExitCode::Done);
  auto found = test::contents_of(folder_ / "corpus");
  auto expected = test::contents_of(folder_ / "undisturbed");
  found.erase("preprocess.toml");  // names the directory itself
  expected.erase("preprocess.toml");
  EXPECT_TRUE(found == expected);
}

TEST_F(Preprocess, RefusesAnotherPolicyForWhatAFinishedShardMet) {
  test::write_bytes(folder_ / "audio/s9_999.wav", "no audio");  // comes last
  EXPECT_THROW(static_cast<void>(run_alone(config_)), Error);
  auto other_channels = config_;
  other_channels.policy.several_channels = OnOdd::Skip;
  auto other_bound = config_;
  other_bound.policy.min_duration_s = 1;

  expect_refused(other_channels, "policy.several_channels is \"skip\", was \"mend\"");
  expect_refused(other_bound, "policy.min_duration_s");
}

TEST_F(Preprocess, RefusesAnotherPolicyForAFinishedCorpus) {
  ASSERT_EQ(run_alone(config_), ExitCode::Done);
  config_.policy.undecodable = OnUnusable::Skip;

  expect_refused(config_, "policy.undecodable");
}

TEST_F(Preprocess, RefusesADirectoryBegunFromOtherFilesOrAnotherTaxonomy) {
  ASSERT_EQ(run_alone(config_), ExitCode::Done);
  test::write_pcm(folder_ / "audio/p230_001.wav", test::kWav16, 16000, 1, {1, 2, 3});
  expect_refused(config_, "utterances is 31, was 30");

  std::filesystem::remove(folder_ / "audio/p230_001.wav");
  test::write_bytes(config_.taxonomy, test::kSmallTaxonomy + "# changed\n");
  expect_refused(config_, "taxonomy is");
}

TEST_F(Preprocess, RefusesAFinishedCorpusOfAnotherAudioFolderAndNamesBoth) {
  ASSERT_EQ(run_alone(config_), ExitCode::Done);
  std::filesystem::copy(folder_ / "audio", folder_ / "other");
  config_.audio = (folder_ / "other").string();

  expect_refused(config_, folder_ / "audio", folder_ / "other", "audio_moved=true", "--out");
}

TEST_F(Preprocess, RefusesToGoOnFromAnotherAudioFolder) {
  test::write_bytes(folder_ / "audio/s9_999.wav", "no audio");  // comes last
  EXPECT_THROW(static_cast<void>(run_alone(config_)), Error);
  std::filesystem::copy(folder_ / "audio", folder_ / "other");
  config_.audio = (folder_ / "other").string();

  expect_refused(config_, folder_ / "audio", folder_ / "other", "audio_moved=true");
}

TEST_F(Preprocess, GoesOnFromAnAudioFolderThatWasMovedOnceThatIsSaid) {
  test::write_bytes(folder_ / "audio/s9_999.wav", "no audio");  // comes last
  EXPECT_THROW(static_cast<void>(run_alone(config_)), Error);
  std::filesystem::rename(folder_ / "audio", folder_ / "moved");
  test::write_pcm(folder_ / "moved/s9_999.wav", test::kWav16, 16000, 1, test::noise_pcm(2000, 1));
  config_.audio = (folder_ / "moved").string();
  config_.audio_moved = true;

  EXPECT_EQ(run_alone(config_), ExitCode::Done);

  config_.audio_moved = false;
  EXPECT_EQ(run_alone(config_), ExitCode::Done);  // the new place is the corpus's own now
}

TEST_F(Preprocess, TakesOtherWaysToSpellItsAudioFolderForTheSame) {
  ASSERT_EQ(run_alone(config_), ExitCode::Done);
  std::filesystem::create_directory_symlink(folder_ / "audio", folder_ / "link");

  config_.audio = (folder_ / "corpus/../audio/").string();
  EXPECT_EQ(run_alone(config_), ExitCode::Done);
  config_.audio = (folder_ / "link").string();
  EXPECT_EQ(run_alone(config_), ExitCode::Done);
}

TEST_F(Preprocess, RefusesACorpusWhoseAudioHasChangedSince) {
  ASSERT_EQ(run_alone(config_), ExitCode::Done);
  const auto changed = folder_ / "audio/p226_001_mini.wav";
  const auto length = test::noise_pcm(2037, 1).size();
  test::write_pcm(changed, test::kWav16, 16000, 1, test::noise_pcm(length, 4711));

  expect_refused(config_, "p226_001_mini.wav", "1 of 30", "--out");

  std::filesystem::rename(folder_ / "audio", folder_ / "moved");
  config_.audio = (folder_ / "moved").string();
  config_.audio_moved = true;
  expect_refused(config_, "p226_001_mini.wav");
}

TEST_F(Preprocess, RefusesToGoOnWhereAFinishedShardsAudioHasChanged) {
  test::write_bytes(folder_ / "audio/s9_999.wav", "no audio");  // comes last
  EXPECT_THROW(static_cast<void>(run_alone(config_)), Error);
  test::flip_byte(folder_ / "audio/p225_000_mini.wav", 100);

  expect_refused(config_, "p225_000_mini.wav", "--out");
}

TEST_F(Preprocess, RefusesAFolderThatHoldsSomethingElse) {
  std::filesystem::create_directories(folder_ / "corpus");
  test::write_bytes(folder_ / "corpus/thesis.tex", "");

  expect_refused(config_, "thesis.tex", "empty or a new folder");
}

TEST_F(Preprocess, SaysWhatIsMissingFromTheCommand) {
  auto without_audio = config_;
  without_audio.audio.clear();
  auto without_out = config_;
  without_out.out.clear();

  expect_refused(without_audio, "--audio");
  expect_refused(without_out, "--out");
}

TEST_F(Preprocess, SaysThatItsOutputCannotBeWritten) {
  test::write_bytes(folder_ / "file", "");
  config_.out = (folder_ / "file/corpus").string();

  expect_error(
      ErrorKind::Environment, [&] { static_cast<void>(run_alone(config_)); }, "file/corpus");
}

TEST_F(Preprocess, MakesNoCorpusOfNothingWhereEveryFileIsLeftOut) {
  std::filesystem::create_directories(folder_ / "bad");
  for (const char* name : {"bad/a.wav", "bad/b.wav"}) test::write_bytes(folder_ / name, "no audio");
  test::write_bytes(folder_ / "bad/c.wav", "");
  config_.audio = (folder_ / "bad").string();
  config_.policy.undecodable = OnUnusable::Skip;
  config_.policy.empty = OnUnusable::Skip;

  for (int run = 0; run < 2; ++run) {
    expect_error(
        ErrorKind::BadData, [&] { static_cast<void>(run_alone(config_)); }, "bad",
        "none of 3 files", "2 undecodable (2 left out); 1 empty (1 left out)",
        "preprocess-report.json");
  }

  EXPECT_EQ(report().at("result").at("odd").at("undecodable").at("left_out"), 2);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "corpus/corpus.json"));
}

TEST_F(Preprocess, SaysThatAFolderHoldsNoAudio) {
  std::filesystem::create_directories(folder_ / "none");
  config_.audio = (folder_ / "none").string();

  expect_error(
      ErrorKind::BadData, [&] { static_cast<void>(run_alone(config_)); }, "none", "no audio files");
}

TEST_F(Preprocess, StopsOnRequestAndGoesOnToTheSameBytes) {
  set_stop_requested(true);
  EXPECT_EQ(run_alone(config_), ExitCode::Interrupted);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "corpus/corpus.json"));
  set_stop_requested(false);

  EXPECT_EQ(run_alone(config_), ExitCode::Done);
  auto other = config_;
  other.out = (folder_ / "undisturbed").string();
  ASSERT_EQ(run_alone(other), ExitCode::Done);

  auto found = test::contents_of(folder_ / "corpus");
  auto expected = test::contents_of(folder_ / "undisturbed");
  found.erase("preprocess.toml");  // names the directory itself
  expected.erase("preprocess.toml");
  EXPECT_TRUE(found == expected);
}

}  // namespace
}  // namespace codectrace::preprocess
