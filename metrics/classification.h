#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "comm/communicator.h"
#include "metrics/exact_sum.h"

namespace codectrace::metrics {

/// How often each true class (row) was taken for each class (column). Addable, so ranks and parts
/// sum their cells.
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(std::size_t num_classes)
      : num_classes_(num_classes), cells_(num_classes * num_classes) {}

  void add(std::size_t truth, std::size_t predicted, std::int64_t count = 1) {
    cells_.at(truth * num_classes_ + predicted) += count;
  }
  [[nodiscard]] std::size_t num_classes() const { return num_classes_; }
  [[nodiscard]] std::int64_t count(std::size_t truth, std::size_t predicted) const {
    return cells_.at(truth * num_classes_ + predicted);
  }
  [[nodiscard]] std::int64_t support(std::size_t truth) const;
  [[nodiscard]] std::int64_t predicted(std::size_t predicted) const;
  [[nodiscard]] std::int64_t total() const;
  /// A true class's cells.
  [[nodiscard]] std::span<std::int64_t> row(std::size_t truth) {
    return cells().subspan(truth * num_classes_, num_classes_);
  }
  /// Row by row; for sums over ranks.
  [[nodiscard]] std::span<std::int64_t> cells() { return cells_; }
  [[nodiscard]] std::span<const std::int64_t> cells() const { return cells_; }

 private:
  std::size_t num_classes_;
  std::vector<std::int64_t> cells_;
};

/// One class against the rest; 0 where undefined.
struct ClassFigures {
  double precision = 0;
  double recall = 0;
  double f1 = 0;
  std::int64_t support = 0;    ///< true examples
  std::int64_t predicted = 0;  ///< times it was answered
};

/// Fractions; as scikit-learn defines them.
struct Classification {
  double accuracy = 0;
  double balanced_accuracy = 0;  ///< mean recall over classes that occur in the labels
  double f1_weighted = 0;        ///< mean F1 weighted by support: the published F1
  double f1_macro = 0;           ///< mean F1 over classes that occur in labels or predictions
  std::vector<ClassFigures> per_class;
};

/// @throws Error(BadData) if the matrix is empty: "no examples"
[[nodiscard]] Classification classification(const ConfusionMatrix& confusion);

/// Index of the largest value, the lowest one on ties. @throws Error(BadData) on a NaN
[[nodiscard]] std::size_t arg_max(std::span<const double> values);

/// Softmax in double that doesn't overflow.
[[nodiscard]] std::vector<double> softmax(std::span<const double> logits);

/// Expected calibration error: 15 equal bins of the top probability.
class CalibrationError {
 public:
  /// @param confidence  probability given to the answer, in [0, 1]
  void add(double confidence, bool right);
  /// Collective: takes in what all ranks added.
  void sum_over(comm::Communicator& comm);
  /// @throws Error(BadData) if nothing was added
  [[nodiscard]] double value() const;

 private:
  static constexpr std::size_t kBins = 15;
  struct Bin {
    std::int64_t right = 0;
    ExactSum confidence;
  };
  std::array<Bin, kBins> bins_{};
  std::int64_t total_ = 0;
};

}  // namespace codectrace::metrics
