#pragma once

#include <torch/torch.h>

#include "model/batch_norm.h"
#include "model/linear.h"
#include "model/model_config.h"

namespace codectrace::model {

/// One residual block of the two-dimensional encoder.
///
/// As published: convolutions see the block's raw input; `bn1` (all blocks but the first) is
/// computed and dropped, so it learns nothing, but its running statistics move in training and are
/// part of the weights.
class ResidualBlockImpl : public torch::nn::Module {
 public:
  ResidualBlockImpl(std::int64_t in, std::int64_t out, bool is_first);
  /// [B, in, H, W] → [B, out, H, W]
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::nn::Conv2d conv1_{nullptr}, conv2_{nullptr}, conv_downsample_{nullptr};
  BatchNorm bn1_{nullptr}, bn2_{nullptr};
};
TORCH_MODULE(ResidualBlock);

/// What the branches share: features and the attention over them.
struct SharedFeatures {
  torch::Tensor x;          ///< [B, C, frequency, time]
  torch::Tensor attention;  ///< the same shape
};

/// Registers the layers between the front end and the branches in `owner`, whose direct members
/// they are in the published weights: LL, first_bn, encoder, first_bn1, attention.
class AasistBackend {
 public:
  AasistBackend(torch::nn::Module& owner, std::int64_t frame_dim, const BackendConfig& config);
  /// [B, F, frame_dim] → features with frequency = projection / 3, time = F / 3
  SharedFeatures forward(const torch::Tensor& frames);

 private:
  Linear LL_{nullptr};
  BatchNorm first_bn_{nullptr}, first_bn1_{nullptr};
  std::vector<ResidualBlock> blocks_;
  torch::nn::Conv2d attention_in_{nullptr}, attention_out_{nullptr};
  BatchNorm attention_bn_{nullptr};
};

/// Max pooling in front of the encoder: kernel and stride, both axes.
inline constexpr std::int64_t kPool = 3;

}  // namespace codectrace::model
