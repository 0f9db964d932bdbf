#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>
#include <string_view>
#include <vector>

#include <torch/torch.h>

/// Weights and waveforms that are pure functions of a seed and a name, for comparison with the
/// reference's results on the same: nothing large has to be stored.
namespace codectrace::test {

inline constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ULL;

/// 64-bit FNV-1a.
inline std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return hash;
}

/// splitmix64's output function.
inline std::uint64_t mixed(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

/// `n` values in [-1, 1), 24 bits each.
inline torch::Tensor made_uniform(std::uint64_t seed, std::string_view name, std::int64_t n) {
  auto values = torch::empty({n});
  auto* const value = values.data_ptr<float>();
  std::uint64_t state = fnv1a(name) + seed * kGolden;
  for (std::int64_t i = 0; i < n; ++i) {
    state += kGolden;
    value[i] = static_cast<float>(mixed(state) >> 40) * 0x1p-23F - 1.0F;
  }
  return values;
}

/// The weight called `name`, scaled by what it is so that activations keep their size.
inline torch::Tensor made_weight(std::uint64_t seed, const std::string& name,
                                 const torch::Tensor& like) {
  const auto leaf = name.substr(name.rfind('.') + 1);
  if (leaf == "num_batches_tracked") return torch::ones_like(like);
  const auto r = made_uniform(seed, name, like.numel()).view(like.sizes());
  if (leaf == "running_var") return 1 + 0.5F * r;
  if (leaf == "running_mean") return 0.1F * r;
  if (leaf == "weight_g") return 2 * (1 + 0.1F * r);
  if (leaf == "bias" || leaf.ends_with("_bias")) return 0.05F * r;
  if (leaf == "weight" && like.dim() == 1) return 1 + 0.1F * r;
  std::int64_t fan_in = like.dim() > 1 ? like.numel() / like.size(0) : 1;
  if (fan_in == 1) fan_in = like.size(0);
  return static_cast<float>(std::sqrt(3.0 / static_cast<double>(fan_in))) * r;
}

/// A gliding harmonic tone with a syllable-like envelope, plus noise; [samples], 16 kHz.
inline torch::Tensor made_waveform(std::uint64_t seed, std::int64_t samples) {
  const auto parameters = made_uniform(seed, "wave.parameters", 16).to(torch::kFloat64);
  const auto p = [&](std::int64_t i) { return parameters[i].item<double>(); };
  constexpr double kPi = std::numbers::pi;
  const auto t = torch::arange(samples, torch::kFloat64) / 16000.0;
  const auto glide = 8.0 * torch::sin(2 * kPi * (0.7 + 0.3 * p(1)) * t);
  const auto phase = 2 * kPi * ((140.0 + 60.0 * p(0)) * t + glide);
  const auto envelope = 0.55 + 0.45 * torch::sin(2 * kPi * (3.0 + p(2)) * t + kPi * p(3));
  auto tone = torch::zeros_like(t);
  for (int h = 1; h <= 10; ++h) {
    tone += (1.0 + 0.5 * p(3 + h)) / h * torch::sin(h * phase + kPi * p(4 + h));
  }
  const auto noise = made_uniform(seed, "wave.noise", samples).to(torch::kFloat64);
  return (0.15 * envelope * tone + 0.01 * noise).to(torch::kFloat32);
}

/// Cut, or repeated end to end and cut.
inline torch::Tensor of_length(const torch::Tensor& waveform, std::int64_t samples) {
  const auto times = (samples + waveform.numel() - 1) / waveform.numel();
  return waveform.repeat({times}).narrow(0, 0, samples);
}

}  // namespace codectrace::test
