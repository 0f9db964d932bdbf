#include <gtest/gtest.h>

#include <cmath>

#include "shard/batch_reader.h"
#include "shard/reader.h"
#include "shard/writer.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_shard.h"

namespace codectrace::shard {
namespace {

using test::TemporaryFolder;

TEST(ShardRoundTrip, KeepsEverySixteenBitValue) {
  const TemporaryFolder folder;
  std::vector<std::int16_t> all;
  for (int value = -32768; value <= 32767; ++value) all.push_back(static_cast<std::int16_t>(value));
  std::vector<float> as_float;
  for (const auto value : all) as_float.push_back(static_cast<float>(std::ldexp(value, -15)));
  ShardWriter writer(folder / "shard.h5", test::tiny_header(), {});
  writer.add("integers", std::span<const std::int16_t>(all), {});
  const auto loss = writer.add("floats", std::span<const float>(as_float), {});
  writer.commit();

  const auto shard = ShardReader::open(folder / "shard.h5");
  std::vector<float> read;
  shard.read(0, read);

  EXPECT_TRUE(loss.exact());
  EXPECT_EQ(read, as_float);
  shard.read(1, read);
  EXPECT_EQ(read, as_float);
}

TEST(ShardRoundTrip, KeepsFloatsWhole) {
  const TemporaryFolder folder;
  const std::vector<float> samples{0.1F, -1.7F, 1e-30F, 3.0e10F};
  ShardWriter writer(folder / "shard.h5", test::tiny_header(SampleFormat::Float32), {});
  const auto loss = writer.add("u", std::span<const float>(samples), {});
  writer.add("v", std::span<const std::int16_t>(std::vector<std::int16_t>{-32768}), {});
  writer.commit();

  const auto shard = ShardReader::open(folder / "shard.h5");
  std::vector<float> read;
  shard.read(0, read);

  EXPECT_TRUE(loss.exact());
  EXPECT_EQ(read, samples);
  shard.read(1, read);
  EXPECT_EQ(read, std::vector<float>{-1.0F});
  EXPECT_EQ(shard.header().sample_format, SampleFormat::Float32);
}

TEST(ShardRoundTrip, KeepsHeaderIdsAndColumns) {
  const TemporaryFolder folder;
  test::write_tiny_shard(folder / "shard.h5", 0, 5);

  const auto shard = ShardReader::open(folder / "shard.h5");

  EXPECT_EQ(shard.header(), test::tiny_header());
  ASSERT_EQ(shard.size(), 5U);
  EXPECT_EQ(shard.id(4), test::tiny_id(4));
  EXPECT_EQ(shard.samples(4), test::tiny_samples(4).size());
  EXPECT_EQ(shard.read_column("speaker").codes, (std::vector<std::int32_t>{0, 1, 0, 1, 0}));
  EXPECT_EQ(shard.read_column("codec").codes, std::vector<std::int32_t>(5, kUnknownCode));
  EXPECT_EQ(shard.read_column("codec").spec, test::tiny_columns()[1]);
}

TEST(ShardRoundTrip, TakesAnyTextAsIdAndCategory) {
  const TemporaryFolder folder;
  const std::vector<std::string> ids{"CLAMTTS/prompt", "日本語 😀", "é", std::string(70000, 'x')};
  const std::vector<ColumnSpec> columns{{"system", {"ÉLAN", "a b"}}, {"empty", {}}};
  ShardWriter writer(folder / "shard.h5", test::tiny_header(), columns);
  for (const auto& id : ids) {
    writer.add(id, std::span<const float>(), std::vector<std::int32_t>{1, kUnknownCode});
  }
  writer.commit();

  const auto shard = ShardReader::open(folder / "shard.h5");

  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(shard.id(i), ids[i]);
  EXPECT_EQ(shard.read_column("system").spec, columns[0]);
  EXPECT_EQ(shard.read_column("empty").spec, columns[1]);
}

TEST(ShardRoundTrip, TakesMoreCategoriesThanFitAnObjectHeader) {
  const TemporaryFolder folder;
  std::vector<std::string> speakers;
  for (int i = 0; i < 20000; ++i) speakers.push_back(fmt::format("speaker-{:06}", i));
  ShardWriter writer(folder / "shard.h5", test::tiny_header(), {{"speaker", speakers}});
  writer.add("u", std::span<const float>(), std::vector<std::int32_t>{19999});
  writer.commit();

  const auto column = ShardReader::open(folder / "shard.h5").read_column("speaker");

  EXPECT_EQ(column.spec.categories, speakers);
  EXPECT_EQ(column.codes, std::vector<std::int32_t>{19999});
}

TEST(ShardRoundTrip, TakesManyColumns) {
  const TemporaryFolder folder;
  std::vector<ColumnSpec> columns;
  for (int i = 0; i < 40; ++i) columns.push_back({fmt::format("task{:02}", i), {"a", "b"}});
  ShardWriter writer(folder / "shard.h5", test::tiny_header(), columns);
  writer.add("u", std::span<const float>(), std::vector<std::int32_t>(40, 1));
  writer.commit();

  EXPECT_EQ(ShardReader::open(folder / "shard.h5").columns(), columns);
}

TEST(ShardRoundTrip, TakesNoUtterancesAndUtterancesWithoutSamples) {
  const TemporaryFolder folder;
  ShardWriter(folder / "none.h5", test::tiny_header(), test::tiny_columns()).commit();
  ShardWriter silent(folder / "silent.h5", test::tiny_header(), {});
  silent.add("u", std::span<const float>(), {});
  silent.commit();

  EXPECT_EQ(ShardReader::open(folder / "none.h5").size(), 0U);
  const auto shard = ShardReader::open(folder / "silent.h5");
  std::vector<float> read{1.0F};
  shard.read(0, read);
  EXPECT_EQ(shard.size(), 1U);
  EXPECT_TRUE(read.empty());
}

TEST(ShardRoundTrip, TakesSamplesBeyondOneBlock) {
  const TemporaryFolder folder;
  std::vector<std::int16_t> samples(5'000'000);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<std::int16_t>(i * 7919);
  ShardWriter writer(folder / "shard.h5", test::tiny_header(), {});
  writer.add("short", std::span<const std::int16_t>(samples).first(3), {});
  writer.add("long", std::span<const std::int16_t>(samples), {});
  writer.commit();

  const auto shard = ShardReader::open(folder / "shard.h5");
  std::vector<float> read;
  shard.read(1, read);

  ASSERT_EQ(read.size(), samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) ASSERT_EQ(read[i] * 32768.0F, samples[i]) << i;
}

TEST(ShardRoundTrip, FindsEveryUtteranceOfACorpus) {
  const TemporaryFolder folder;
  test::write_tiny_corpus(folder / "corpus", 3, 11);

  const auto corpus = Corpus::open(folder / "corpus");
  const UtteranceReader reader(corpus, {});

  ASSERT_EQ(corpus.size(), 33U);
  std::vector<float> read;
  for (std::uint64_t u = 0; u < corpus.size(); ++u) {
    ASSERT_EQ(corpus.find(test::tiny_id(u)), u);
    EXPECT_EQ(corpus.id(u), test::tiny_id(u));
    EXPECT_EQ(corpus.samples(u), test::tiny_samples(u).size());
    ASSERT_TRUE(reader.read(u, read));
    for (std::size_t i = 0; i < read.size(); ++i) {
      EXPECT_EQ(read[i] * 32768.0F, test::tiny_samples(u)[i]);
    }
  }
  EXPECT_EQ(corpus.find("p225_999"), std::nullopt);
}

}  // namespace
}  // namespace codectrace::shard
