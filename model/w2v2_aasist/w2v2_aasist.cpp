#include "model/w2v2_aasist/w2v2_aasist.h"

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::model {

std::string branch_name(const std::string& task) {
  if (task == "BIN") return "binary_branch";
  if (task == "AUX") return "multiclass_branch_as";
  if (task == "DEC") return "multiclass_branch_ds";
  if (task == "VQ") return "multiclass_branch_qs";
  return "multiclass_branch_" + task;
}

W2v2Aasist::W2v2Aasist(const ModelConfig& config, std::vector<Head> heads)
    : heads_(std::move(heads)),
      input_samples_(config.input_samples),
      frontend_(config.encoder),
      backend_(*this, config.encoder.dim, config.backend) {
  // ssl_model.model, as published: the encoder inside its wrapper.
  register_module("ssl_model", std::make_shared<torch::nn::Module>())
      ->register_module("model", frontend_);
  for (const Head& head : heads_) {
    branches_.push_back(register_module(
        branch_name(head.task), GraphBranch(config.backend, config.backend.projection / kPool,
                                            static_cast<std::int64_t>(head.classes.size()))));
  }
}

Output W2v2Aasist::forward(const Input& input) {
  const auto& waveform = input.waveform;
  if (waveform.dim() != 2 || waveform.size(1) != input_samples_) {
    throw Error(ErrorKind::Usage,
                fmt::format("the network takes waveforms of {} samples", input_samples_));
  }
  const auto features = backend_.forward(frontend_(waveform));
  Output output;
  for (auto& branch : branches_)
    output.logits.push_back(branch(features.x, features.attention));  // [B, classes]
  return output;
}

void W2v2Aasist::synchronise_batch_norm(const SumOverRanks& sum) {
  synchronise_batch_norms(*this, sum);
}

}  // namespace codectrace::model
