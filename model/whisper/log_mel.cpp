#include "model/whisper/log_mel.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include <ATen/autocast_mode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"

namespace codectrace::model {
namespace {

constexpr std::int64_t kBins = LogMel::kWindow / 2 + 1;
constexpr std::int64_t kReflected = LogMel::kWindow / 2;  // samples, so that frame 0 is centred
constexpr double kHzPerBin = 16000.0 / LogMel::kWindow;
constexpr double kHighestHz = 8000;
constexpr double kQuietest = 1e-10;  // power
constexpr double kRange = 8;         // below the largest log10

// Slaney's scale: linear up to 1000 Hz, which are 15 mel, 27 steps of a factor's 6.4 from there.
constexpr double kHzPerMel = 200.0 / 3;
constexpr double kBreakHz = 1000;
constexpr double kBreakMel = kBreakHz / kHzPerMel;
const double kLogStep = std::log(6.4) / 27;

double mel_of(double hz) {
  return hz < kBreakHz ? hz / kHzPerMel : kBreakMel + std::log(hz / kBreakHz) / kLogStep;
}

double hz_of(double mel) {
  return mel < kBreakMel ? mel * kHzPerMel : kBreakHz * std::exp(kLogStep * (mel - kBreakMel));
}

/// Float64 keeps its precision; anything else is taken as float32.
torch::Tensor computed_in(const torch::Tensor& waveform) {
  return waveform.scalar_type() == torch::kFloat64 ? waveform : waveform.to(torch::kFloat32);
}

}  // namespace

torch::Tensor mel_filters(std::int64_t mels) {
  std::vector<double> corners;
  for (std::int64_t i = 0; i < mels + 2; ++i) {
    corners.push_back(
        hz_of(mel_of(kHighestHz) * static_cast<double>(i) / static_cast<double>(mels + 1)));
  }
  const auto hz = torch::arange(kBins, torch::kFloat64) * kHzPerBin;
  std::vector<torch::Tensor> filters;
  for (std::size_t i = 0; i + 2 < corners.size(); ++i) {
    const auto rising = (hz - corners[i]) / (corners[i + 1] - corners[i]);
    const auto falling = (corners[i + 2] - hz) / (corners[i + 2] - corners[i + 1]);
    const double height = 2 / (corners[i + 2] - corners[i]);
    filters.push_back(torch::minimum(rising, falling).clamp_min(0) * height);
  }
  return torch::stack(filters, 1).to(torch::kFloat32);
}

LogMel::LogMel(std::int64_t mels, std::int64_t frames)
    : frames_(frames),
      window_((0.5 - 0.5 * torch::cos(2 * std::numbers::pi / kWindow *
                                      torch::arange(kWindow, torch::kFloat64)))
                  .to(torch::kFloat32)),
      filters_(mel_filters(mels)) {}

std::int64_t LogMel::frames_with_sound(std::int64_t samples) const {
  return std::min(frames_, (samples + kReflected + kHop - 1) / kHop);
}

torch::Tensor LogMel::power(const torch::Tensor& waveform) const {
  const auto longest = frames_ * kHop;
  if (waveform.dim() != 2 || waveform.size(1) < 1 || waveform.size(1) > longest) {
    throw Error(ErrorKind::Usage,
                fmt::format("a waveform of shape [{}] for a log-mel spectrogram of {} frames; it "
                            "takes [B, T] with 1 to {} samples",
                            fmt::join(waveform.sizes(), ", "), frames_, longest));
  }
  const auto x = computed_in(waveform);
  const auto samples = x.size(1);
  const auto end = (frames_with_sound(samples) - 1) * kHop + kReflected;  // the last frame's
  const auto padded = std::max(samples, std::min(longest, std::max(end, kReflected + 1)));
  const auto mirrored = std::max<std::int64_t>(0, end - padded);
  const auto frames =
      torch::nn::functional::pad(
          torch::constant_pad_nd(x, {0, padded - samples}).unsqueeze(1),
          torch::nn::functional::PadFuncOptions({kReflected, mirrored}).mode(torch::kReflect))
          .squeeze(1)
          .unfold(1, kWindow, kHop)
          .narrow(1, 0, frames_with_sound(samples));              // [B, F, 400]
  const auto spectrum = torch::fft_rfft(frames * window_.to(x));  // [B, F, 201]
  return torch::real(spectrum).square() + torch::imag(spectrum).square();
}

torch::Tensor LogMel::operator()(const torch::Tensor& waveform) const {
  const c10::impl::ExcludeDispatchKeyGuard full_precision(c10::autocast_dispatch_keyset);
  const auto mel = torch::matmul(power(waveform), filters_.to(computed_in(waveform)));  // [B, F, M]
  const auto sound = torch::log10(mel.clamp_min(kQuietest)).transpose(1, 2);            // [B, M, F]
  const auto silence = frames_ - sound.size(2);
  const auto all = torch::constant_pad_nd(sound, {0, silence}, std::log10(kQuietest));
  const auto floor = sound.amax({1, 2}, /*keepdim=*/true) - kRange;
  return (torch::maximum(all, floor) + 4) / 4;
}

}  // namespace codectrace::model
