#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/config.h"
#include "model/aasist/backend_config.h"
#include "model/audio_mae/audio_mae_config.h"
#include "model/audio_mae/masking_config.h"
#include "model/audio_mae/token_grid.h"
#include "model/fusion/fusion_config.h"
#include "model/wav2vec2/encoder_config.h"
#include "model/whisper/whisper_config.h"

namespace codectrace::model {

enum class Architecture { W2v2Aasist, SastNet };
constexpr std::array<config::EnumName<Architecture>, 2> enum_names(Architecture) {
  return {{{Architecture::W2v2Aasist, "w2v2-aasist"}, {Architecture::SastNet, "sast-net"}}};
}

/// Which tasks a W2V2-AASIST answers: S_* one, D_* that and BIN, M1 all four, M2 all but BIN.
enum class W2v2AasistType { S_BIN, S_VQ, S_AUX, S_DEC, D_VQ, D_AUX, D_DEC, M1, M2 };
constexpr std::array<config::EnumName<W2v2AasistType>, 9> enum_names(W2v2AasistType) {
  using enum W2v2AasistType;
  return {{{S_BIN, "S_BIN"},
           {S_VQ, "S_VQ"},
           {S_AUX, "S_AUX"},
           {S_DEC, "S_DEC"},
           {D_VQ, "D_VQ"},
           {D_AUX, "D_AUX"},
           {D_DEC, "D_DEC"},
           {M1, "M1"},
           {M2, "M2"}}};
}

/// The task that a SAST Net answers.
enum class SastNetTask { Bin, Aux, Dec, Vq };
constexpr std::array<config::EnumName<SastNetTask>, 4> enum_names(SastNetTask) {
  using enum SastNetTask;
  return {{{Bin, "BIN"}, {Aux, "AUX"}, {Dec, "DEC"}, {Vq, "VQ"}}};
}

/// A network's sizes all at once; keys given beside it win.
enum class Preset { XlsR300m, Small };
constexpr std::array<config::EnumName<Preset>, 2> enum_names(Preset) {
  return {{{Preset::XlsR300m, "xlsr-300m"}, {Preset::Small, "small"}}};
}

/// [model]. A key is there where the architecture has it, and refused elsewhere.
struct ModelConfig {
  Architecture name = Architecture::W2v2Aasist;
  Preset preset = Preset::XlsR300m;
  W2v2AasistType type = W2v2AasistType::M1;
  SastNetTask task = SastNetTask::Vq;
  int input_samples = 64600;
  EncoderConfig encoder;
  BackendConfig backend;
  AudioMaeConfig audio_mae;
  MaskingConfig masking;
  FusionConfig fusion;
  WhisperConfig whisper;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    using namespace config;
    visit("name", self.name, any(), "architecture");
    if (self.name == Architecture::SastNet) {
      visit("task", self.task, any(), "which task it answers");
    } else {
      visit("type", self.type, any(), "which tasks it answers");
    }
    visit("preset", self.preset, any(), "sizes; the keys below change them one by one");
    if constexpr (!std::is_const_v<Self>) self.apply_preset();
    visit("input_samples", self.input_samples, at_least(400),
          "length utterances are cut or repeated to, at 16 kHz");
    visit("encoder", self.encoder, "the wav2vec 2.0 encoder; the defaults are XLS-R 300M's");
    visit("backend", self.backend, "the AASIST back end");
    if (self.name == Architecture::SastNet) {
      visit("audio_mae", self.audio_mae, "the masked autoencoder over the encoder's frames");
      visit("masking", self.masking, "what training hides from it");
      visit("fusion", self.fusion, "the cross-modal transformers of its tokens and Whisper's");
      visit("whisper", self.whisper, "the frozen encoder of Whisper");
    }
  }

  /// Sets every size to what `preset` says of `name`.
  void apply_preset();
};

/// Tasks of a model, in the order of its heads: BIN, AUX, DEC, VQ, as far as it has them.
[[nodiscard]] std::vector<std::string> tasks_of(const ModelConfig& config);

/// Which of an architecture's variants it is: "M1", "VQ".
[[nodiscard]] std::string_view variant_of(const ModelConfig& config);

/// "w2v2-aasist M1", "sast-net VQ"
[[nodiscard]] std::string describe(const ModelConfig& config);

/// What the names of the wav2vec 2.0 encoder's parameters begin with: "ssl_model."
[[nodiscard]] std::string_view encoder_prefix(const ModelConfig& config);

/// The config of one variant at a preset's sizes, as published.
[[nodiscard]] ModelConfig preset_config(Architecture name, Preset preset);

/// The tokens of a SAST Net's image.
[[nodiscard]] TokenGrid token_grid(const ModelConfig& config);

/// @throws Error(Usage) as the parts' checks, if parts don't fit each other, or if the input is too
///         short for the back end
void check(const ModelConfig& config);

}  // namespace codectrace::model
