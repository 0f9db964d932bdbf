#include "train/augment/fir_filter.h"

#include <algorithm>

#include <torch/torch.h>

#include "core/error.h"

namespace codectrace::train {
namespace {

constexpr std::int64_t kBlock = 4096;  // MKL takes several threads from 8192 on
constexpr std::int64_t kMaxTaps = 2048;

/// A copy in a tensor, since LibTorch has no view of constant memory.
torch::Tensor tensor_of(std::span<const double> values) {
  auto tensor = torch::empty({std::ssize(values)}, torch::kFloat64);
  std::ranges::copy(values, tensor.data_ptr<double>());
  return tensor;
}

}  // namespace

std::vector<double> fir_filtered(std::span<const double> signal, std::span<const double> taps,
                                 std::size_t delay) {
  const c10::InferenceMode no_autograd;
  const auto count = std::ssize(taps);
  CT_INVARIANT(count > 0 && count <= kMaxTaps, "a filter of this length isn't provided for");
  const auto spectrum = torch::fft_rfft(tensor_of(taps), kBlock);
  const std::int64_t hop = kBlock - count + 1;  // what a block has beside the circle's overlap

  const auto size = std::ssize(signal);
  std::vector<double> output(signal.size());
  auto block = torch::empty({kBlock}, torch::kFloat64);
  for (std::int64_t done = 0; done < size; done += hop) {
    const std::int64_t first = done + static_cast<std::int64_t>(delay) - (count - 1);
    double* const input = block.data_ptr<double>();
    for (std::int64_t i = 0; i < kBlock; ++i) {
      const std::int64_t from = first + i;
      input[i] = from >= 0 && from < size ? signal[static_cast<std::size_t>(from)] : 0.0;
    }
    const auto filtered = torch::fft_irfft(torch::fft_rfft(block) * spectrum, kBlock);
    std::copy_n(filtered.data_ptr<double>() + count - 1, std::min(hop, size - done),
                output.begin() + done);
  }
  return output;
}

double largest_response(std::span<const double> taps, std::size_t count) {
  const c10::InferenceMode no_autograd;
  const auto frequencies = static_cast<std::int64_t>(count);
  CT_INVARIANT(std::ssize(taps) <= 2 * frequencies, "more taps than the transform has points");
  const auto response = torch::fft_rfft(tensor_of(taps), 2 * frequencies);
  return response.narrow(0, 0, frequencies).abs().max().item<double>();
}

}  // namespace codectrace::train
