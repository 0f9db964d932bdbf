#include "train/selection.h"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "comm/agreement.h"
#include "core/config.h"
#include "core/log.h"

namespace codectrace::train {

bool is_over(const SelectionConfig& config, const TrainingState& state) {
  const auto patience = static_cast<std::uint64_t>(config.patience);
  return patience > 0 && state.scorings_since_best >= patience;
}

Selection::Selection(const Config& config, const Material& material, model::Network& network,
                     WeightedLoss loss, std::span<const std::optional<shard::FeatureSpec>> kept,
                     comm::Communicator& comm)
    : config_(config), material_(material), network_(network), loss_(std::move(loss)), comm_(comm) {
  for (std::size_t i = 0; i < material.corpora.size(); ++i)
    readers_.emplace_back(material.corpora[i].reader, kept[i]);
}

bool Selection::score(TrainingState& state, MetricsLog* metrics) {
  const bool improved = select_by_dev(state, metrics);
  report_on_watched(state, metrics);
  report_on_test(state, metrics);
  return improved;
}

bool Selection::select_by_dev(TrainingState& state, MetricsLog* metrics) {
  if (material_.dev.empty()) return false;
  const int rawboost = config_.compat.reference ? config_.augment.rawboost : 0;
  std::vector<DevSet> sets;
  for (const auto& part : material_.dev) sets.push_back({part.set, readers_[part.corpus]});
  const DevResults results = scored(sets, rawboost, state);
  const auto metric = config_.selection.metric;
  const double value = selected(results.joined, metric);
  const bool improved = !state.best || is_better(metric, value, state.best->value);
  if (improved) state.best = Best{std::string(config::name_of(metric)), value, state.step};
  state.scorings_since_best = improved ? 0 : state.scorings_since_best + 1;
  report("dev", results.joined, state, metrics, improved ? " (best)" : "");
  if (sets.size() == 1) return improved;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const auto& name = material_.corpus_names[material_.dev[i].corpus];
    report(fmt::format("dev of {}", name), results.by_set[i], state, metrics);
  }
  return improved;
}

void Selection::report_on_watched(const TrainingState& state, MetricsLog* metrics) {
  for (const auto& [name, watched] : material_.watched) {
    const DevSet set{watched.set, readers_[watched.corpus]};
    report(name, scored({&set, 1}, 0, state).joined, state, metrics);
  }
}

/// The reference's second "best epoch".
void Selection::report_on_test(const TrainingState& state, MetricsLog* metrics) {
  if (material_.test.size() == 0) return;
  const DevSet set{material_.test, readers_.front()};
  const DevResult result = scored({&set, 1}, 0, state).joined;
  const auto metric = config_.selection.metric;
  const double value = selected(result, metric);
  if (!best_on_test_ || is_better(metric, value, best_on_test_->value)) {
    best_on_test_ = Best{std::string(config::name_of(metric)), value, state.step};
  }
  report("test", result, state, metrics);
}

DevResults Selection::scored(std::span<const DevSet> sets, int rawboost,
                             const TrainingState& state) {
  return score_dev(network_, loss_, sets,
                   {.batch_size = config_.selection.batch_size,
                    .precision = config_.train.precision,
                    .figures = config_.compat.reference ? DevFigures::Reference : DevFigures::Ours,
                    .rawboost = rawboost,
                    .seed = config_.train.seed,
                    .epoch = state.epoch},
                   comm_);
}

void Selection::report(std::string_view kind, const DevResult& result, const TrainingState& state,
                       MetricsLog* metrics, std::string_view remark) {
  std::vector<Scalar> scalars{
      {"eer", result.eer}, {"accuracy", result.accuracy}, {"f1", result.f1}, {"loss", result.loss}};
  const auto& heads = network_.heads();
  for (std::size_t k = 0; k < heads.size(); ++k) {
    scalars.push_back({fmt::format("accuracy_{}", heads[k].task), result.accuracy_by_task[k]});
  }
  for (std::size_t k = 0; k < loss_->terms().size(); ++k) {
    scalars.push_back({fmt::format("loss_{}", loss_->terms()[k]), result.loss_by_term[k]});
  }
  comm::together(comm_, [&] {
    if (metrics != nullptr) metrics->add(kind, state.step, state.epoch, scalars);
  });
  log::info("step {}: {} EER {:.2f} %, accuracy {:.2f} %, loss {:.4f}{}", state.step, kind,
            100 * result.eer, 100 * result.accuracy, result.loss, remark);
}

void Selection::summarise() const {
  if (!best_on_test_) return;
  log::info("best by the test lists: step {}, {} {:.4f}; chosen on what it is evaluated on",
            best_on_test_->step, best_on_test_->metric, best_on_test_->value);
}

}  // namespace codectrace::train
