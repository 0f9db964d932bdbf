#include "model/batch_norm.h"

#include <algorithm>

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

/// Half types have too few digits for x − mean.
torch::ScalarType working_type(const torch::Tensor& x) {
  return x.scalar_type() == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32;
}

/// Σ over all but the channel, in double: then it doesn't matter how a batch is split over ranks.
torch::Tensor channel_sum(const torch::Tensor& x) {
  return x.sum(all_but_channel(x), /*keepdim=*/false, torch::kFloat64);
}

torch::Tensor over_ranks(torch::Tensor values, const SumOverRanks& sum) {
  sum(values);
  return values;
}

/// y = (x − mean) · rstd with mean and rstd of the batch of all ranks.
class NormaliseOverRanks : public torch::autograd::Function<NormaliseOverRanks> {
 public:
  /// @return  y in at least float32; and, without gradient, mean, biased variance [C] and count
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context,
                                                const torch::Tensor& x, const SumOverRanks& sum) {
    const auto channels = x.size(1);
    const auto type = working_type(x);
    const auto wide = x.to(type);
    const auto doubles = x.options().dtype(torch::kFloat64);
    const auto local_count = static_cast<double>(x.numel() / channels);

    // Squares around this rank's own mean: no cancellation. What means of ranks differ by comes on
    // top (Chan et al., 1979), so that one sum over ranks is enough; it cancels, but in double.
    const auto local_sum = channel_sum(wide);
    const auto local_mean = local_sum / std::max(local_count, 1.0);
    const auto centred = wide - along_channel(local_mean.to(type), x);
    const auto sums =
        over_ranks(torch::cat({local_sum, channel_sum(centred.square()), local_sum * local_mean,
                               torch::full({1}, local_count, doubles)}),
                   sum);
    const auto count = sums[3 * channels];
    const auto mean = sums.narrow(0, 0, channels) / count;
    const auto between =
        (sums.narrow(0, 2 * channels, channels) / count - mean.square()).clamp_min(0);
    const auto variance = sums.narrow(0, channels, channels) / count + between;

    const auto rstd = (variance + kEpsilon).rsqrt();
    const auto shift = (local_mean.to(type).to(torch::kFloat64) - mean) * rstd;
    const auto normalised =
        torch::addcmul(along_channel(shift.to(type), x), centred, along_channel(rstd.to(type), x));
    context->save_for_backward({normalised, rstd.to(type), count});
    context->saved_data["sum"] = reinterpret_cast<std::int64_t>(&sum);
    context->saved_data["type"] = static_cast<std::int64_t>(x.scalar_type());
    context->mark_non_differentiable({mean, variance, count});
    return {normalised, mean, variance, count};
  }

  /// dx = rstd · (dy − mean(dy) − y · mean(dy · y)), the means over the batch of all ranks.
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& sum = *reinterpret_cast<const SumOverRanks*>(context->saved_data["sum"].toInt());
    const auto type = static_cast<torch::ScalarType>(context->saved_data["type"].toInt());
    const auto& normalised = saved[0];
    const auto& gradient = gradients[0];
    const auto channels = normalised.size(1);

    const auto means =
        (over_ranks(torch::cat({channel_sum(gradient), channel_sum(gradient * normalised)}), sum) /
         saved[2])
            .to(normalised.scalar_type());
    const auto mean_gradient = along_channel(means.narrow(0, 0, channels), normalised);
    const auto mean_product = along_channel(means.narrow(0, channels, channels), normalised);
    const auto result = along_channel(saved[1], normalised) *
                        (gradient - mean_gradient - normalised * mean_product);
    return {result.to(type), torch::Tensor()};
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
  const auto y = parts[0] * along_channel(weight_, x) + along_channel(bias_, x);
  return y.to(x.scalar_type());
}

void BatchNormImpl::to(torch::Device device, torch::Dtype dtype, bool non_blocking) {
  Module::to(device, dtype, non_blocking);
  num_batches_tracked_.set_data(num_batches_tracked_.to(torch::kInt64));
}

void BatchNormImpl::to(torch::Dtype dtype, bool non_blocking) {
  Module::to(dtype, non_blocking);
  num_batches_tracked_.set_data(num_batches_tracked_.to(torch::kInt64));
}

void synchronise_batch_norms(torch::nn::Module& module, const SumOverRanks& sum) {
  for (const auto& child : module.modules()) {
    if (auto* norm = child->as<BatchNormImpl>()) norm->synchronise(sum);
  }
}

}  // namespace codectrace::model
