#include "train/run.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "comm/agreement.h"
#include "core/atomic_file.h"
#include "core/config.h"
#include "core/config_differences.h"
#include "core/log.h"
#include "core/stop_signal.h"
#include "train/checkpoint.h"
#include "train/device.h"
#include "train/kept_features.h"
#include "train/learner.h"
#include "train/loader.h"
#include "train/material.h"
#include "train/metrics_log.h"
#include "train/pretrained.h"
#include "train/resume.h"
#include "train/run_directory.h"
#include "train/selection.h"
#include "train/shared_quarantine.h"
#include "train/step.h"
#include "train/step_window.h"

namespace codectrace::train {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

class Run {
 public:
  Run(const Config& config, comm::Communicator& comm)
      : config_(config), comm_(comm), directory_(config.out) {}

  ExitCode go() {
    prepare();
    if (state_.finished && (state_.step >= total_steps_ || is_over(config_.selection, state_))) {
      log::info(
          "{} is finished: {} steps. Nothing to do; for more, raise train.epochs or "
          "selection.patience and give --resume {}",
          config_.out.string(), state_.step, gone_on_from_.string());
      return ExitCode::Done;
    }
    open_logs();
    const ExitCode result = train();
    if (result == ExitCode::Done) summarise();
    return result;
  }

 private:
  void prepare();
  void restore(const StartingPoint& start);
  void open_logs();
  ExitCode train();
  [[nodiscard]] bool score_dev();
  void step(Loader& loader);
  void note_skipped(const StepReport& report);
  void write_log_line();
  [[nodiscard]] bool is_due(bool epoch_ended) const;
  void save();
  void require_finite_weights() const;
  void tidy() const;
  void summarise() const;

  [[nodiscard]] double lr_factor(std::uint64_t step) const {
    return learning_rate_factor(config_.schedule, step - schedule_begins_, total_steps_,
                                steps_per_epoch_now());
  }
  [[nodiscard]] const Sampling& sampling() const { return material_->sampling; }
  [[nodiscard]] std::uint64_t steps_per_epoch_now() const { return steps_per_epoch(sampling()); }

