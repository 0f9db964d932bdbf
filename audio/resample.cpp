#include "audio/resample.h"

#include <soxr.h>

#include <algorithm>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::audio {
namespace {

void check_soxr(soxr_error_t error, const char* call) {
  if (error != nullptr) {
    throw Error(ErrorKind::Environment, fmt::format("{} failed: {}", call, error));
  }
}

}  // namespace

struct Resampler::Handle {
  Handle(std::uint32_t from, std::uint32_t to) : from_hz(from), to_hz(to) {
    const auto io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
    const auto quality = soxr_quality_spec(SOXR_HQ, 0);
    const auto runtime = soxr_runtime_spec(1);
    soxr_error_t error = nullptr;
    soxr = soxr_create(from, to, 1, &error, &io, &quality, &runtime);
    check_soxr(error, "soxr_create");
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { soxr_delete(soxr); }

  /// @param input  nullptr: no more comes, hand out what is left
  std::size_t process(const float* input, std::size_t count, std::span<float> output) {
    std::size_t taken = 0;
    std::size_t made = 0;
    check_soxr(soxr_process(soxr, input, count, &taken, output.data(), output.size(), &made),
               "soxr_process");
    CT_INVARIANT(taken == count, "soxr left input although there was room for its output");
    return made;
  }

  std::uint32_t from_hz;
  std::uint32_t to_hz;
  soxr_t soxr = nullptr;
};

Resampler::Resampler(std::uint32_t from_hz, std::uint32_t to_hz)
    : handle_(std::make_unique<Handle>(from_hz, to_hz)) {}
Resampler::Resampler(Resampler&&) noexcept = default;
Resampler& Resampler::operator=(Resampler&&) noexcept = default;
Resampler::~Resampler() = default;

void Resampler::resample(std::span<const float> input, std::vector<float>& output) {
  const std::uint64_t scaled = std::uint64_t{input.size()} * handle_->to_hz;
  const std::size_t length = (scaled + handle_->from_hz - 1) / handle_->from_hz;
  constexpr std::size_t kMargin = 64;  // soxr may round its length the other way
  output.resize(length + kMargin);
  if (length > 0) {
    check_soxr(soxr_clear(handle_->soxr), "soxr_clear");
    std::size_t made = handle_->process(input.data(), input.size(), output);
    while (made < output.size()) {
      const std::size_t more = handle_->process(nullptr, 0, std::span(output).subspan(made));
      if (more == 0) break;
      made += more;
    }
    std::fill(output.begin() + static_cast<std::ptrdiff_t>(made), output.end(), 0.0F);
  }
  output.resize(length);
}

}  // namespace codectrace::audio
