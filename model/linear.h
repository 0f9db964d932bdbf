#pragma once

#include <torch/torch.h>

namespace codectrace::model {

/// x·Wᵀ + b with gradients of all three, [..., in] → [..., out]; torch::linear, autocast included.
/// @param bias  undefined: none; then torch::linear, too
///
/// On a CPU, float32 and bfloat16 products go to oneDNN, which reaches more of the machine than the
/// BLAS behind torch::linear (docs/decisions/0003-onednn-for-dense-layers.md); anything else is
/// torch::linear itself.
[[nodiscard]] torch::Tensor linear(const torch::Tensor& x, const torch::Tensor& weight,
                                   const torch::Tensor& bias);

/// torch::nn::Linear by linear(). In eval mode without gradients it keeps its weights in the type
/// and layout that products take, until they change or training goes on: as much memory again, half
/// of it for bfloat16. (What writes to a weight behind LibTorch's back isn't noticed.)
class LinearImpl : public torch::nn::LinearImpl {
 public:
  enum class Activation { None, Gelu };  ///< GELU by the error function
  enum class Bias { With, Without };

  LinearImpl(std::int64_t in, std::int64_t out, Bias with_bias = Bias::With)
      : torch::nn::LinearImpl(torch::nn::LinearOptions(in, out).bias(with_bias == Bias::With)) {}

  /// [..., in] → [..., out]
  torch::Tensor forward(const torch::Tensor& x, Activation activation = Activation::None);
  void train(bool on = true) override;

 protected:
  FORWARD_HAS_DEFAULT_ARGS({1, torch::nn::AnyValue(Activation::None)})

 private:
  struct Prepared {
    torch::Tensor source;  // what was prepared; held, so that its memory doesn't become another's
    std::int64_t version = 0;
    std::int64_t bias_version = 0;
    torch::Tensor weight;  // undefined: nothing is prepared
    torch::Tensor bias;
  };
  [[nodiscard]] torch::Tensor without_gradient(const torch::Tensor& x, Activation activation);
  [[nodiscard]] bool is_prepared(torch::ScalarType type) const;
  void prepare(torch::ScalarType type, std::int64_t rows);

  Prepared prepared_;
};
TORCH_MODULE(Linear);

/// A linear layer that starts Xavier uniform, its bias zero.
[[nodiscard]] Linear xavier_linear(std::int64_t in, std::int64_t out);

/// second(GELU(first(x))). Of the hidden layer, backward keeps what GELU took and computes what it
/// gave again: together they would be the largest activations of a transformer.
[[nodiscard]] torch::Tensor feed_forward(const torch::Tensor& x, Linear& first, Linear& second);

}  // namespace codectrace::model
