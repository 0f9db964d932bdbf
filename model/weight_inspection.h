#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/recognition.h"

namespace codectrace::model {

/// What a weight file holds, and what model it is for.
struct WeightInspection {
  struct Tensor {
    std::string name;  ///< as in the file
    std::string type;  ///< "float32"
    std::vector<std::int64_t> shape;
  };
  std::filesystem::path path;
  std::string format;
  std::uint64_t size_bytes = 0;
  std::vector<Tensor> tensors;
  std::map<std::string, std::string> metadata;
  std::vector<std::string> others;  ///< what isn't a tensor: "epoch (a number)"
  bool has_checksums = false;
  std::optional<ModelMatch> model;  ///< the one that was given, or the nearest preset
  bool model_is_given = false;
  std::optional<EncoderMatch> encoder;  ///< the nearest, if they are no model that is recognised

  /// Is `model` what they are, as far as one can tell?
  [[nodiscard]] bool is_model() const {
    return model && (model_is_given || model->comparison.is_recognised());
  }
  [[nodiscard]] bool is_encoder() const { return encoder && encoder->comparison.is_recognised(); }
};

enum class Checksums { Compare, Trust };

/// @param config  compare with this model rather than with the presets
/// @throws Error(BadData) as WeightFile
[[nodiscard]] WeightInspection inspect_weights(const std::filesystem::path& file,
                                               const std::optional<ModelConfig>& config,
                                               Checksums checksums);

}  // namespace codectrace::model
