#include "model/sast_net/whisper_decoder.h"

#include <string>

namespace codectrace::model {
namespace {

constexpr std::int64_t kVocabulary = 51865;
constexpr std::int64_t kLongestText = 448;

using Owner = std::shared_ptr<torch::nn::Module>;

/// Zeros, not drawn: a fresh network has no use for them either.
void register_weight(const Owner& owner, const std::string& name,
                     std::initializer_list<std::int64_t> shape) {
  owner->register_parameter(name, torch::zeros(shape), /*requires_grad=*/false);
}

Owner submodule(const Owner& owner, const std::string& name) {
  return owner->register_module(name, std::make_shared<torch::nn::Module>());
}

void register_linear(const Owner& owner, const std::string& name, std::int64_t in, std::int64_t out,
                     bool bias = true) {
  const auto linear = submodule(owner, name);
  register_weight(linear, "weight", {out, in});
  if (bias) register_weight(linear, "bias", {out});
}

void register_norm(const Owner& owner, const std::string& name, std::int64_t dim) {
  const auto norm = submodule(owner, name);
  register_weight(norm, "weight", {dim});
  register_weight(norm, "bias", {dim});
}

void register_attention(const Owner& layer, const std::string& name, std::int64_t dim) {
  const auto attention = submodule(layer, name);
  register_linear(attention, "k_proj", dim, dim, /*bias=*/false);
  for (const auto* projection : {"v_proj", "q_proj", "out_proj"})
    register_linear(attention, projection, dim, dim);
  register_norm(layer, name + "_layer_norm", dim);
}

}  // namespace

std::shared_ptr<torch::nn::Module> whisper_decoder_weights(std::int64_t dim, std::int64_t layers,
                                                           std::int64_t ffn_dim) {
  auto decoder = std::make_shared<torch::nn::Module>();
  register_weight(submodule(decoder, "embed_tokens"), "weight", {kVocabulary, dim});
  register_weight(submodule(decoder, "embed_positions"), "weight", {kLongestText, dim});
  const auto list = submodule(decoder, "layers");
  for (std::int64_t i = 0; i < layers; ++i) {
    const auto layer = submodule(list, std::to_string(i));
    register_attention(layer, "self_attn", dim);
    register_attention(layer, "encoder_attn", dim);
    register_linear(layer, "fc1", dim, ffn_dim);
    register_linear(layer, "fc2", ffn_dim, dim);
    register_norm(layer, "final_layer_norm", dim);
  }
  register_norm(decoder, "layer_norm", dim);
  return decoder;
}

}  // namespace codectrace::model
