#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace codectrace::train {

/// Samples of a causal FIR filter's output, as many as the signal has, from `delay` on; the signal
/// is zero outside: y[i] = Σ_k taps[k] · signal[i + delay − k].
///
/// By overlap-save with LibTorch's FFT. Blocks are too short for it to use several threads: the
/// result has the same bits for any number of them, and loader threads keep to their own cores.
/// @param taps  at least one, at most 2048
[[nodiscard]] std::vector<double> fir_filtered(std::span<const double> signal,
                                               std::span<const double> taps, std::size_t delay);

/// Largest magnitude of a filter's response at `count` frequencies, evenly from 0 up to but without
/// half the sample rate. @param taps  at most 2 · count
[[nodiscard]] double largest_response(std::span<const double> taps, std::size_t count);

}  // namespace codectrace::train
