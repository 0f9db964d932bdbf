#include "shard/feature.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "shard/batch_reader.h"
#include "shard/corpus.h"
#include "shard/inspect.h"
#include "shard/reader.h"
#include "shard/verify.h"
#include "tests/support/damage.h"
#include "tests/support/expect_error.h"
#include "tests/support/shard_editor.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_shard.h"

namespace codectrace::shard {
namespace {

constexpr std::uint64_t kUtterances = 5;
constexpr const char* kPath = "/features/whisper";

FeatureSpec spec(const std::string& made_by = "whisper of test, weights 01234567") {
  return {"whisper", {2, 3}, made_by};
}

/// Bits 0x3C00 + 6u + i: distinct numbers from 1 on.
std::vector<Half> row(std::uint64_t utterance) {
  std::vector<Half> values(6);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i].bits = static_cast<std::uint16_t>(0x3C00 + 6 * utterance + i);
  }
  return values;
}

ShardSummary write_shard(const std::filesystem::path& path, std::uint64_t first = 0,
                         const FeatureSpec& feature = spec()) {
  ShardWriter writer(path, test::tiny_header(), test::tiny_columns());
  std::vector<Half> values;
  for (std::uint64_t u = first; u < first + kUtterances; ++u) {
    writer.add(test::tiny_id(u), std::span<const std::int16_t>(test::tiny_samples(u)),
               std::vector<std::int32_t>{0, kUnknownCode});
    const auto of_utterance = row(u);
    values.insert(values.end(), of_utterance.begin(), of_utterance.end());
  }
  writer.add_feature(feature);
  writer.add_rows(std::span(values).first(2 * 6));
  writer.add_rows(std::span(values).subspan(2 * 6));
  return writer.commit();
}

void expect_refused(const std::filesystem::path& path, const std::string& what) {
  test::expect_error(
      ErrorKind::BadData, [&] { (void)ShardReader::open(path); }, "shard.h5", what);
}

class ShardFeature : public testing::Test {
 protected:
  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "shard.h5";
};

TEST_F(ShardFeature, ComesBackUtteranceByUtterance) {
  write_shard(path_);

  const auto shard = ShardReader::open(path_);

  ASSERT_EQ(shard.feature_specs(), std::vector<FeatureSpec>{spec()});
  EXPECT_EQ(shard.feature("other"), nullptr);
  const Feature* feature = shard.feature("whisper");
  ASSERT_NE(feature, nullptr);
  std::vector<Half> values(6);
  for (std::uint64_t u = 0; u < kUtterances; ++u) {
    shard.read_feature(*feature, u, values);
    EXPECT_EQ(values, row(u)) << u;
  }
  std::vector<float> samples;
  shard.read(3, samples);
  EXPECT_EQ(samples.size(), test::tiny_samples(3).size());
}

TEST_F(ShardFeature, GivesTheSameBytesEveryTime) {
  write_shard(path_);
  write_shard(folder_ / "again.h5");

  EXPECT_EQ(test::bytes_of(path_), test::bytes_of(folder_ / "again.h5"));
}

TEST_F(ShardFeature, IsFloat16ToH5py) {
  write_shard(path_);
  const auto script = std::string(
      "import h5py; s = h5py.File('shard.h5'); f = s['features/whisper']; "
      "assert f.dtype == 'float16' and f.shape == (5, 2, 3), f; "
      "assert f[0, 0, 0] == 1 and f[0, 0, 1] == 1 + 2**-10, f[0]");

  const std::string command =
      fmt::format("cd {} && {} -c \"{}\"", folder_.path().string(), CT_PYTHON, script);

  EXPECT_EQ(std::system(command.c_str()), 0) << "needs Python with h5py; see scripts/setup";
}

