#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <torch/torch.h>

#include "core/config.h"
#include "model/weights/safetensors.h"

namespace codectrace::train {

enum class OptimizerKind { Adam, AdamW };
inline constexpr auto enum_names(OptimizerKind) {
  return std::array<config::EnumName<OptimizerKind>, 2>{
      {{OptimizerKind::Adam, "adam"}, {OptimizerKind::AdamW, "adamw"}}};
}

/// [optimizer]; the defaults are the reference's.
struct OptimizerConfig {
  OptimizerKind kind = OptimizerKind::Adam;
  double lr = 1e-6;
  double weight_decay = 1e-4;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double encoder_lr_factor = 1.0;
  double loss_lr = 0.0;
  std::int64_t encoder_frozen_epochs = 0;
  std::vector<std::string> frozen;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("kind", self.kind, config::any(), "adam: decay is an L2 term; adamw: decoupled");
    visit("lr", self.lr, config::above(0), "peak learning rate");
    visit("weight_decay", self.weight_decay, config::at_least(0), "of all parameters; see loss_lr");
    visit("beta1", self.beta1, config::half_open(0, 1), "decay of the mean of gradients");
    visit("beta2", self.beta2, config::half_open(0, 1), "decay of the mean of squared gradients");
    visit("eps", self.eps, config::above(0), "added to the root of the squared mean");
    visit("encoder_lr_factor", self.encoder_lr_factor, config::at_least(0),
          "learning rate of the self-supervised encoder, as a multiple of lr; 0 freezes it");
    visit("loss_lr", self.loss_lr, config::at_least(0),
          "peak learning rate of the loss's own parameters (loss.task_weighting), which then have "
          "no decay; 0: they are as all others");
    visit(
        "encoder_frozen_epochs", self.encoder_frozen_epochs, config::at_least(0),
        "first epochs in which the self-supervised encoder stays as it is, and costs no backward");
    visit("frozen", self.frozen, config::any(),
          "beginnings of names of parameters that stay as they are");
  }
};

/// What the names of the loss's own parameters begin with.
inline constexpr std::string_view kLossPrefix = "loss.";

/// Parameters whose names begin so get no gradient.
/// @throws Error(Usage) if there are none with such a name
void freeze(torch::nn::Module& network, const std::vector<std::string>& prefixes);

/// Adam (arXiv:1412.6980, decay added to the gradient as g + λθ) and AdamW (arXiv:1711.05101)
/// through LibTorch's fused kernels: one pass over the parameters on CPU and CUDA.
///
/// A parameter that has no gradient in a step is left alone, decay and moments included, as in the
/// reference's framework: networks carry parameters that training doesn't use.
class Optimizer {
 public:
  /// @param encoder_prefix  parameters whose name begins so get the encoder's learning rate
  Optimizer(std::vector<model::NamedTensor> parameters, const OptimizerConfig& config,
            const std::string& encoder_prefix);

  /// @param lr_factor  of the schedule, multiplies every group's rate
  void step(double lr_factor);
  /// Gradients become undefined.
  void zero_grad();

  /// Euclidean norm of all gradients together; with `limit` > 0 they are scaled down to it.
  double clip_gradients(double limit);

  [[nodiscard]] const std::vector<model::NamedTensor>& parameters() const { return parameters_; }

  /// Whether backward brings gradients for the encoder; where not, steps leave it alone.
  void train_encoder(bool on);

  /// "NAME.exp_avg", "NAME.exp_avg_sq", "NAME.step"; shares memory with the state.
  [[nodiscard]] std::map<std::string, torch::Tensor> state() const;
  /// @throws Error(BadData) naming what is missing, unexpected or of another shape
  void load_state(const std::map<std::string, torch::Tensor>& state);

 private:
  struct Moments {
    torch::Tensor mean;
    torch::Tensor mean_of_squares;
    torch::Tensor steps;  ///< float32 scalar, what the fused kernels take
  };
  struct Group {
    double lr = 0;  ///< peak rate; 0: isn't trained
    double weight_decay = 0;
    std::vector<std::size_t> members;  ///< parameter numbers
  };
  void step_group(const Group& group, double lr_factor);

  std::vector<model::NamedTensor> parameters_;
  std::vector<Moments> moments_;
  OptimizerConfig config_;
  std::vector<Group> groups_;
};

}  // namespace codectrace::train
