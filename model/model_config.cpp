#include "model/model_config.h"

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::model {
namespace {

void require(bool holds, const std::string& message) {
  if (!holds) throw Error(ErrorKind::Usage, message);
}

}  // namespace

std::int64_t frame_count(const EncoderConfig& encoder, std::int64_t samples) {
  for (std::size_t i = 0; i < encoder.conv_kernels.size(); ++i) {
    if (samples < encoder.conv_kernels[i]) return 0;
    samples = (samples - encoder.conv_kernels[i]) / encoder.conv_strides[i] + 1;
  }
  return samples;
}

std::vector<std::string> tasks_of(const ModelConfig& config) {
  switch (config.type) {
    using enum W2v2AasistType;
    case S_BIN:
      return {"BIN"};
    case S_VQ:
      return {"VQ"};
    case S_AUX:
      return {"AUX"};
    case S_DEC:
      return {"DEC"};
    case D_VQ:
      return {"BIN", "VQ"};
    case D_AUX:
      return {"BIN", "AUX"};
    case D_DEC:
      return {"BIN", "DEC"};
    case M1:
      return {"BIN", "AUX", "DEC", "VQ"};
    case M2:
      return {"AUX", "DEC", "VQ"};
  }
  invariant_failed("type", "a model type without tasks");
}

void check(const ModelConfig& config) {
  const EncoderConfig& encoder = config.encoder;
  require(!encoder.conv_dims.empty() && encoder.conv_dims.size() == encoder.conv_kernels.size() &&
              encoder.conv_dims.size() == encoder.conv_strides.size(),
          fmt::format("model.encoder: conv_dims, conv_kernels and conv_strides must be of one "
                      "length, at least 1; "
                      "they have {}, {} and {} values",
                      encoder.conv_dims.size(), encoder.conv_kernels.size(),
                      encoder.conv_strides.size()));
  require(!encoder.energy || encoder.conv_dims[0] % 2 == 0,
          "model.encoder.energy needs an even number of channels in the first convolution");
  require(encoder.dim % encoder.heads == 0,
          fmt::format("model.encoder.dim {} must be a multiple of heads {}", encoder.dim,
                      encoder.heads));
  require(encoder.dim % encoder.pos_conv_groups == 0,
          fmt::format("model.encoder.dim {} must be a multiple of pos_conv_groups {}", encoder.dim,
                      encoder.pos_conv_groups));
  require(!config.backend.channels.empty(), "model.backend.channels is empty");
  constexpr std::int64_t kFewestFrames = 12;  // four temporal nodes, two of which a pool keeps
  const std::int64_t frames = frame_count(encoder, config.input_samples);
  require(frames >= kFewestFrames,
          fmt::format("model.input_samples {} gives {} frames; the back end needs at least {}",
                      config.input_samples, frames, kFewestFrames));
}

}  // namespace codectrace::model
