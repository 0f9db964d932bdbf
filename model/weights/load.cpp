#include "model/weights/load.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "model/weights/key_map.h"

namespace codectrace::model {
namespace {

constexpr std::string_view kEncoderMark = "model.post_extract_proj.weight";  // inside its wrapper
constexpr std::string_view kEncoderName = "model.";

std::string listed(const std::string& what, const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 12;
  if (names.empty()) return "";
  const std::vector<std::string> shown(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, names.size())));
  return fmt::format("\n  {} {}: {}{}", names.size(), what, fmt::join(shown, ", "),
                     names.size() > kShown ? ", …" : "");
}

using ByName = std::map<std::string_view, const StoredTensor*>;

ByName by_name(std::span<const StoredTensor> weights) {
  ByName tensors;
  for (const auto& tensor : weights) tensors.emplace(tensor.name, &tensor);
  return tensors;
}

void refuse(const std::string& source, const Misfit& misfit) {
  throw Error(ErrorKind::BadData,
              fmt::format("{} doesn't fit the model:{}", source, misfit.text()));
}

/// Copies what both have.
void copy_weights(const std::vector<NamedTensor>& wanted, std::span<const StoredTensor> weights) {
  const auto given = by_name(weights);
  for (const auto& [name, tensor] : wanted) {
    if (const auto found = given.find(name); found != given.end())
      copy_into(tensor, *found->second);
  }
}

/// The encoder's tensors by their names inside it.
std::vector<NamedTensor> encoder_of(const torch::nn::Module& network) {
  const auto state = state_of(network);
  const auto mark = std::ranges::find_if(
      state, [](const NamedTensor& tensor) { return tensor.name.ends_with(kEncoderMark); });
  if (mark == state.end())
    throw Error(ErrorKind::Usage, "this model has no wav2vec 2.0 encoder to take weights for");
  const auto prefix =
      mark->name.substr(0, mark->name.size() - kEncoderMark.size() + kEncoderName.size());
  std::vector<NamedTensor> encoder;
  for (const auto& [name, tensor] : state) {
    if (name.starts_with(prefix)) encoder.push_back({name.substr(prefix.size()), tensor});
  }
  return encoder;
}

/// Takes the names of what only pretraining uses out of `names`.
std::vector<std::string> take_pretraining_only(std::vector<std::string>& names) {
  const auto others = std::ranges::stable_partition(
      names, [](const std::string& name) { return !is_pretraining_only(name); });
  std::vector<std::string> taken(others.begin(), others.end());
  names.erase(others.begin(), names.end());
  return taken;
}

}  // namespace

std::vector<NamedTensor> state_of(const torch::nn::Module& module) {
  std::vector<NamedTensor> state;
  for (const auto& item : module.named_parameters()) state.push_back({item.key(), item.value()});
  for (const auto& item : module.named_buffers()) state.push_back({item.key(), item.value()});
  return state;
}

std::string Misfit::text() const {
  return listed("missing", missing) + listed("of another shape", misshapen) +
         listed("unexpected", unexpected);
}

Misfit misfit(const std::vector<NamedTensor>& wanted, std::span<const StoredTensor> weights) {
  auto given = by_name(weights);
  Misfit misfit;
  for (const auto& [name, tensor] : wanted) {
    const auto found = given.find(name);
    if (found == given.end()) {
      misfit.missing.push_back(name);
      continue;
    }
    if (const auto& shape = found->second->shape; tensor.sizes() != c10::IntArrayRef(shape)) {
      misfit.misshapen.push_back(
          fmt::format("{} is {}, must be {}", name, shape_text(shape), shape_text(tensor.sizes())));
    }
    given.erase(found);
  }
  for (const auto& tensor : weights) {
    if (given.contains(tensor.name)) misfit.unexpected.push_back(tensor.name);
  }
  return misfit;
}

std::vector<StoredTensor> checked_weights(const WeightFile& file) {
  try {
    auto weights = with_reference_names(file.tensors());
    file.verify();
    return weights;
  } catch (const Error& error) {
    throw error.within(file.path().string());
  }
}

void load_tensors(const std::vector<NamedTensor>& part, std::span<const StoredTensor> weights,
                  const std::string& source) {
  if (const auto found = misfit(part, weights); found.size() > 0) refuse(source, found);
  copy_weights(part, weights);
}

void load_state(torch::nn::Module& module, std::span<const StoredTensor> weights,
                const std::string& source) {
  load_tensors(state_of(module), weights, source);
}

void load_state(torch::nn::Module& module, const WeightFile& file) {
  load_state(module, checked_weights(file), file.path().string());
}

EncoderRemainder load_encoder(torch::nn::Module& network, const WeightFile& file) {
  const auto wanted = encoder_of(network);
  const auto weights = encoder_tensors(checked_weights(file));
  if (weights.empty()) {
    throw Error(ErrorKind::BadData,
                fmt::format("{} holds no wav2vec 2.0 encoder: \"codectrace checkpoint inspect\" "
                            "shows what it holds",
                            file.path().string()));
  }
  auto found = misfit(wanted, weights);
  EncoderRemainder remainder;
  remainder.not_in_network = std::exchange(found.unexpected, {});
  remainder.not_in_file = take_pretraining_only(found.missing);
  if (found.size() > 0) refuse(file.path().string(), found);
  copy_weights(wanted, weights);
  return remainder;
}

}  // namespace codectrace::model