  const Config& config_;
  comm::Communicator& comm_;
  RunDirectory directory_;
  std::unique_ptr<FolderLock> lock_;  // rank 0
  torch::Device device_ = torch::kCPU;
  std::unique_ptr<Material> material_;
  std::unique_ptr<Learner> learner_;
  std::unique_ptr<TrainingStep> step_;
  std::unique_ptr<Selection> selection_;
  std::uint64_t total_steps_ = 0;
  std::uint64_t schedule_begins_ = 0;  // the step; later than 0 as the reference resumes alone
  TrainingState state_;
  std::filesystem::path gone_on_from_;  // empty: from the beginning
  StepWindow window_;
  std::unique_ptr<MetricsLog> metrics_;  // rank 0
  std::unique_ptr<log::Progress> progress_;
  Clock::time_point saved_at_ = Clock::now();
  double last_loss_ = 0;
  std::uint64_t corrupt_utterances_ = 0;  // found so far, of all ranks
};

void Run::prepare() {
  comm_.set_time_limit(config_.comm.stall_limit_s);
  comm::agree(comm_, "the config", config::with_whole_names(decisive_keys(config_)));
  if (config_.train.deterministic) take_deterministic_kernels();
  if (config_.train.threads > 0) at::set_num_threads(config_.train.threads);
  StartingPoint start;
  comm::together(comm_, [&] {
    device_ = choose_device(config_.train.device, comm_);
    material_ = std::make_unique<Material>(config_);
    learner_ = std::make_unique<Learner>(config_, material_->taxonomy, device_);
    material_->read_lists(config_, learner_->network().heads());
  });
  comm::together(comm_, [&] {
    if (comm_.is_root()) lock_ = directory_.claim();
  });
  comm::together(comm_, [&] { start = starting_point(config_, material_->inputs); });
  comm::agree(comm_, "data.watched_lists and watched_layouts",
              fmt::format("{} {}", fmt::join(config_.data.watched_lists, " "),
                          fmt::join(config_.data.watched_layouts, " ")));
  for (const auto* inputs : {&material_->inputs, &material_->watched_inputs}) {
    for (const auto& [name, checksum] : *inputs) comm::agree(comm_, name, checksum);
  }
  comm::agree(comm_, "the step to start from", std::to_string(start.state.step));
  if (!start.checkpoint) {
    comm::together(comm_, [&] {  // files are read by one rank; begin() hands weights on
      if (!comm_.is_root()) return;
      start_from_pretrained(config_, learner_->network());
      warn_of_untrained_parts(config_);
    });
  }
  learner_->begin(comm_);
  const StepOptions options{.seed = config_.train.seed,
                            .clip_norm = config_.train.clip_norm,
                            .on_bad_loss = config_.train.on_bad_loss,
                            .precision = config_.train.precision,
                            .device = device_,
                            .buckets = {},
                            .compression = config_.train.compress_gradients};
  step_ = std::make_unique<TrainingStep>(learner_->network(), learner_->loss(),
                                         learner_->optimizer(), comm_, options);
  total_steps_ = static_cast<std::uint64_t>(config_.train.epochs) * steps_per_epoch_now();
  if (config_.train.max_steps > 0) {
    total_steps_ = std::min(total_steps_, static_cast<std::uint64_t>(config_.train.max_steps));
  }
  restore(start);
}

void Run::restore(const StartingPoint& start) {
  if (start.checkpoint) {
    comm::together(comm_, [&] { learner_->load(*start.checkpoint); });
    gone_on_from_ = *start.checkpoint;
    log::info("going on from {}", gone_on_from_.string());
    if (config_.compat.reference) {
      schedule_begins_ = start.state.step - start.state.step % steps_per_epoch_now();
      log::info(
          "compat.reference: the optimiser, the weights of tasks and the learning rate's course "
          "begin anew, as there");
    }
  }
  state_ = start.state;
  state_.ranks = comm_.size();
  state_.inputs = material_->inputs;
  state_.decisive_keys = decisive_keys(config_);
  comm::together(comm_, [&] {
    if (comm_.is_root()) tidy();  // a process may have been killed between checkpoint and links
  });
}

void Run::open_logs() {
  comm::together(comm_, [&] {
    if (!comm_.is_root()) return;
    make_folders(config_.out);
    write_file_atomically(config_.out / "config.toml", config::dump(config_));
    write_file_atomically(config_.out / "plan.json",  // for status
                          fmt::format(R"({{"total_steps": {}, "steps_per_epoch": {}}})",
                                      total_steps_, steps_per_epoch_now()) +
                              "\n");
    metrics_ = std::make_unique<MetricsLog>(
        config_.out, state_.step,
        config_.log.tensorboard ? MetricsLog::TensorBoard::On : MetricsLog::TensorBoard::Off);
  });
  std::int64_t weights = 0;
  for (const auto& tensor : learner_->network().parameters()) weights += tensor.numel();
  log::info(
      "{} utterances to train on, {} for dev; {} weights; {} steps of {} ({} an epoch) on {} "
      "rank{}, {}",
      material_->train.size(), material_->dev_size(), weights, total_steps_, sampling().batch_size,
      steps_per_epoch_now(), comm_.size(), comm_.size() > 1 ? "s" : "", device_.str());
  progress_ = std::make_unique<log::Progress>("train", total_steps_ * sampling().batch_size,
                                              "utterances", state_.step * sampling().batch_size);
}

ExitCode Run::train() {
  LoaderOptions options;
  options.samples = learner_->network().input_samples();
  options.crop = config_.data.crop;
  options.rawboost = config_.augment.rawboost;
  std::vector<std::optional<shard::FeatureSpec>> kept;  // of scored lists, by corpus
  comm::together(comm_, [&] {                           // told from the weights as they are now
    auto& network = learner_->network();
    const auto of_training = kept_features(network, material_->training().corpus, config_);
    options.features = of_training.training;
    kept.push_back(of_training.dev);
    for (std::size_t i = 1; i < material_->corpora.size(); ++i)
      kept.push_back(kept_features_of_scored(network, material_->corpora[i].corpus, config_));
  });
  selection_ = std::make_unique<Selection>(config_, *material_, learner_->network(),
                                           learner_->loss(), kept, comm_);
  options.pinned_memory = device_.is_cuda();
  options.threads = config_.train.loader_threads;
  Loader loader(material_->train, material_->training().reader, sampling(), options,
                static_cast<std::uint64_t>(comm_.rank()), static_cast<std::uint64_t>(comm_.size()),
                state_.step, total_steps_);
  saved_at_ = Clock::now();
  while (state_.step < total_steps_) {
    step(loader);
    const bool epoch_ended = state_.step_of_epoch == 0;
    const bool last = state_.step == total_steps_;
    if (window_.steps() == static_cast<std::uint64_t>(config_.log.every_steps) || last) {
      write_log_line();
    }
    const bool score_dev_now =
        last || (epoch_ended &&
                 state_.epoch % static_cast<std::uint64_t>(config_.selection.every_epochs) == 0);
    const bool improved = score_dev_now && score_dev();
    state_.finished = last || is_over(config_.selection, state_);
    const bool stop = comm_.any(stop_requested()) && !state_.finished;
    if (state_.finished || improved || stop || comm_.any(is_due(epoch_ended))) save();
    if (state_.finished && !last) {
      log::info("ended early: {} scorings of dev without a better one (selection.patience)",
                state_.scorings_since_best);
      break;
    }
    if (stop) {
      progress_.reset();
      log::info("stopped on request after step {} of {}: the same command goes on", state_.step,
                total_steps_);
      return ExitCode::Interrupted;
    }
  }
  progress_.reset();
  return ExitCode::Done;
}

/// By the averaged weights, if there are any: what checkpoints hold.
bool Run::score_dev() {
  const auto averaged = learner_->averaged();
  return selection_->score(state_, metrics_.get());
}

void Run::step(Loader& loader) {
  const auto begun = Clock::now();
  const double waited_before = loader.waited_s();
  std::vector<Batch> batches;
  comm::together(comm_, [&] {
    for (std::uint64_t i = 0; i < sampling().micro_batches; ++i) batches.push_back(loader.next());
  });
  learner_->optimizer().train_encoder(
      state_.epoch >= static_cast<std::uint64_t>(config_.optimizer.encoder_frozen_epochs));
  const StepReport report =
      step_->run(state_.step, lr_factor(state_.step), batches,
                 [this](std::uint64_t index) { return material_->training().corpus.id(index); });
  if (!report.skipped.empty()) note_skipped(report);
  const double whole = seconds_since(begun);
  window_.add(report, loader.waited_s() - waited_before, whole);
  last_loss_ = report.loss;
  ++state_.step;
  if (report.skipped.empty()) learner_->update_average(state_.step);
  state_.epoch = state_.step / steps_per_epoch_now();
  state_.step_of_epoch = state_.step % steps_per_epoch_now();
  state_.seconds += whole;
  progress_->update(
      state_.step * sampling().batch_size,
      fmt::format("epoch {} of {}, loss {:.4f}", (state_.step - 1) / steps_per_epoch_now() + 1,
                  config_.train.epochs, last_loss_));
}

/// What fails again and again isn't a sample's fault, and wouldn't end.
void Run::note_skipped(const StepReport& report) {
  ++state_.skipped_steps;
  const auto most = static_cast<std::uint64_t>(config_.train.most_skipped_steps);
  if (state_.skipped_steps > most) {
    throw Error(ErrorKind::BadData,
                fmt::format("{}: {} steps were left out for that before, train.most_skipped_steps; "
                            "lower optimizer.lr, or set schedule.warmup_steps or train.clip_norm",
                            report.skipped, most));
  }
  if (comm_.is_root()) {
    log::warn("{}: left out, {} of at most {}", report.skipped, state_.skipped_steps, most);
  }
}

void Run::write_log_line() {
  const double lr = config_.optimizer.lr * lr_factor(state_.step - 1);
  auto scalars = window_.take(learner_->loss(), lr, config_.train.batch_size);
  corrupt_utterances_ = 0;
  for (const auto& each : material_->corpora)
    corrupt_utterances_ += share_quarantine(each.reader, comm_);
  if (corrupt_utterances_ > 0) {
    scalars.push_back({"corrupt_utterances", static_cast<double>(corrupt_utterances_)});
  }
  comm::together(comm_, [&] {
    if (metrics_) metrics_->add("train", state_.step, state_.epoch, scalars);
  });
}

/// Whether it is time for a checkpoint; ranks' clocks may differ.
bool Run::is_due(bool epoch_ended) const {
  const auto every = [](std::int64_t period, std::uint64_t count) {
    return period > 0 && count % static_cast<std::uint64_t>(period) == 0;
  };
  const CheckpointConfig& when = config_.checkpoint;
  return every(when.every_steps, state_.step) ||
         (epoch_ended && every(when.every_epochs, state_.epoch)) ||
         (when.every_minutes > 0 && seconds_since(saved_at_) >= 60 * when.every_minutes);
}

void Run::save() {
  comm::together(comm_, [&] {
    if (!comm_.is_root()) return;
    require_finite_weights();
    learner_->save(directory_.checkpoint(state_.step), state_);
    tidy();
  });
  saved_at_ = Clock::now();
}

/// A checkpoint that can't be gone on from must not take the place of one that can.
void Run::require_finite_weights() const {
  const auto weight = learner_->not_finite();
  if (!weight) return;
  const auto last = directory_.newest_checkpoint().value_or(gone_on_from_);
  throw Error(ErrorKind::BadData,
              fmt::format("step {}: the weights {} aren't finite and aren't saved; lower "
                          "optimizer.lr, or set schedule.warmup_steps or train.clip_norm, and {}",
                          state_.step, *weight,
                          last.empty() ? "begin again"
                                       : "go on with another --out and --resume " + last.string()));
}

void Run::tidy() const {
  directory_.tidy(config_.checkpoint.keep_last,
                  state_.best ? std::optional(state_.best->step) : std::nullopt);
}

void Run::summarise() const {
  log::info("trained {} steps in {}", state_.step, log::format_duration(state_.seconds));
  if (corrupt_utterances_ > 0) {
    log::info(
        "{} utterances were corrupt: left out of dev lists, in training others taken in their "
        "place",
        corrupt_utterances_);
  }
  if (state_.best) {
    log::info("best checkpoint: {} (step {}, dev {} {:.4f})", (config_.out / "best").string(),
              state_.best->step, state_.best->metric, state_.best->value);
  } else {
    log::info("no dev lists, so no best checkpoint; the last one is {}",
              (config_.out / "latest").string());
  }
  selection_->summarise();
  log::info("next: codectrace evaluate --checkpoint {} --corpus {} --protocol LIST --out RESULTS",
            (config_.out / (state_.best ? "best" : "latest")).string(), config_.data.corpus);
}

}  // namespace

ExitCode run(const Config& config, comm::Communicator& comm) {
  check(config, comm.size());
  model::check(config.model);
  return Run(config, comm).go();
}

}  // namespace codectrace::train
