#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/weights/stored_tensor.h"

namespace codectrace::model {

/// The reference's name of a tensor of Hugging Face's wav2vec 2.0 ("wav2vec2.encoder.layers.0.…"),
/// which are fairseq's; any other name as it is. Both parametrisations of weight norm become
/// weight_g and weight_v.
///
/// Source: transformers' convert_wav2vec2_original_pytorch_checkpoint_to_pytorch.py, read
/// backwards.
[[nodiscard]] std::string reference_name_of_hugging_face(std::string_view name);

/// The tensors under the reference's names: without the "module." that DataParallel puts in front,
/// and with fairseq's names where they are Hugging Face's.
/// @throws Error(BadData) if two tensors get the same name
[[nodiscard]] std::vector<StoredTensor> with_reference_names(std::vector<StoredTensor> tensors);

/// The tensors of the wav2vec 2.0 encoder among `tensors`, which have the reference's names, by
/// their names inside it: "post_extract_proj.weight", wherever the file has them ("",
/// "ssl_model.model.", "w2v_encoder.w2v_model." …). Empty if there is no encoder.
[[nodiscard]] std::vector<StoredTensor> encoder_tensors(const std::vector<StoredTensor>& tensors);

/// Is it a tensor of the encoder that only pretraining uses, by its name inside it?
[[nodiscard]] bool is_pretraining_only(std::string_view name);

}  // namespace codectrace::model
