#include "train/gradient_buckets.h"

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/functions/accumulate_grad.h>
#include <torch/csrc/autograd/variable.h>

#include <unordered_set>
#include <utility>

#include "core/error.h"
#include "train/tensor_buffer.h"

namespace codectrace::train {
namespace {

/// The leaves that a backward from `loss` reaches.
std::unordered_set<const c10::TensorImpl*> leaves_of(const torch::Tensor& loss) {
  std::unordered_set<const c10::TensorImpl*> leaves;
  std::unordered_set<const torch::autograd::Node*> seen;
  std::vector<torch::autograd::Node*> open;
  const auto visit = [&](torch::autograd::Node* node) {
    if (node != nullptr && seen.insert(node).second) open.push_back(node);
  };
  visit(loss.grad_fn().get());
  while (!open.empty()) {
    auto* node = open.back();
    open.pop_back();
    if (const auto* leaf = dynamic_cast<torch::autograd::AccumulateGrad*>(node)) {
      leaves.insert(leaf->variable.unsafeGetTensorImpl());
    }
    for (const auto& edge : node->next_edges()) visit(edge.function.get());
  }
  return leaves;
}

}  // namespace

struct GradientBuckets::Hook final : torch::autograd::PostAccumulateGradHook {
  Hook(GradientBuckets& owner_, std::size_t parameter_) : owner(owner_), parameter(parameter_) {}
  void operator()(const torch::autograd::Variable&) override { owner.arrived(parameter); }
  GradientBuckets& owner;
  std::size_t parameter;
};

GradientBuckets::GradientBuckets(std::vector<torch::Tensor> parameters, comm::Communicator& comm,
                                 Sizes sizes, Compression compression)
    : parameters_(std::move(parameters)), comm_(comm), compression_(compression) {
  if (comm_.size() == 1) return;
  slots_.resize(parameters_.size());
  awaited_.resize(parameters_.size());
  received_.resize(parameters_.size());
  fill_buckets(sizes);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    torch::autograd::impl::set_post_acc_grad_hooks(parameters_[i],
                                                   std::make_unique<Hook>(*this, i));
  }
}

GradientBuckets::~GradientBuckets() {
  if (comm_.size() == 1) return;
  for (const torch::Tensor& parameter : parameters_) {
    torch::autograd::impl::set_post_acc_grad_hooks(parameter, nullptr);
  }
}

void GradientBuckets::fill_buckets(Sizes sizes) {
  std::vector<std::size_t> members;
  std::int64_t elements = 0;
  for (std::size_t i = parameters_.size(); i-- > 0;) {
    const torch::Tensor& parameter = parameters_[i];
    if (!members.empty()) {
      const torch::Tensor& other = parameters_[members.front()];
      const std::size_t limit = buckets_.empty() ? sizes.first_bytes : sizes.bytes;
      const auto bytes = static_cast<std::size_t>(elements) * other.element_size();
      if (bytes >= limit || other.scalar_type() != parameter.scalar_type()) {
        close_bucket(std::exchange(members, {}), std::exchange(elements, 0));
      }
    }
    members.push_back(i);
    elements += parameter.numel();
  }
  if (!members.empty()) close_bucket(std::move(members), elements);
}

void GradientBuckets::close_bucket(std::vector<std::size_t> members, std::int64_t elements) {
  Bucket bucket;
  bucket.memory = torch::zeros({elements}, parameters_[members.front()].detach().options());
  std::int64_t offset = 0;
  for (const std::size_t i : members) {
    const torch::Tensor& parameter = parameters_[i];
    // The fused optimisers walk gradient and parameter in memory order, so both are laid out alike.
    CT_INVARIANT(parameter.is_non_overlapping_and_dense(), "a parameter in scattered memory");
    slots_[i] = {buckets_.size(),
                 bucket.memory.as_strided(parameter.sizes(), parameter.strides(), offset)};
    offset += parameter.numel();
  }
  bucket.members = std::move(members);
  buckets_.push_back(std::move(bucket));
}

void GradientBuckets::backward(const torch::Tensor& loss, LastMicroBatch last) {
  sending_ = last == LastMicroBatch::Yes && comm_.size() > 1;
  if (sending_) {
    started_ = 0;
    expect_gradients_of(loss);
    start_ready_buckets();
  }
  loss.backward();
  if (sending_) {
    // A function may pass nothing on to a parameter of its graph: that one's hook isn't called.
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      if (awaited_[i]) arrived(i);
    }
  }
  sending_ = false;
}

void GradientBuckets::expect_gradients_of(const torch::Tensor& loss) {
  const auto leaves = leaves_of(loss);
  for (Bucket& bucket : buckets_) bucket.missing = 0;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const bool comes = leaves.contains(parameters_[i].unsafeGetTensorImpl());
    awaited_[i] = comes;
    // What an earlier micro-batch brought counts too.
    received_[i] = comes || parameters_[i].grad().defined() ? 1 : 0;
    if (comes) {
      ++buckets_[slots_[i].bucket].missing;
    } else {
      fill_slot(i);
    }
  }
  received_pending_ =
      comm_.all_reduce(comm::buffer(std::span<std::int32_t>(received_)), comm::Reduce::Max);
}

void GradientBuckets::arrived(std::size_t parameter) {
  if (!sending_) return;
  CT_INVARIANT(awaited_[parameter], "a gradient that the graph didn't announce");
  awaited_[parameter] = false;
  fill_slot(parameter);
  --buckets_[slots_[parameter].bucket].missing;
  start_ready_buckets();
}

void GradientBuckets::fill_slot(std::size_t parameter) {
  const torch::NoGradGuard no_grad;
  torch::Tensor& gradient = parameters_[parameter].mutable_grad();
  torch::Tensor& view = slots_[parameter].view;
  if (gradient.defined()) {
    view.copy_(gradient);
    gradient = view;
  } else {
    view.zero_();
  }
}

void GradientBuckets::start_ready_buckets() {
  while (started_ < buckets_.size() && buckets_[started_].missing == 0) {
    Bucket& bucket = buckets_[started_++];
    if (compression_ == Compression::Bf16) bucket.compressed = bucket.memory.to(torch::kBFloat16);
    const torch::Tensor& sent = bucket.compressed.defined() ? bucket.compressed : bucket.memory;
    bucket.pending = comm_.all_reduce(tensor_buffer(sent), comm::Reduce::Sum);
  }
}

double GradientBuckets::finish() {
  if (comm_.size() == 1) return 0;
  CT_INVARIANT(started_ == buckets_.size(), "backward ended before all gradients were there");
  double seconds = 0;
  for (Bucket& bucket : buckets_) {
    seconds += bucket.pending.wait();
    if (bucket.compressed.defined()) bucket.memory.copy_(bucket.compressed);
  }
  received_pending_.wait();
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    torch::Tensor& gradient = parameters_[i].mutable_grad();
    if (received_[i] != 0) {
      gradient = slots_[i].view;
    } else {
      gradient.reset();
    }
  }
  return seconds;
}

}  // namespace codectrace::train
