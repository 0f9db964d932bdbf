#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "core/config.h"
#include "model/aasist/backend_config.h"
#include "model/wav2vec2/encoder_config.h"

namespace codectrace::model {

enum class Architecture { W2v2Aasist };
constexpr std::array<config::EnumName<Architecture>, 1> enum_names(Architecture) {
  return {{{Architecture::W2v2Aasist, "w2v2-aasist"}}};
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

/// A network's sizes all at once; keys given beside it win.
enum class Preset { XlsR300m, Small };
constexpr std::array<config::EnumName<Preset>, 2> enum_names(Preset) {
  return {{{Preset::XlsR300m, "xlsr-300m"}, {Preset::Small, "small"}}};
}

/// [model]
struct ModelConfig {
  Architecture name = Architecture::W2v2Aasist;
  Preset preset = Preset::XlsR300m;
  W2v2AasistType type = W2v2AasistType::M1;
  int input_samples = 64600;
  EncoderConfig encoder;
  BackendConfig backend;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    using namespace config;
    visit("name", self.name, any(), "architecture");
    visit("type", self.type, any(), "which tasks it answers");
    visit("preset", self.preset, any(), "sizes; the keys below change them one by one");
    if constexpr (!std::is_const_v<Self>) self.apply_preset();
    visit("input_samples", self.input_samples, at_least(400),
          "length utterances are cut or repeated to, at 16 kHz");
    visit("encoder", self.encoder, "the wav2vec 2.0 encoder; the defaults are XLS-R 300M's");
    visit("backend", self.backend, "the AASIST back end");
  }

  /// Sets every size to what `preset` says.
  void apply_preset();
};

/// Tasks of a model, in the order of its heads: BIN, AUX, DEC, VQ, as far as it has them.
[[nodiscard]] std::vector<std::string> tasks_of(const ModelConfig& config);

/// @throws Error(Usage) as the parts' checks, or if the input is too short for the back end
void check(const ModelConfig& config);

}  // namespace codectrace::model
