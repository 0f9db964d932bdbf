#include "model/inherited_weights.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "core/error.h"
#include "model/saved_model.h"
#include "model/weights/load.h"

namespace codectrace::model {
namespace {

constexpr std::string_view kOutputMark = ".out_layer.weight";
constexpr std::string_view kDecoders = "MAE.all_decoders.";  // one a class

/// "multiclass_branch_as": the modules that answer the heads, in their order.
std::vector<std::string> branches_of(const Network& network) {
  std::vector<std::string> branches;
  for (const auto& item : network.named_parameters()) {
    if (item.key().ends_with(kOutputMark))
      branches.push_back(item.key().substr(0, item.key().size() - kOutputMark.size()));
  }
  CT_INVARIANT(branches.size() == network.heads().size(), "a head without an output layer");
  return branches;
}

/// Heads of tasks that a file's network answers with other classes.
std::vector<bool> with_other_classes(const std::vector<Head>& heads,
                                     const std::vector<Head>& trained) {
  std::vector<bool> other;
  for (const Head& head : heads) {
    const auto same_task = std::ranges::find(trained, head.task, &Head::task);
    other.push_back(same_task != trained.end() && same_task->classes != head.classes);
  }
  return other;
}

/// Sorts a network's tensors into what is taken and what may stay fresh.
class Inheritance {
 public:
  Inheritance(const Network& network, const WeightFile& file)
      : branches_(branches_of(network)),
        others_(with_other_classes(network.heads(), heads_in(file.metadata()))) {}

  /// May this tensor stay as it is, where the file has none that fits?
  [[nodiscard]] bool may_be_fresh(std::string_view name) const {
    return name.starts_with(kDecoders) || std::ranges::any_of(branches_, [&](const auto& branch) {
             return is_inside(name, branch);
           });
  }
  /// Does it index classes that aren't the file's?
  [[nodiscard]] bool must_be_fresh(std::string_view name) const {
    for (std::size_t i = 0; i < branches_.size(); ++i) {
      if (others_[i] && is_inside(name, branches_[i] + ".out_layer")) return true;
    }
    return false;
  }
  [[nodiscard]] const std::vector<std::string>& branches() const { return branches_; }

 private:
  static bool is_inside(std::string_view name, const std::string& module) {
    return name.starts_with(module + ".");
  }
  std::vector<std::string> branches_;
  std::vector<bool> others_;  // by branch
};

}  // namespace

Inherited inherit_weights(Network& network, const WeightFile& file) {
  const Inheritance rules(network, file);
  const auto weights = checked_weights(file);
  std::map<std::string_view, const StoredTensor*> given;
  for (const auto& tensor : weights) given.emplace(tensor.name, &tensor);

  Inherited inherited;
  std::vector<NamedTensor> wanted;
  std::vector<StoredTensor> taken;
  for (const auto& tensor : state_of(network)) {
    const auto found = given.find(tensor.name);
    const bool fits =
        found != given.end() && tensor.tensor.sizes() == c10::IntArrayRef(found->second->shape);
    if (rules.must_be_fresh(tensor.name) || (!fits && rules.may_be_fresh(tensor.name))) {
      inherited.fresh.push_back(tensor.name);
      continue;
    }
    wanted.push_back(tensor);  // load_tensors tells what doesn't fit
    if (found == given.end()) continue;
    taken.push_back(*found->second);
    given.erase(found);
  }
  load_tensors(wanted, taken, file.path().string());
  inherited.taken = taken.size();
  for (const auto& tensor : weights) {
    if (given.contains(tensor.name)) inherited.passed_over.push_back(tensor.name);
  }
  for (std::size_t i = 0; i < rules.branches().size(); ++i) {
    const auto output = rules.branches()[i] + std::string(kOutputMark);
    if (std::ranges::find(inherited.fresh, output) != inherited.fresh.end())
      inherited.other_heads.push_back(network.heads()[i].task);
  }
  return inherited;
}

}  // namespace codectrace::model
