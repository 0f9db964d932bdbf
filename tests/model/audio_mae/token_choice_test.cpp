#include "model/audio_mae/token_choice.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/expect_error.h"

namespace codectrace::model {
namespace {

constexpr TokenGrid kGrid{16, 8};

std::vector<std::int64_t> row(const torch::Tensor& tensor, std::int64_t i) {
  const auto* const first = tensor[i].contiguous().data_ptr<std::int64_t>();
  return {first, first + tensor.size(1)};
}

TEST(TokenChoice, MasksKeepTwelveRowsAndSixBandsInTheirOrder) {
  const auto kept = drawn_tokens(kGrid, {}, Drawing::Masks, {1, 2, 3}).kept;

  ASSERT_EQ(kept.sizes(), (std::vector<std::int64_t>{3, 72}));
  for (std::int64_t i = 0; i < 3; ++i) {
    const auto tokens = row(kept, i);
    std::set<std::int64_t> rows;
    std::set<std::int64_t> bands;
    for (const auto token : tokens) {
      rows.insert(token / 8);
      bands.insert(token % 8);
    }
    EXPECT_EQ(rows.size(), 12U);
    EXPECT_EQ(bands.size(), 6U);
    EXPECT_TRUE(std::ranges::is_sorted(tokens));
  }
  EXPECT_NE(row(kept, 0), row(kept, 1));
}

TEST(TokenChoice, OneDimensionalMasksKeepSingleTokensInTheirOrder) {
  const MaskingConfig masking{.ratio = 0.4, .two_dimensional = false};
  const auto tokens = row(drawn_tokens(kGrid, masking, Drawing::Masks, {5}).kept, 0);

  EXPECT_EQ(tokens.size(), 76U);  // of 128 · 0.6 = 76.8
  EXPECT_TRUE(std::ranges::is_sorted(tokens));
  EXPECT_EQ(std::set(tokens.begin(), tokens.end()).size(), 76U);
}

TEST(TokenChoice, TokenOrderPermutesAllTokens) {
  const auto tokens = row(drawn_tokens(kGrid, {}, Drawing::TokenOrder, {5}).kept, 0);

  EXPECT_EQ(std::set(tokens.begin(), tokens.end()).size(), 128U);
  EXPECT_FALSE(std::ranges::is_sorted(tokens));
}

TEST(TokenChoice, DependsOnAnUtterancesSeedAlone) {
  for (const auto drawing : {Drawing::Masks, Drawing::TokenOrder}) {
    const auto together = drawn_tokens(kGrid, {}, drawing, {8, 9}).kept;
    EXPECT_EQ(row(drawn_tokens(kGrid, {}, drawing, {9}).kept, 0), row(together, 1));
  }
}

TEST(TokenChoice, MasksDrawEachRowAboutEquallyOften) {
  std::vector<std::uint64_t> seeds(2000);
  for (std::size_t i = 0; i < seeds.size(); ++i) seeds[i] = i;
  const auto kept = drawn_tokens(kGrid, {}, Drawing::Masks, seeds).kept;
  const auto share = torch::bincount(kept.flatten(), {}, 128).to(torch::kFloat64) / 2000;

  // 12/16 · 6/8 = 0.5625, with a deviation of 0.011: five of them.
  EXPECT_LE((share - 0.5625).abs().max().item<double>(), 0.055);
}

TEST(TokenChoice, TellsWhatIsHiddenAndTakesWhatIsChosen) {
  const TokenChoice choice{torch::tensor({{2, 0}}, torch::kInt64)};
  const auto tokens = torch::arange(6, torch::kFloat32).view({1, 3, 2});

  EXPECT_TRUE(hidden(choice, 3).equal(torch::tensor({{0.F, 1.F, 0.F}})));
  EXPECT_TRUE(chosen(tokens, choice).equal(torch::tensor({{{4.F, 5.F}, {0.F, 1.F}}})));
  EXPECT_FALSE(hidden({}, 3).defined());
  EXPECT_TRUE(chosen(tokens, {}).equal(tokens));
}

TEST(TokenChoice, OfAnEmptyBatchIsEmpty) {
  EXPECT_EQ(drawn_tokens(kGrid, {}, Drawing::Masks, {}).kept.sizes(),
            (std::vector<std::int64_t>{0, 72}));
}

TEST(TokenChoice, RefusesMasksThatHideNothing) {
  test::expect_error(
      ErrorKind::Usage,
      [] { (void)drawn_tokens(kGrid, {.ratio = 0, .two_dimensional = true}, Drawing::Masks, {1}); },
      "model.masking.ratio");
}

}  // namespace
}  // namespace codectrace::model
