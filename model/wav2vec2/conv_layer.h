#pragma once

#include <torch/torch.h>

#include "model/batch_norm.h"
#include "model/model_config.h"

namespace codectrace::model {

/// One convolution of the encoder's feature extractor, its norm over channels and GELU; named as
/// published: 0 the convolution, 2.1 the norm.
class ConvLayerImpl : public torch::nn::Module {
 public:
  /// @param in, index  channels of the input, and which of the config's convolutions it is
  ConvLayerImpl(const EncoderConfig& config, std::int64_t in, std::size_t index);

  /// [B, in, T] → [B, config.conv_output(index), F]
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::Tensor convolved(const torch::Tensor& x);
  torch::Tensor normalised(const torch::Tensor& y);

  bool energy_;
  bool by_frames_;
  std::int64_t stride_;
  torch::nn::Conv1d convolution_{nullptr};
  torch::nn::LayerNorm layer_norm_{nullptr};  // this or the other
  BatchNorm batch_norm_{nullptr};
};
TORCH_MODULE(ConvLayer);

}  // namespace codectrace::model
