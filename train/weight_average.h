#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "model/weights/tensors.h"

namespace codectrace::train {

/// An exponential moving average of a network's weights over steps, which often answers better than
/// the last ones (Polyak and Juditsky, 1992, as TensorFlow's ExponentialMovingAverage has it):
/// after step t the average is d·average + (1 − d)·weights, d = min(decay, (1 + t) / (10 + t)), so
/// that it forgets where it began.
class WeightAverage {
 public:
  /// Begins as the weights are. @param decay  in (0, 1)
  WeightAverage(std::vector<model::NamedTensor> weights, double decay);

  /// @param step  steps done, from 1
  void update(std::uint64_t step);

  /// While it lives, the network has the average as its weights.
  class InPlace {
   public:
    /// @param average  nullptr: there is none, and the weights stay
    explicit InPlace(WeightAverage* average) : average_(average) { swap(); }
    InPlace(const InPlace&) = delete;
    InPlace& operator=(const InPlace&) = delete;
    ~InPlace() { swap(); }

   private:
    void swap() {
      if (average_ != nullptr) average_->swap();
    }

    WeightAverage* average_;
  };

  /// By name what the network doesn't have at the moment: in place, the trained weights. Shares
  /// memory.
  [[nodiscard]] const std::vector<model::NamedTensor>& set_aside() const { return aside_; }

 private:
  void swap();

  std::vector<model::NamedTensor> weights_;
  std::vector<model::NamedTensor> aside_;
  double decay_;
};

}  // namespace codectrace::train
