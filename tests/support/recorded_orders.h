#pragma once

#include <c10/core/impl/LocalDispatchKeySet.h>
#include <gtest/gtest.h>
#include <torch/library.h>
#include <torch/torch.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

namespace codectrace::test {

/// While it lives, torch::topk of this thread resolves near ties as another run did: where the
/// recorded order of elements is one that the scores have too, but for differences below `slack`,
/// it is the one that is given.
///
/// A network that keeps its k best nodes in order of their score is a step function of the scores:
/// two runs that agree to 1e-6 may part for good where two scores are nearer than that. Recorded
/// orders take those steps out of a comparison and nothing else: an order that the scores don't
/// have isn't followed, and is told by largest_gap().
class RecordedOrders {
 public:
  /// [B][k] indices of each call of topk(scores [B, N, 1], k, 1), in the order of calls.
  using Orders = std::vector<std::vector<std::vector<std::int64_t>>>;

  /// Notes this run's own orders and changes nothing.
  RecordedOrders() : guard_(registered_key()) { active() = this; }
  /// Follows `orders` where no score has to give way by more than `slack`.
  RecordedOrders(Orders orders, double slack)
      : recording_(false), orders_(std::move(orders)), slack_(slack), guard_(registered_key()) {
    active() = this;
  }
  RecordedOrders(const RecordedOrders&) = delete;
  RecordedOrders& operator=(const RecordedOrders&) = delete;
  ~RecordedOrders() {
    active() = nullptr;
    EXPECT_TRUE(recording_ || used_ == orders_.size()) << used_ << " calls of topk";
  }

  [[nodiscard]] const Orders& orders() const { return orders_; }

  /// By how much a score, at most, is from the one that its place has in this run's own order.
  [[nodiscard]] double largest_gap() const { return largest_gap_; }

 private:
  using Selected = std::tuple<torch::Tensor, torch::Tensor>;
  static constexpr auto kKey = c10::DispatchKey::TESTING_ONLY_GenericMode;

  static RecordedOrders*& active() {
    thread_local RecordedOrders* recorded = nullptr;
    return recorded;
  }

  /// Every operation goes on as without the key, but for topk.
  static c10::DispatchKey registered_key() {
    static torch::Library all(torch::Library::IMPL, "_", kKey, __FILE__, __LINE__);
    static torch::Library aten(torch::Library::IMPL, "aten", kKey, __FILE__, __LINE__);
    static const bool registered = [] {
      all.fallback(torch::CppFunction::makeFallthrough());
      aten.impl("topk", &RecordedOrders::topk);
      return true;
    }();
    EXPECT_TRUE(registered);
    return kKey;
  }

  static Selected topk(const torch::Tensor& scores, c10::SymInt count, std::int64_t dim,
                       bool largest, bool sorted) {
    const c10::impl::ExcludeDispatchKeyGuard below(kKey);
    auto own = torch::topk_symint(scores, std::move(count), dim, largest, sorted);
    if (!active()->recording_) return active()->resolved(scores, dim, std::move(own));
    active()->note(std::get<1>(own));
    return own;
  }

  void note(const torch::Tensor& order) {  // [B, k, 1]
    auto& rows = orders_.emplace_back();
    const auto indices = order.squeeze(2).cpu().contiguous();  // [B, k]
    for (const auto& row : indices.unbind()) {
      const auto* first = row.data_ptr<std::int64_t>();
      rows.emplace_back(first, first + row.numel());
    }
  }

  Selected resolved(const torch::Tensor& scores, std::int64_t dim, Selected own) {
    const auto& rows = orders_.at(used_++);
    std::vector<torch::Tensor> recorded;
    for (const auto& row : rows) recorded.push_back(torch::tensor(row, torch::kInt64));
    const auto order = torch::stack(recorded).unsqueeze(2).to(scores.device());  // [B, k, 1]
    const auto theirs = scores.gather(dim, order);
    const auto gap = (theirs.detach() - std::get<0>(own).detach()).abs().max().item<double>();
    largest_gap_ = std::max(largest_gap_, gap);
    if (gap > slack_) return own;
    return {theirs, order};
  }

  bool recording_ = true;
  Orders orders_;
  double slack_ = 0;
  std::size_t used_ = 0;
  double largest_gap_ = 0;
  c10::impl::IncludeDispatchKeyGuard guard_;
};

}  // namespace codectrace::test
