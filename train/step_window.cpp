#include "train/step_window.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "train/peak_memory.h"

namespace codectrace::train {
namespace {

void add_weights(const WeightedLossImpl& loss, std::vector<Scalar>& scalars) {
  const torch::Tensor weights = loss.term_weights().detach().to(torch::kCPU, torch::kFloat64);
  for (std::size_t k = 0; k < loss.terms().size(); ++k) {
    scalars.push_back({fmt::format("weight_{}", loss.terms()[k]),
                       weights[static_cast<std::int64_t>(k)].item<double>()});
  }
}

}  // namespace

void StepWindow::add(const StepReport& report, double waited_for_data_s, double whole_step_s) {
  ++steps_;
  add_losses(report);
  data_s_ += waited_for_data_s;
  whole_s_ += whole_step_s;
  times_.forward_s += report.times.forward_s;
  times_.backward_s += report.times.backward_s;
  times_.communication_s += report.times.communication_s;
  times_.hidden_communication_s += report.times.hidden_communication_s;
  times_.optimizer_s += report.times.optimizer_s;
}

void StepWindow::add_losses(const StepReport& report) {
  if (!report.skipped.empty()) {
    ++skipped_;
    return;
  }
  loss_ += report.loss;
  by_term_.resize(report.by_term.size());
  for (std::size_t k = 0; k < by_term_.size(); ++k) by_term_[k] += report.by_term[k];
  gradient_norm_ += report.gradient_norm;
}

std::vector<Scalar> StepWindow::take(const WeightedLoss& loss, double lr, std::int64_t batch_size) {
  const StepWindow window = std::exchange(*this, StepWindow());
  const auto steps = static_cast<double>(window.steps_);
  const double time = std::max(window.whole_s_, 1e-9);
  const auto counted = static_cast<double>(window.steps_ - window.skipped_);
  std::vector<Scalar> scalars{{"loss", window.loss_ / counted}};  // not a number if there is none
  const auto& terms = loss->terms();
  for (std::size_t k = 0; k < terms.size(); ++k) {
    scalars.push_back({fmt::format("loss_{}", terms[k]),
                       window.by_term_.empty() ? NAN : window.by_term_[k] / counted});
  }
  if (loss->weighting() != TaskWeighting::Fixed) add_weights(*loss, scalars);
  scalars.push_back({"lr", lr});
  if (window.gradient_norm_ > 0) scalars.push_back({"grad_norm", window.gradient_norm_ / counted});
  scalars.push_back({"utterances_per_s", steps * static_cast<double>(batch_size) / time});
  scalars.push_back({"step_s", window.whole_s_ / steps});
  scalars.push_back({"data_s", window.data_s_ / steps});
  scalars.push_back({"forward_s", window.times_.forward_s / steps});
  scalars.push_back({"backward_s", window.times_.backward_s / steps});
  scalars.push_back({"communication_s", window.times_.communication_s / steps});
  scalars.push_back({"optimizer_s", window.times_.optimizer_s / steps});
  scalars.push_back({"data_share", window.data_s_ / time});
  const auto device = loss->term_weights().device();
  const double waited = window.times_.communication_s;
  if (waited > 0 && !device.is_cuda()) {
    const double hidden = window.times_.hidden_communication_s;
    scalars.push_back({"hidden_communication_share", hidden / (hidden + waited)});
  }
  if (window.skipped_ > 0) {
    scalars.push_back({"skipped_steps", static_cast<double>(window.skipped_)});
  }
  scalars.push_back({"peak_memory_mib", peak_memory_mib()});
  if (device.is_cuda()) {
    scalars.push_back({"peak_gpu_memory_mib", peak_gpu_memory_mib(device)});
  }
  return scalars;
}

}  // namespace codectrace::train
