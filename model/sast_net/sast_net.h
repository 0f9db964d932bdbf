#pragma once

#include <vector>

#include "model/aasist/aasist_backend.h"
#include "model/aasist/graph_branch.h"
#include "model/audio_mae/audio_mae.h"
#include "model/audio_mae/token_choice.h"
#include "model/fusion/cross_modal_transformer.h"
#include "model/model_config.h"
#include "model/network.h"
#include "model/wav2vec2/ssl_frontend.h"
#include "model/whisper/frozen_whisper.h"
#include "model/whisper/whisper_encoder.h"

namespace codectrace::model {

/// The published weights' name of the graph branch, whatever the task.
inline constexpr auto kSastNetBranch = "multiclass_branch";

/// SAST Net, of one task: a wav2vec 2.0 encoder whose frames are an image, a masked autoencoder of
/// it with a decoder a class, a frozen Whisper encoder, cross-modal transformers that fuse both,
/// and an AASIST back end. Parameter names are those of its published weights.
class SastNet : public Network {
 public:
  /// @param heads  the task with its classes, alone
  SastNet(const ModelConfig& config, std::vector<Head> heads);

  /// Chooses tokens as drawn_tokens(input.drawing, input.seeds); reconstruction_errors in train and
  /// eval mode alike.
  /// @throws Error(Usage) for another length, other than a seed an utterance where something is
  ///         drawn, or masks that hide nothing
  Output forward(const Input& input) override;
  /// The same of tokens that are chosen; input.drawing and its seeds have no effect.
  Output forward(const Input& input, const TokenChoice& choice);

  [[nodiscard]] const std::vector<Head>& heads() const override { return heads_; }
  [[nodiscard]] std::int64_t input_samples() const override { return input_samples_; }
  void synchronise_batch_norm(const SumOverRanks& sum) override;
  [[nodiscard]] bool reconstructs() const override { return true; }
  [[nodiscard]] ReferenceProgram reference_program() const override {
    return ReferenceProgram::SastNet;
  }
  [[nodiscard]] FrozenPart* frozen_part() override { return &frozen_whisper_; }

 private:
  torch::Tensor fused(const torch::Tensor& audio, const torch::Tensor& text);

  std::vector<Head> heads_;
  std::int64_t input_samples_;
  TokenGrid grid_;
  MaskingConfig masking_;
  SslFrontend frontend_{nullptr};
  Linear SSL_proj_{nullptr};
  AudioMae MAE_{nullptr};
  WhisperEncoder whisper_{nullptr};
  FrozenWhisper frozen_whisper_;
  CrossModalTransformer ta_transformer_{nullptr}, at_transformer_{nullptr},
      at_ta_transformer_{nullptr};
  AasistBackend backend_;
  GraphBranch branch_{nullptr};
};

}  // namespace codectrace::model
