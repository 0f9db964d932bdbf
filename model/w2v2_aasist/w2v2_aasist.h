#pragma once

#include <string>
#include <vector>

#include "model/aasist/aasist_backend.h"
#include "model/aasist/graph_branch.h"
#include "model/model_config.h"
#include "model/network.h"
#include "model/wav2vec2/ssl_frontend.h"

namespace codectrace::model {

/// The published weights' name of a task's branch; "multiclass_branch_<task>" for a task of one's
/// own.
[[nodiscard]] std::string branch_name(const std::string& task);

/// W2V2-AASIST, all nine types: a wav2vec 2.0 encoder, a shared AASIST encoder, and one graph
/// branch a task. "Codec-Based Deepfake Source Tracing", Interspeech 2025; parameter names are
/// those of its weights.
class W2v2Aasist : public Network {
 public:
  /// @param heads  the type's tasks in tasks_of()'s order, with their classes
  W2v2Aasist(const ModelConfig& config, std::vector<Head> heads);

  Output forward(const Input& input) override;
  [[nodiscard]] const std::vector<Head>& heads() const override { return heads_; }
  [[nodiscard]] std::int64_t input_samples() const override { return input_samples_; }
  void synchronise_batch_norm(const SumOverRanks& sum) override;

 private:
  std::vector<Head> heads_;
  std::int64_t input_samples_;
  SslFrontend frontend_{nullptr};
  AasistBackend backend_;
  std::vector<GraphBranch> branches_;
};

}  // namespace codectrace::model
