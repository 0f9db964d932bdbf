#pragma once

#include <span>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "model/weights/tensors.h"
#include "model/weights/weight_file.h"

namespace codectrace::model {

/// Parameters and buffers by their state_dict names, in registration order; views, not copies.
[[nodiscard]] std::vector<NamedTensor> state_of(const torch::nn::Module& module);

/// In what weights and a network don't fit each other, by name.
struct Misfit {
  std::vector<std::string> missing;     ///< the network has it, the weights don't
  std::vector<std::string> misshapen;   ///< "LL.bias is [64], must be [128]"
  std::vector<std::string> unexpected;  ///< the weights have it, the network doesn't

  [[nodiscard]] std::size_t size() const {
    return missing.size() + misshapen.size() + unexpected.size();
  }
  /// Counts and the first dozen names of each, on indented lines.
  [[nodiscard]] std::string text() const;
};
[[nodiscard]] Misfit misfit(const std::vector<NamedTensor>& wanted,
                            std::span<const StoredTensor> weights);

/// Copies `weights` into `module`, converting types.
/// @param source  names them in messages
/// @throws Error(BadData) listing by name what is missing, unexpected or of another shape; then
///         nothing is changed
void load_state(torch::nn::Module& module, std::span<const StoredTensor> weights,
                const std::string& source);

/// A file's weights, compared with its checksums, under the reference's names (see key_map.h).
/// @throws Error(BadData) as WeightFile and above
void load_state(torch::nn::Module& module, const WeightFile& file);

/// A file's tensors under the reference's names, compared with its checksums; views into it.
/// @throws Error(BadData) naming the file
[[nodiscard]] std::vector<StoredTensor> checked_weights(const WeightFile& file);

/// Copies `weights` into `part`, some tensors of a network; as load_state.
void load_tensors(const std::vector<NamedTensor>& part, std::span<const StoredTensor> weights,
                  const std::string& source);

/// What of a pretrained encoder was left out.
struct EncoderRemainder {
  std::vector<std::string> not_in_file;     ///< used in pretraining alone; stay as they were
  std::vector<std::string> not_in_network;  ///< passed over
};

/// Copies a pretrained wav2vec 2.0 encoder into the one of a network: fairseq's file, Hugging
/// Face's, or the encoder in another task's weights.
/// @throws Error(BadData) if there is no encoder in the file, or none of this size;
///         Error(Usage) if the network has none. Then nothing is changed
EncoderRemainder load_encoder(torch::nn::Module& network, const WeightFile& file);

}  // namespace codectrace::model
