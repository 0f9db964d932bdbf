#include "model/scorer.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "model/autocast.h"

namespace codectrace::model {
namespace {

/// Utterances that go through the network together on a CPU: more aren't faster, and the first
/// convolution alone makes 26 MB of each.
constexpr std::int64_t kAtOnceOnCpu = 4;

Input part_of(const Input& whole, std::int64_t begin, std::int64_t end,
              const torch::TensorOptions& options) {
  Input part;
  part.waveform = whole.waveform.slice(0, begin, end).to(options);
  part.drawing = whole.drawing;
  if (!whole.seeds.empty())
    part.seeds.assign(whole.seeds.begin() + begin, whole.seeds.begin() + end);
  if (whole.features.defined()) part.features = whole.features.slice(0, begin, end).to(options);
  return part;
}

/// The parts' rows one after the other, float32 on the host.
Output joined(const std::vector<Output>& parts) {
  const auto rows_of = [&](const auto& tensor_of) {
    std::vector<torch::Tensor> rows;
    for (const Output& part : parts) rows.push_back(tensor_of(part));
    return torch::cat(rows).to(torch::kCPU, torch::kFloat32).contiguous();
  };
  Output whole;
  for (std::size_t head = 0; head < parts.front().logits.size(); ++head) {
    whole.logits.push_back(rows_of([&](const Output& part) { return part.logits[head]; }));
  }
  if (parts.front().reconstruction_errors.defined()) {
    whole.reconstruction_errors =
        rows_of([](const Output& part) { return part.reconstruction_errors; });
  }
  return whole;
}

/// ln Σ exp, without overflow.
double log_sum_exp(std::span<const double> values) {
  const double largest = std::ranges::max(values);
  double sum = 0;
  for (const double value : values) sum += std::exp(value - largest);
  return largest + std::log(sum);
}

/// ln of the probability mass of all classes but `left_out`.
double log_mass_without(std::span<const float> logits, std::size_t left_out) {
  std::vector<double> all(logits.begin(), logits.end());
  const double total = log_sum_exp(all);
  all.erase(all.begin() + static_cast<std::ptrdiff_t>(left_out));
  return log_sum_exp(all) - total;
}

/// ln(1 − e^x) for x < 0, accurate near 0 and far from it.
double log_one_minus_exp(double x) {
  return x > -0.6931471805599453 ? std::log(-std::expm1(x)) : std::log1p(-std::exp(x));
}

}  // namespace

std::vector<torch::Tensor> logits_of(Network& network, const torch::Tensor& waveform,
                                     Precision precision) {
  Input input;
  input.waveform = waveform;
  return answer_of(network, input, precision).logits;
}

Output answer_of(Network& network, const Input& input, Precision precision) {
  const torch::InferenceMode inference;
  network.eval();
  set_gpu_products(precision);
  const auto weight = network.parameters().front();
  const std::int64_t rows = input.waveform.size(0);
  const auto step = weight.is_cpu() ? kAtOnceOnCpu : std::max<std::int64_t>(rows, 1);
  std::vector<Output> parts;
  {
    const AutocastScope autocast(precision, weight.device().type());
    for (std::int64_t begin = 0; begin < rows; begin += step) {
      const auto part = part_of(input, begin, std::min(begin + step, rows), weight.options());
      parts.push_back(network.forward(part));
    }
  }
  return joined(parts);
}

Score detection_score(const std::vector<Head>& heads,
                      const std::vector<std::span<const float>>& logits) {
  double log_spoof = 0;
  const auto binary = std::ranges::find(heads, "BIN", &Head::task);
  if (binary != heads.end()) {
    const auto bonafide = std::ranges::find(binary->classes, "bonafide");
    CT_INVARIANT(bonafide != binary->classes.end(), "a BIN head without bonafide");
    log_spoof = log_mass_without(logits[static_cast<std::size_t>(binary - heads.begin())],
                                 static_cast<std::size_t>(bonafide - binary->classes.begin()));
  } else {
    for (const auto& head : logits)
      log_spoof += log_mass_without(head, 0) / static_cast<double>(heads.size());
  }
  // Spoof mass that rounds to 1 leaves no bona fide mass to take a logarithm of: the smallest there
  // is.
  const double log_bonafide =
      log_one_minus_exp(std::min(log_spoof, -std::numeric_limits<double>::min()));
  return {.probability = std::exp(log_bonafide), .llr = log_bonafide - log_spoof};
}

std::vector<double> softmax(std::span<const float> logits) {
  const double largest = std::ranges::max(logits);
  std::vector<double> probabilities;
  double sum = 0;
  for (const double logit : logits) sum += probabilities.emplace_back(std::exp(logit - largest));
  for (double& probability : probabilities) probability /= sum;
  return probabilities;
}

}  // namespace codectrace::model
