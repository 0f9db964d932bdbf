#include "model/batch_norm.h"

#include <numeric>

namespace codectrace::model {
namespace {

constexpr double kEpsilon = 1e-5;
constexpr double kMomentum = 0.1;

std::vector<std::int64_t> all_but_channel(const torch::Tensor& x) {
  std::vector<std::int64_t> dims{0};
  for (std::int64_t dim = 2; dim < x.dim(); ++dim) dims.push_back(dim);
  return dims;
}

/// [C] → [1, C, 1, …] for `x`'s number of dimensions.
torch::Tensor along_channel(const torch::Tensor& per_channel, const torch::Tensor& x) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
  shape[1] = per_channel.numel();
  return per_channel.view(shape);
}

/// Sums over ranks in double: the statistics then don't depend on how the batch is split.
torch::Tensor summed(torch::Tensor values, const SumOverRanks& sum) {
  sum(values);
  return values;
}

/// y = (x − mean) · rstd with mean and rstd of the batch of all ranks.
class NormaliseOverRanks : public torch::autograd::Function<NormaliseOverRanks> {
 public:
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context,
                                                const torch::Tensor& x, const SumOverRanks& sum) {
    const auto dims = all_but_channel(x);
    const auto channels = x.size(1);
    const auto wide = x.to(torch::kFloat64);
    const auto local_count = static_cast<double>(x.numel() / std::max<std::int64_t>(channels, 1));

    // First the mean, then squares around it: no cancellation, whatever the offset.
    auto first = torch::cat({wide.sum(dims), torch::full({1}, local_count, wide.options())});
    first = summed(first, sum);
    const auto count = first[channels];
    const auto mean = first.narrow(0, 0, channels) / count;
    const auto centred = wide - along_channel(mean, x);
    const auto variance = summed(centred.square().sum(dims), sum) / count;

    const auto rstd = (variance + kEpsilon).rsqrt();
    const auto normalised = (centred * along_channel(rstd, x)).to(x.scalar_type());
    context->save_for_backward({normalised, rstd, count});
    context->saved_data["sum"] = reinterpret_cast<std::int64_t>(&sum);
    context->mark_non_differentiable({mean, variance, count});
    return {normalised, mean, variance, count};
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& sum = *reinterpret_cast<const SumOverRanks*>(context->saved_data["sum"].toInt());
    const auto& x = saved[0];
    const auto normalised = x.to(torch::kFloat64);
    const auto gradient = gradients[0].to(torch::kFloat64);
    const auto dims = all_but_channel(x);
    const auto channels = x.size(1);

    auto sums = torch::cat({gradient.sum(dims), (gradient * normalised).sum(dims)});
    sums = summed(sums, sum) / saved[2];
    const auto mean_gradient = along_channel(sums.narrow(0, 0, channels), x);
    const auto mean_product = along_channel(sums.narrow(0, channels, channels), x);
    const auto result =
        along_channel(saved[1], x) * (gradient - mean_gradient - normalised * mean_product);
    return {result.to(x.scalar_type()), torch::Tensor()};
  }
};

}  // namespace

BatchNormImpl::BatchNormImpl(std::int64_t channels) {
  weight_ = register_parameter("weight", torch::ones({channels}));
  bias_ = register_parameter("bias", torch::zeros({channels}));
  running_mean_ = register_buffer("running_mean", torch::zeros({channels}));
  running_var_ = register_buffer("running_var", torch::ones({channels}));
  num_batches_tracked_ = register_buffer("num_batches_tracked", torch::zeros({}, torch::kInt64));
}

torch::Tensor BatchNormImpl::forward(const torch::Tensor& x) {
  if (is_training()) num_batches_tracked_.add_(1);
  if (!is_training() || !sum_) {
    return torch::batch_norm(x, weight_, bias_, running_mean_, running_var_, is_training(),
                             kMomentum, kEpsilon,
                             /*cudnn_enabled=*/true);
  }
  const auto parts = NormaliseOverRanks::apply(x, sum_);
  {
    const torch::NoGradGuard no_grad;
    const auto& count = parts[3];
    const auto unbiased = parts[2] * (count / (count - 1));
    running_mean_.lerp_(parts[1].to(running_mean_.scalar_type()), kMomentum);
    running_var_.lerp_(unbiased.to(running_var_.scalar_type()), kMomentum);
  }
  return parts[0] * along_channel(weight_, x) + along_channel(bias_, x);
}

void synchronise_batch_norms(torch::nn::Module& module, const SumOverRanks& sum) {
  for (const auto& child : module.modules()) {
    if (auto* norm = child->as<BatchNormImpl>()) norm->synchronise(sum);
  }
}

}  // namespace codectrace::model
