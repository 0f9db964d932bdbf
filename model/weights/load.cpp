#include "model/weights/load.h"

#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"

namespace codectrace::model {
namespace {

constexpr std::size_t kShown = 12;

std::string listed(const std::string& what, const std::vector<std::string>& names) {
  if (names.empty()) return "";
  const std::vector<std::string> shown(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, names.size())));
  return fmt::format("\n  {} {}: {}{}", names.size(), what, fmt::join(shown, ", "),
                     names.size() > kShown ? ", …" : "");
}

}  // namespace

std::vector<NamedTensor> state_of(const torch::nn::Module& module) {
  std::vector<NamedTensor> state;
  for (const auto& item : module.named_parameters()) state.push_back({item.key(), item.value()});
  for (const auto& item : module.named_buffers()) state.push_back({item.key(), item.value()});
  return state;
}

void load_state(torch::nn::Module& module, const std::vector<NamedTensor>& weights,
                const std::string& source) {
  std::map<std::string, torch::Tensor> given;
  for (const auto& named : weights) given.emplace(named.name, named.tensor);

  std::vector<std::string> missing;
  std::vector<std::string> misshapen;
  const auto wanted = state_of(module);
  for (const auto& [name, tensor] : wanted) {
    const auto found = given.find(name);
    if (found == given.end()) {
      missing.push_back(name);
      continue;
    }
    if (found->second.sizes() != tensor.sizes()) {
      misshapen.push_back(fmt::format("{} is [{}], must be [{}]", name,
                                      fmt::join(found->second.sizes(), ", "),
                                      fmt::join(tensor.sizes(), ", ")));
    }
  }
  std::vector<std::string> unexpected;
  for (const auto& [name, tensor] : given) {
    if (std::ranges::find(wanted, name, &NamedTensor::name) == wanted.end())
      unexpected.push_back(name);
  }
  if (!missing.empty() || !misshapen.empty() || !unexpected.empty()) {
    throw Error(
        ErrorKind::BadData,
        fmt::format("{} doesn't fit the model:{}{}{}", source, listed("missing", missing),
                    listed("of another shape", misshapen), listed("unexpected", unexpected)));
  }
  const torch::NoGradGuard no_grad;
  for (const auto& [name, tensor] : wanted) {
    auto target = tensor;
    target.copy_(given.at(name));
  }
}

}  // namespace codectrace::model