TEST_F(ShardFeature, WithAFlippedByteIsNamedWithItsUtterance) {
  write_shard(path_);
  const auto place = ShardReader::open(path_).feature("whisper")->offset;
  test::flip_byte(path_, place + 2 * 12 + 5);  // utterance 2's

  const auto shard = ShardReader::open(path_);
  const Feature& feature = *shard.feature("whisper");
  std::vector<Half> values(6);
  shard.read_feature(feature, 1, values);
  EXPECT_EQ(values, row(1));
  test::expect_error(
      ErrorKind::BadData, [&] { shard.read_feature(feature, 2, values); }, kPath, test::tiny_id(2),
      "codectrace shard verify");
  shard.read_feature(feature, 2, values, /*check_crc=*/false);
  EXPECT_NE(values, row(2));
  const auto found = verify(path_);
  ASSERT_EQ(found.damages.size(), 1U);
  EXPECT_EQ(found.damages[0].dataset, kPath);
  EXPECT_EQ(found.damages[0].utterance, test::tiny_id(2));
}

TEST_F(ShardFeature, IsRefusedWithoutOrWithAWrongAttribute) {
  for (const char* attribute : {"made_by", "made_by_hash"}) {
    write_shard(path_);
    test::ShardEditor(path_).remove_attribute(kPath, attribute);
    expect_refused(path_, attribute);
    write_shard(path_);
    test::ShardEditor(path_).replace_by_text(kPath, attribute, "something else");
    expect_refused(path_, "made_by_hash");
  }
  write_shard(path_);
  test::ShardEditor(path_).set_number("/features_crc32c/whisper", "crc32c", 7);
  expect_refused(path_, "/features_crc32c/whisper");
}

TEST_F(ShardFeature, IsRefusedWithOtherCrcsThanUtterances) {
  write_shard(path_);
  test::ShardEditor(path_).set_element("/features_crc32c/whisper", 1, 99);
  expect_refused(path_, "/features_crc32c/whisper");
  write_shard(path_);
  test::ShardEditor(path_).remove_dataset("/features_crc32c/whisper");
  expect_refused(path_, "/features_crc32c/whisper");
}

TEST_F(ShardFeature, IsRefusedOfAnotherTypeOrLayout) {
  write_shard(path_);
  test::ShardEditor(path_).replace_dataset(kPath, H5T_STD_I16LE, kUtterances);
  expect_refused(path_, "float16");
  write_shard(path_);
  test::ShardEditor(path_).replace_dataset(kPath, H5T_STD_I16LE, kUtterances, /*chunk=*/2);
  expect_refused(path_, kPath);
}

TEST_F(ShardFeature, IsRefusedWhereTheFileEndsBefore) {
  write_shard(path_);
  const auto place = ShardReader::open(path_).feature("whisper")->offset;
  for (const std::uint64_t size : {place - 1, place + 1, place + kUtterances * 12 - 1}) {
    write_shard(path_);
    std::filesystem::resize_file(path_, size);
    test::expect_error(
        ErrorKind::BadData, [&] { (void)ShardReader::open(path_); }, "shard.h5");
  }
}

TEST_F(ShardFeature, NeedsANameAndNumbers) {
  ShardWriter writer(path_, test::tiny_header(), {});
  writer.add("u", std::span<const float>(), {});

  test::expect_error(ErrorKind::Usage, [&] { writer.add_feature({"a b", {1}, ""}); });
  test::expect_error(
      ErrorKind::Usage,
      [&] {
        writer.add_feature({"a", {}, ""});
      },
      "[]");
  test::expect_error(
      ErrorKind::Usage,
      [&] {
        writer.add_feature({"a", {3, 0}, ""});
      },
      "[3, 0]");
  writer.add_feature({"a", {1}, ""});
  test::expect_error(
      ErrorKind::Usage,
      [&] {
        writer.add_feature({"a", {1}, ""});
      },
      "two features");
}

/// Most bytes that this process has had in memory since peaks were last forgotten.
std::uint64_t peak_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::uint64_t kilobytes = 0;
    if (word == "VmHWM:" && status >> kilobytes) return kilobytes * 1024;
  }
  ADD_FAILURE() << "no peak in /proc/self/status";
  return 0;
}
void forget_peaks() { std::ofstream("/proc/self/clear_refs") << "5"; }

