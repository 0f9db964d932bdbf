#include "metrics/classification.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/metrics/reference_case.h"
#include "tests/support/expect_error.h"

namespace codectrace::metrics {
namespace {

using test::ReferenceCase;

constexpr double kExact = 1e-9;  // the figures are stored in full; only the order of sums differs

/// Rows of class probabilities: two of a detection score, a softmax of logits.
std::vector<std::vector<double>> probabilities(const ReferenceCase& expected) {
  auto rows = expected.values;
  const auto is_distribution = [](const std::vector<double>& row) {
    const double sum = std::accumulate(row.begin(), row.end(), 0.0);
    return *std::ranges::min_element(row) >= 0 && std::abs(sum - 1) <= 1e-3;
  };
  if (expected.expected.at("task") == "BIN") {
    for (auto& row : rows) row = {1 - row[0], row[0]};
  } else if (!std::ranges::all_of(rows, is_distribution)) {
    for (auto& row : rows) row = softmax(row);
  }
  return rows;
}

class ClassificationOfCase : public testing::TestWithParam<const char*> {};

TEST_P(ClassificationOfCase, EqualsTheStoredFigures) {
  const ReferenceCase expected(GetParam());
  const auto& stored_confusion = expected.expected.at("confusion");
  ConfusionMatrix confusion(stored_confusion.size());
  CalibrationError calibration;
  for (std::size_t i = 0; const auto& row : probabilities(expected)) {
    const auto answer = arg_max(row);
    confusion.add(expected.classes[i], answer);
    calibration.add(row[answer], answer == expected.classes[i]);
    ++i;
  }

  const auto figures = classification(confusion);

  EXPECT_NEAR(figures.accuracy, expected.figure("accuracy"), kExact);
  EXPECT_NEAR(figures.balanced_accuracy, expected.figure("balanced_accuracy"), kExact);
  EXPECT_NEAR(figures.f1_weighted, expected.figure("f1_weighted"), kExact);
  EXPECT_NEAR(figures.f1_macro, expected.figure("f1_macro"), kExact);
  EXPECT_NEAR(calibration.value(), expected.figure("ece"), kExact);
  for (std::size_t truth = 0; truth < stored_confusion.size(); ++truth) {
    for (std::size_t answer = 0; answer < stored_confusion.size(); ++answer) {
      EXPECT_EQ(confusion.count(truth, answer), stored_confusion[truth][answer]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, ClassificationOfCase,
                         testing::Values("vq4", "dec3", "vq4_missing", "aux4_logits", "normal",
                                         "ties", "all_equal", "by_codec"),
                         [](const auto& test_case) { return std::string(test_case.param); });

ConfusionMatrix matrix(const std::vector<std::vector<std::int64_t>>& rows) {
  ConfusionMatrix confusion(rows.size());
  for (std::size_t truth = 0; truth < rows.size(); ++truth) {
    for (std::size_t answer = 0; answer < rows.size(); ++answer) {
      confusion.add(truth, answer, rows[truth][answer]);
    }
  }
  return confusion;
}

TEST(Classification, FollowsTheDefinitionsByHand) {
  const auto figures = classification(matrix({{3, 1}, {2, 4}}));

  EXPECT_DOUBLE_EQ(figures.accuracy, 0.7);
  EXPECT_DOUBLE_EQ(figures.per_class[0].precision, 3.0 / 5);
  EXPECT_DOUBLE_EQ(figures.per_class[0].recall, 3.0 / 4);
  EXPECT_DOUBLE_EQ(figures.per_class[0].f1, 6.0 / 9);
  EXPECT_DOUBLE_EQ(figures.balanced_accuracy, (3.0 / 4 + 4.0 / 6) / 2);
  EXPECT_DOUBLE_EQ(figures.f1_weighted, (4 * 6.0 / 9 + 6 * 8.0 / 11) / 10);
}

TEST(Classification, AClassWithoutExamplesCountsForTheMacroF1OnlyIfItWasAnswered) {
  const auto never_answered = classification(matrix({{2, 0, 0}, {0, 2, 0}, {0, 0, 0}}));
  const auto answered = classification(matrix({{2, 0, 0}, {0, 1, 1}, {0, 0, 0}}));

  EXPECT_DOUBLE_EQ(never_answered.f1_macro, 1);
  EXPECT_DOUBLE_EQ(answered.f1_macro, (1 + 2.0 / 3 + 0) / 3);
  EXPECT_DOUBLE_EQ(answered.balanced_accuracy, 0.75);
}

TEST(Classification, IsUnchangedIfClassesAreRenumbered) {
  const auto figures = classification(matrix({{5, 2, 1}, {0, 7, 3}, {2, 2, 6}}));
  const auto renumbered = classification(matrix({{6, 2, 2}, {3, 7, 0}, {1, 2, 5}}));

  EXPECT_DOUBLE_EQ(renumbered.f1_weighted, figures.f1_weighted);
  EXPECT_DOUBLE_EQ(renumbered.f1_macro, figures.f1_macro);
}

TEST(Classification, WithoutExamplesIsAnError) {
  test::expect_error(
      ErrorKind::BadData, [] { (void)classification(ConfusionMatrix(3)); }, "no examples");
  test::expect_error(
      ErrorKind::BadData, [] { (void)CalibrationError().value(); }, "no examples");
}

TEST(ArgMax, TakesTheFirstOfATie) { EXPECT_EQ(arg_max(std::vector{1.0, 3.0, 3.0}), 1U); }

TEST(ArgMax, RejectsANan) {
  test::expect_error(
      ErrorKind::BadData,
      [] {
        (void)arg_max(std::vector{1.0, std::nan("")});
      },
      "NaN");
}

TEST(Softmax, SumsToOneEvenForHugeLogits) {
  const auto values = softmax(std::vector{1e300, 1e300, -1e300});

  EXPECT_DOUBLE_EQ(values[0], 0.5);
  EXPECT_DOUBLE_EQ(values[1], 0.5);
  EXPECT_EQ(values[2], 0);
}

}  // namespace
}  // namespace codectrace::metrics
