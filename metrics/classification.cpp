#include "metrics/classification.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"

namespace codectrace::metrics {
namespace {

double ratio_or_zero(double part, double whole) { return whole == 0 ? 0 : part / whole; }

ClassFigures class_figures(const ConfusionMatrix& confusion, std::size_t c) {
  const auto right = static_cast<double>(confusion.count(c, c));
  ClassFigures figures;
  figures.support = confusion.support(c);
  figures.predicted = confusion.predicted(c);
  figures.precision = ratio_or_zero(right, static_cast<double>(figures.predicted));
  figures.recall = ratio_or_zero(right, static_cast<double>(figures.support));
  figures.f1 = ratio_or_zero(2 * right, static_cast<double>(figures.support + figures.predicted));
  return figures;
}

}  // namespace

std::int64_t ConfusionMatrix::support(std::size_t truth) const {
  std::int64_t sum = 0;
  for (std::size_t c = 0; c < num_classes_; ++c) sum += count(truth, c);
  return sum;
}

std::int64_t ConfusionMatrix::predicted(std::size_t predicted) const {
  std::int64_t sum = 0;
  for (std::size_t c = 0; c < num_classes_; ++c) sum += count(c, predicted);
  return sum;
}

std::int64_t ConfusionMatrix::total() const {
  return std::accumulate(cells_.begin(), cells_.end(), std::int64_t{0});
}

Classification classification(const ConfusionMatrix& confusion) {
  const auto total = static_cast<double>(confusion.total());
  if (total == 0) throw Error(ErrorKind::BadData, "no examples");
  Classification result;
  std::int64_t right = 0;
  int classes_in_labels = 0;
  int classes_in_use = 0;
  for (std::size_t c = 0; c < confusion.num_classes(); ++c) {
    const auto figures = class_figures(confusion, c);
    right += confusion.count(c, c);
    if (figures.support > 0) ++classes_in_labels;
    if (figures.support > 0 || figures.predicted > 0) ++classes_in_use;
    result.balanced_accuracy += figures.recall;
    result.f1_weighted += static_cast<double>(figures.support) * figures.f1;
    result.f1_macro += figures.f1;
    result.per_class.push_back(figures);
  }
  result.accuracy = static_cast<double>(right) / total;
  result.balanced_accuracy /= classes_in_labels;
  result.f1_weighted /= total;
  result.f1_macro /= classes_in_use;
  return result;
}

std::size_t arg_max(std::span<const double> values) {
  CT_INVARIANT(!values.empty(), "arg_max of nothing");
  if (std::ranges::any_of(values, [](double value) { return std::isnan(value); })) {
    throw Error(ErrorKind::BadData, "a class score is not a number (NaN)");
  }
  return static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
}

std::vector<double> softmax(std::span<const double> logits) {
  const double largest = *std::ranges::max_element(logits);
  std::vector<double> values;
  double sum = 0;
  for (const double logit : logits) sum += values.emplace_back(std::exp(logit - largest));
  for (double& value : values) value /= sum;
  return values;
}

void CalibrationError::add(double confidence, bool right) {
  CT_INVARIANT(confidence >= 0 && confidence <= 1, "a confidence is a probability");
  auto& bin = bins_[std::min(kBins - 1, static_cast<std::size_t>(kBins * confidence))];
  if (right) ++bin.right;
  bin.confidence.add(confidence);
  ++total_;
}

void CalibrationError::sum_over(comm::Communicator& comm) {
  std::vector<std::int64_t> right;
  for (const auto& bin : bins_) right.push_back(bin.right);
  right.push_back(total_);
  comm.all_reduce_sum(right).wait();
  total_ = right.back();
  for (std::size_t i = 0; i < kBins; ++i) {
    bins_[i].right = right[i];
    comm.all_reduce_sum(bins_[i].confidence.digits()).wait();
  }
}

double CalibrationError::value() const {
  if (total_ == 0) throw Error(ErrorKind::BadData, "no examples");
  double sum = 0;
  for (const auto& bin : bins_)
    sum += std::abs(static_cast<double>(bin.right) - bin.confidence.value());
  return sum / static_cast<double>(total_);
}

}  // namespace codectrace::metrics