TEST_F(ShardFeature, IsHeldOnceWhileItIsWritten) {
  constexpr std::uint64_t kRows = 64;
  constexpr std::uint64_t kWidth = 1 << 19;  // 1 MiB a row
  ShardWriter writer(path_, test::tiny_header(), {});
  for (std::uint64_t u = 0; u < kRows; ++u)
    writer.add(test::tiny_id(u), std::span<const std::int16_t>(test::tiny_samples(u)), {});
  const std::vector<Half> values(kWidth, Half{0x3C00});
  forget_peaks();
  const auto before = peak_bytes();

  writer.add_feature({"large", {kWidth}, "a test"});
  for (std::uint64_t u = 0; u < kRows; ++u) writer.add_rows(values);
  writer.commit();

  constexpr auto kBytes = kRows * kWidth * sizeof(Half);
  EXPECT_LT(peak_bytes() - before, kBytes + kBytes / 4);
  EXPECT_TRUE(verify(path_).damages.empty());
}

TEST_F(ShardFeature, IsReadFromACorpusByUtterance) {
  const auto corpus_folder = folder_ / "corpus";
  std::filesystem::create_directory(corpus_folder);
  finish_corpus(corpus_folder,
                std::vector<ShardSummary>{write_shard(corpus_folder / "shard-00000.h5", 0),
                                          write_shard(corpus_folder / "shard-00001.h5", 5)});

  const auto corpus = Corpus::open(corpus_folder);
  const UtteranceReader reader(corpus, {});

  EXPECT_TRUE(corpus.keeps(spec()));
  std::vector<Half> values(6);
  for (std::uint64_t u = 0; u < 10; ++u) {
    ASSERT_TRUE(reader.read_feature(u, "whisper", values));
    EXPECT_EQ(values, row(u)) << u;
  }
  test::expect_error(
      ErrorKind::Usage, [&] { (void)reader.read_feature(0, "other", values); }, "no feature other");
  EXPECT_TRUE(verify(corpus_folder).damages.empty());
  const auto contents = inspect(corpus_folder);
  ASSERT_EQ(contents.features.size(), 1U);
  EXPECT_EQ(contents.features[0], "whisper [2, 3]: whisper of test, weights 01234567");
}

TEST_F(ShardFeature, OfACorpusMadeBySomethingElseIsNamedWithBothMakers) {
  const auto corpus_folder = folder_ / "corpus";
  std::filesystem::create_directory(corpus_folder);
  finish_corpus(corpus_folder,
                std::vector<ShardSummary>{write_shard(corpus_folder / "shard-00000.h5")});
  const auto corpus = Corpus::open(corpus_folder);

  test::expect_error(
      ErrorKind::BadData, [&] { (void)corpus.keeps(spec("another whisper")); }, "another whisper",
      spec().made_by, "preprocess features");
  auto reshaped = spec();
  reshaped.shape = {6};
  test::expect_error(
      ErrorKind::BadData, [&] { (void)corpus.keeps(reshaped); }, "[2, 3]", "[6]");
  EXPECT_FALSE(corpus.keeps({"other", {1}, ""}));
}

TEST_F(ShardFeature, MustBeTheSameInAllShardsOfACorpus) {
  const auto corpus_folder = folder_ / "corpus";
  std::filesystem::create_directory(corpus_folder);
  const std::vector<ShardSummary> shards{
      write_shard(corpus_folder / "shard-00000.h5", 0),
      write_shard(corpus_folder / "shard-00001.h5", 5, spec("another whisper"))};

  test::expect_error(
      ErrorKind::BadData, [&] { finish_corpus(corpus_folder, shards); }, "shard-00001.h5",
      "other features");
}

}  // namespace
}  // namespace codectrace::shard
