#include "train/augment/rawboost.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "train/augment/fir_filter.h"

namespace codectrace::train {
namespace {

using Signal = std::vector<double>;

// Defaults of the published code.
constexpr double kSampleRate = 16000;
constexpr int kNonlinearOrders = 5;  // N_f
constexpr int kBands = 5;            // nBands
constexpr double kMinCentre = 20, kMaxCentre = 8000;
constexpr double kMinWidth = 100, kMaxWidth = 1000;
constexpr double kMinTaps = 10, kMaxTaps = 100;
constexpr double kMinGain = 0, kMaxGain = 0;                 // dB
constexpr double kMinGainDrop = 5, kMaxGainDrop = 20;        // dB, of the non-linear orders
constexpr double kMaxImpulsePercent = 10, kImpulseGain = 2;  // P, g_sd
constexpr double kMinSnr = 10, kMaxSnr = 40;                 // dB
constexpr std::size_t kResponseFrequencies = 512;            // where a filter's gain is measured

double peak(const Signal& signal) {
  double largest = 0;
  for (const double value : signal) largest = std::max(largest, std::abs(value));
  return largest;
}

double euclidean_norm(const Signal& signal) {
  return std::sqrt(std::inner_product(signal.begin(), signal.end(), signal.begin(), 0.0));
}

enum class Normalise { Always, IfAboveOne };
void normalise(Signal& signal, Normalise when) {
  const double largest = peak(signal);
  if (largest > (when == Normalise::Always ? 0.0 : 1.0)) {
    for (double& value : signal) value /= largest;
  }
}

double sinc(double x) {
  const double angle = std::numbers::pi * x;
  return x == 0 ? 1.0 : std::sin(angle) / angle;
}

/// Linear-phase band stop by a Hamming-windowed sinc, its response at 0 Hz scaled to 1.
/// @param taps  odd; edges strictly between 0 and half the sample rate
Signal band_stop(int taps, double low_hz, double high_hz) {
  const double low = low_hz / (kSampleRate / 2);
  const double high = high_hz / (kSampleRate / 2);
  Signal filter;
  for (int i = 0; i < taps; ++i) {
    const double m = i - 0.5 * (taps - 1);
    const double ideal = low * sinc(low * m) + sinc(m) - high * sinc(high * m);
    filter.push_back(ideal * (0.54 - 0.46 * std::cos(2 * std::numbers::pi * i / (taps - 1))));
  }
  const double at_zero = std::accumulate(filter.begin(), filter.end(), 0.0);
  for (double& tap : filter) tap /= at_zero;
  return filter;
}

Signal convolved(const Signal& a, const Signal& b) {
  Signal result(a.size() + b.size() - 1, 0.0);
  for (std::size_t k = 0; k < b.size(); ++k) {
    for (std::size_t i = 0; i < a.size(); ++i) result[i + k] += b[k] * a[i];
  }
  return result;
}

/// A cascade of random band stops, at a random gain.
Signal random_notches(double min_gain, double max_gain, RawboostDraws& draws) {
  Signal filter{1.0};
  for (int band = 0; band < kBands; ++band) {
    const double centre = draws.uniform(kMinCentre, kMaxCentre);
    const double width = draws.uniform(kMinWidth, kMaxWidth);
    int taps = static_cast<int>(draws.uniform(kMinTaps, kMaxTaps));
    if (taps % 2 == 0) ++taps;
    const double low = centre - width / 2;
    const double high = centre + width / 2;
    constexpr double kInside = 0.001;  // Hz
    filter =
        convolved(filter, band_stop(taps, low <= 0 ? kInside : low,
                                    high >= kSampleRate / 2 ? kSampleRate / 2 - kInside : high));
  }
  const double gain = std::pow(10.0, draws.uniform(min_gain, max_gain) / 20);
  const double largest = largest_response(filter, kResponseFrequencies);
  for (double& tap : filter) tap *= gain / largest;
  return filter;
}

/// Filtered, the delay taken out, as long as before.
Signal filtered(const Signal& signal, const Signal& filter) {
  return fir_filtered(signal, filter, (filter.size() + 1) / 2);
}

Signal convolutive_noise(std::span<const float> waveform, RawboostDraws& draws) {
  Signal sum(waveform.size(), 0.0);
  for (int order = 1; order <= kNonlinearOrders; ++order) {
    const double min_gain = order == 1 ? kMinGain : kMinGain - kMinGainDrop;
    const double max_gain = order == 1 ? kMaxGain : kMaxGain - kMaxGainDrop;
    Signal power;
    power.reserve(waveform.size());
    for (const float x : waveform) power.push_back(std::pow(x, static_cast<float>(order)));
    const Signal part = filtered(power, random_notches(min_gain, max_gain, draws));
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += part[i];
  }
  const double mean =
      std::accumulate(sum.begin(), sum.end(), 0.0) / static_cast<double>(sum.size());
  for (double& value : sum) value -= mean;
  normalise(sum, Normalise::IfAboveOne);
  return sum;
}

Signal impulsive_noise(Signal signal, RawboostDraws& draws) {
  const double percent = draws.uniform(0, kMaxImpulsePercent);
  const auto count = static_cast<std::size_t>(static_cast<double>(signal.size()) * (percent / 100));
  const auto where = draws.positions(signal.size(), count);
  const auto u = draws.uniforms(count);
  const auto v = draws.uniforms(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double factor = (2 * u[i] - 1) * (2 * v[i] - 1);
    signal[where[i]] += kImpulseGain * signal[where[i]] * factor;
  }
  normalise(signal, Normalise::IfAboveOne);
  return signal;
}

Signal stationary_noise(Signal signal, RawboostDraws& draws) {
  const Signal white = draws.normals(signal.size());
  Signal noise = filtered(white, random_notches(kMinGain, kMaxGain, draws));
  normalise(noise, Normalise::Always);
  const double snr = draws.uniform(kMinSnr, kMaxSnr);
  const double scale =
      euclidean_norm(signal) / (euclidean_norm(noise) * std::pow(10.0, 0.05 * snr));
  for (std::size_t i = 0; i < signal.size(); ++i) signal[i] += scale * noise[i];
  return signal;
}

Signal in_parallel(Signal a, const Signal& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  normalise(a, Normalise::IfAboveOne);
  return a;
}

Signal augmented(std::span<const float> waveform, int algorithm, RawboostDraws& draws) {
  Signal plain(waveform.begin(), waveform.end());
  switch (algorithm) {
    case 1:
      return convolutive_noise(waveform, draws);
    case 2:
      return impulsive_noise(std::move(plain), draws);
    case 3:
      return stationary_noise(std::move(plain), draws);
    case 4:
      return stationary_noise(impulsive_noise(convolutive_noise(waveform, draws), draws), draws);
    case 5:
      return impulsive_noise(convolutive_noise(waveform, draws), draws);
    case 6:
      return stationary_noise(convolutive_noise(waveform, draws), draws);
    case 7:
      return stationary_noise(impulsive_noise(std::move(plain), draws), draws);
    case 8: {
      Signal convolutive = convolutive_noise(waveform, draws);
      return in_parallel(std::move(convolutive), impulsive_noise(std::move(plain), draws));
    }
    default:
      break;
  }
  throw Error(ErrorKind::Usage, fmt::format("RawBoost has algorithms 0 to 8, not {}", algorithm));
}

}  // namespace

double CounterDraws::uniform(double low, double high) {
  return low + (high - low) * random_.uniform(drawn_++);
}

std::vector<std::size_t> CounterDraws::positions(std::size_t size, std::size_t count) {
  std::vector<std::size_t> all(size);
  std::iota(all.begin(), all.end(), std::size_t{0});
  for (std::size_t i = 0; i < count; ++i) {
    std::swap(all[i], all[i + random_.below(size - i, drawn_++)]);
  }
  all.resize(count);
  return all;
}

std::vector<double> CounterDraws::uniforms(std::size_t count) {
  std::vector<double> values(count);
  for (double& value : values) value = random_.uniform(drawn_++);
  return values;
}

std::vector<double> CounterDraws::normals(std::size_t count) {
  drawn_ += drawn_ % 2;  // normal(i) uses the draws 2i and 2i + 1
  std::vector<double> values(count);
  for (double& value : values) {
    value = random_.normal(drawn_ / 2);
    drawn_ += 2;
  }
  return values;
}

std::vector<float> rawboost(std::span<const float> waveform, int algorithm, RawboostDraws& draws) {
  if (algorithm == 0 || waveform.empty()) return {waveform.begin(), waveform.end()};
  const Signal result = augmented(waveform, algorithm, draws);
  std::vector<float> output;
  output.reserve(result.size());
  for (const double value : result) output.push_back(static_cast<float>(value));
  return output;
}

}  // namespace codectrace::train
