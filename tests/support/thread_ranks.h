#pragma once

#include <barrier>
#include <functional>
#include <thread>
#include <vector>

#include <torch/torch.h>

#include "model/network.h"

namespace codectrace::test {

/// Runs `body` once a rank, each on a thread, with a sum over these ranks.
inline void on_thread_ranks(int ranks,
                            const std::function<void(int, const model::SumOverRanks&)>& body) {
  std::barrier barrier(ranks);
  std::vector<torch::Tensor> brought(static_cast<std::size_t>(ranks));
  const auto run = [&](int rank) {
    const model::SumOverRanks sum = [&, rank](torch::Tensor& values) {
      brought[static_cast<std::size_t>(rank)] = values;
      barrier.arrive_and_wait();
      auto total = brought[0].clone();
      for (std::size_t i = 1; i < brought.size(); ++i) total += brought[i];
      barrier.arrive_and_wait();
      const torch::NoGradGuard no_grad;
      values.copy_(total);
    };
    body(rank, sum);
  };
  std::vector<std::jthread> threads;
  for (int rank = 0; rank < ranks; ++rank) threads.emplace_back(run, rank);
}

}  // namespace codectrace::test
