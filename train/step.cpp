#include "train/step.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/random.h"
#include "model/autocast.h"
#include "train/tensor_buffer.h"

namespace codectrace::train {
namespace {

using Clock = std::chrono::steady_clock;

/// Seconds since the last call.
class Stopwatch {
 public:
  double lap() {
    const auto now = Clock::now();
    return std::chrono::duration<double>(now - std::exchange(begun_, now)).count();
  }

 private:
  Clock::time_point begun_ = Clock::now();
};

std::vector<torch::Tensor> tensors_of(const std::vector<model::NamedTensor>& parameters) {
  std::vector<torch::Tensor> tensors;
  for (const model::NamedTensor& parameter : parameters) tensors.push_back(parameter.tensor);
  return tensors;
}

/// Of batch norm: a forward changes them before it is known whether the step counts.
class KeptStatistics {
 public:
  explicit KeptStatistics(std::vector<torch::Tensor> buffers) : buffers_(std::move(buffers)) {
    for (const torch::Tensor& buffer : buffers_) kept_.push_back(buffer.clone());
  }
  void restore() {
    const torch::NoGradGuard no_grad;
    for (std::size_t i = 0; i < buffers_.size(); ++i) buffers_[i].copy_(kept_[i]);
  }

 private:
  std::vector<torch::Tensor> buffers_;
  std::vector<torch::Tensor> kept_;
};

bool all_finite(const torch::Tensor& values) { return torch::isfinite(values).all().item<bool>(); }

}  // namespace

std::vector<model::NamedTensor> trained_parameters(const model::Network& network,
                                                   const WeightedLoss& loss) {
  std::vector<model::NamedTensor> parameters;
  for (const auto& item : network.named_parameters()) {
    if (item.value().requires_grad()) parameters.push_back({item.key(), item.value()});
  }
  for (const auto& item : loss->named_parameters()) {
    parameters.push_back({fmt::format("{}{}", kLossPrefix, item.key()), item.value()});
  }
  return parameters;
}

TrainingStep::TrainingStep(model::Network& network, WeightedLoss loss, Optimizer& optimizer,
                           comm::Communicator& comm, const StepOptions& options)
    : network_(network),
      loss_(std::move(loss)),
      optimizer_(optimizer),
      comm_(comm),
      options_(options),
      buckets_(tensors_of(optimizer.parameters()), comm, options.buckets, options.compression) {
  if (comm_.size() > 1) {
    network_.synchronise_batch_norm([this](torch::Tensor& statistics) {
      Stopwatch watch;
      const double under_way =
          comm_.all_reduce(tensor_buffer(statistics), comm::Reduce::Sum).wait();
      const double waited = watch.lap();
      norm_waits_.all_s += waited;
      norm_waits_.queued_s += waited - under_way;
    });
  }
}

TrainingStep::~TrainingStep() {
  if (comm_.size() > 1) network_.synchronise_batch_norm({});
}

StepReport TrainingStep::run(std::uint64_t step, double lr_factor,
                             std::span<const Batch> micro_batches,
                             const std::function<std::string(std::uint64_t)>& name_of) {
  StepReport report;
  const bool skips = options_.on_bad_loss == OnBadLoss::Skip;
  KeptStatistics statistics(skips ? network_.buffers() : std::vector<torch::Tensor>());
  network_.train();
  optimizer_.zero_grad();
  torch::manual_seed(
      CounterRandom(options_.seed, "dropout", step, static_cast<std::uint64_t>(comm_.rank()))
          .bits(0));
  model::set_gpu_products(options_.precision);
  const torch::Tensor mine = make_gradients(micro_batches, report.times);

  Stopwatch watch;
  const bool mine_finite = all_finite(mine);
  torch::Tensor sums = mine.clone();
  comm_.all_reduce(tensor_buffer(sums), comm::Reduce::Sum).wait();
  bool finite = all_finite(sums);
  if (finite && (options_.clip_norm > 0 || skips)) {
    report.gradient_norm = optimizer_.clip_gradients(options_.clip_norm);
    finite = std::isfinite(report.gradient_norm);
  }
  if (!finite) {
    report.skipped = fmt::format("step {}: {}", step + 1,
                                 what_is_not_finite(mine_finite, micro_batches, name_of));
    if (!skips) {
      throw Error(ErrorKind::BadData,
                  fmt::format("{}. A lower optimizer.lr, a warm-up or train.clip_norm may help; if "
                              "the last checkpoint leads here again, give --resume an earlier one "
                              "and another --out, or set train.on_bad_loss=skip",
                              report.skipped));
    }
    statistics.restore();
    return report;
  }

  report.loss = sums[0].item<double>();
  for (std::int64_t k = 1; k < sums.size(0); ++k) report.by_term.push_back(sums[k].item<double>());
  optimizer_.step(lr_factor);
  report.times.optimizer_s = watch.lap();
  return report;
}

torch::Tensor TrainingStep::make_gradients(std::span<const Batch> micro_batches, StepTimes& times) {
  const torch::Tensor weight_sums = global_weight_sums(micro_batches);
  torch::Tensor losses;
  NormWaits waits;  // of the latest lap
  Stopwatch watch;
  const auto lap = [&](double& computed_s) {
    waits = std::exchange(norm_waits_, NormWaits());
    computed_s += watch.lap() - waits.all_s;
    times.communication_s += waits.all_s;
  };
  for (std::size_t i = 0; i < micro_batches.size(); ++i) {
    const Batch& batch = micro_batches[i];
    const bool last = i + 1 == micro_batches.size();
    const auto targets = batch.targets.to(options_.device, /*non_blocking=*/true);  // [b, heads]
    BatchLoss loss = loss_->forward(forward(batch), targets, weight_sums);
    if (last && comm_.is_root()) loss.total = loss.total + loss_->penalty();  // once a step
    const auto parts =
        torch::cat({loss.total.detach().reshape({1}), loss.by_term}).to(torch::kFloat64);
    losses = losses.defined() ? losses + parts : parts;
    lap(times.forward_s);
    buckets_.backward(loss.total, last ? GradientBuckets::LastMicroBatch::Yes
                                       : GradientBuckets::LastMicroBatch::No);
    if (last) losses = losses.cpu();
    lap(times.backward_s);
  }
  const double under_way = buckets_.finish();
  const double waited = watch.lap();
  if (comm_.size() > 1) times.communication_s += waited;
  // Batch norm's sums queue behind the buckets that have started, and computing waits for them.
  times.hidden_communication_s = std::max(0.0, under_way - waited - waits.queued_s);
  return losses;
}

model::Output TrainingStep::forward(const Batch& batch) {
  const auto type = network_.parameters().front().scalar_type();
  model::Input input;
  input.waveform = batch.waveform.to(options_.device, type, /*non_blocking=*/true);  // [b, T]
  input.drawing = model::Drawing::Masks;
  input.seeds = batch.mask_seeds;
  if (batch.features.defined()) {
    input.features = batch.features.to(options_.device, type, /*non_blocking=*/true);  // [b, …]
  }
  const model::AutocastScope autocast(options_.precision, options_.device.type());
  return network_.forward(input);
}

torch::Tensor TrainingStep::global_weight_sums(std::span<const Batch> micro_batches) {
  torch::Tensor sums;
  for (const Batch& batch : micro_batches) {
    const torch::Tensor part = loss_->weight_sums(batch.targets);
    sums = sums.defined() ? sums + part : part;
  }
  comm_.all_reduce(tensor_buffer(sums), comm::Reduce::Sum).wait();
  return sums;
}

std::string TrainingStep::what_is_not_finite(
    bool mine_finite, std::span<const Batch> micro_batches,
    const std::function<std::string(std::uint64_t)>& name_of) {
  std::string mine;
  if (!mine_finite) {
    for (const Batch& batch : micro_batches) {
      for (const std::uint64_t utterance : batch.utterances)
        mine.append(" ").append(name_of(utterance));
    }
  }
  std::string all;
  const auto texts = comm_.gathered_texts(mine);
  for (std::size_t rank = 0; rank < texts.size(); ++rank) {
    if (!texts[rank].empty()) all += fmt::format("; rank {}:{}", rank, texts[rank]);
  }
  return fmt::format("{} not finite{}", all.empty() ? "the gradients are" : "the loss is", all);
}

}  // namespace codectrace::train
