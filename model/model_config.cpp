#include "model/model_config.h"

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::model {
namespace {

void require(bool holds, const std::string& message) {
  if (!holds) throw Error(ErrorKind::Usage, message);
}

EncoderConfig small_encoder() {
  EncoderConfig encoder;
  encoder.conv_dims = {160, 160, 128};  // 80 bands at 100 Hz, 50 Hz, 10 Hz
  encoder.conv_kernels = {400, 5, 6};
  encoder.conv_strides = {160, 2, 5};
  encoder.conv_paddings = {0, 2, 3};
  encoder.conv_norms = {"batch", "batch", "layer"};
  encoder.conv_starts = {"filterbank", "cepstral", "average"};
  encoder.energy = true;
  encoder.dim = 64;
  encoder.layers = 1;
  encoder.heads = 4;
  encoder.ffn_dim = 128;
  encoder.pos_conv_kernel = 16;
  encoder.pos_conv_groups = 4;
  encoder.pretraining_weights = false;
  return encoder;
}

BackendConfig small_backend() {
  BackendConfig backend;
  backend.projection = 48;
  backend.channels = {16, 16, 32, 32};
  constexpr double kLessDropout = 0.3;  // few weights, trained from nothing
  backend.graph_dropout *= kLessDropout;
  backend.pool_dropout *= kLessDropout;
  backend.readout_dropout *= kLessDropout;
  backend.output_dropout *= kLessDropout;
  return backend;
}

}  // namespace

void ModelConfig::apply_preset() {
  switch (preset) {
    case Preset::XlsR300m:
      encoder = {};
      backend = {};
      input_samples = 64600;
      return;
    case Preset::Small:
      encoder = small_encoder();
      backend = small_backend();
      input_samples = 48240;  // 300 frames of the first convolution, 31 of the last
      return;
  }
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
  check(encoder);
  require(!config.backend.channels.empty(), "model.backend.channels is empty");
  constexpr std::int64_t kFewestFrames = 12;  // four temporal nodes, two of which a pool keeps
  const std::int64_t frames = frame_count(encoder, config.input_samples);
  require(frames >= kFewestFrames,
          fmt::format("model.input_samples {} gives {} frames; the back end needs at least {}",
                      config.input_samples, frames, kFewestFrames));
}

}  // namespace codectrace::model
