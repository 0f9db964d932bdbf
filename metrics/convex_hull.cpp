#include "metrics/convex_hull.h"

namespace codectrace::metrics {
namespace {

bool violates(const ScoreStep& low, const ScoreStep& high) {
  const auto wide = [](std::int64_t count) { return static_cast<__int128>(count); };
  return wide(low.bonafide) * high.spoof >= wide(high.bonafide) * low.spoof;
}

}  // namespace

void ViolatorPool::add(const ScoreStep& step) {
  blocks_.push_back(step);
  while (blocks_.size() > 1 && violates(blocks_[blocks_.size() - 2], blocks_.back())) {
    const auto last = blocks_.back();
    blocks_.pop_back();
    auto& pooled = blocks_.back();
    pooled = {last.score, pooled.bonafide + last.bonafide, pooled.spoof + last.spoof};
  }
}

DetectionCurve convex_hull(const DetectionCurve& curve) {
  require_both_classes(curve);
  ViolatorPool pool;
  for (const auto& step : curve.steps) pool.add(step);
  return {pool.blocks(), curve.num_bonafide, curve.num_spoof};
}

}  // namespace codectrace::metrics
