#include "evaluate/score_files.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "core/log.h"
#include "core/stop_signal.h"
#include "evaluate/audio_input.h"
#include "evaluate/score_merge.h"
#include "model/device.h"
#include "model/fit_to_length.h"
#include "model/scorer.h"

namespace codectrace::evaluate {
namespace {

/// Scores to stdout: text and CSV at once, JSON at the end. Nothing at all if there are none.
class ScorePrinter {
 public:
  ScorePrinter(ScoreFormat format, ScoreOutput output)
      : format_(format), output_(std::move(output)) {}

  void add(FileScore score) {
    switch (format_) {
      case ScoreFormat::Text:
        print(output_.text(score));
        break;
      case ScoreFormat::Csv:
        if (added_ == 0) print(output_.csv_header());
        print(output_.csv(score));
        break;
      case ScoreFormat::JsonDocument:
        kept_.push_back(std::move(score));
        break;
    }
    ++added_;
  }
  void finish(const std::vector<UnscoredFile>& unscored) const {
    if (format_ == ScoreFormat::JsonDocument && added_ > 0) print(output_.json(kept_, unscored));
  }

 private:
  static void print(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
  }

  ScoreFormat format_;
  ScoreOutput output_;
  std::size_t added_ = 0;
  std::vector<FileScore> kept_;
};

/// Samples → what a model says of them.
class WaveformScorer {
 public:
  WaveformScorer(std::shared_ptr<model::Network> network, protocol::Taxonomy taxonomy,
                 model::Precision precision)
      : network_(std::move(network)), taxonomy_(std::move(taxonomy)), precision_(precision) {}

  [[nodiscard]] std::vector<protocol::Task> tasks() const {
    std::vector<protocol::Task> tasks;
    for (const auto& head : network_->heads()) tasks.push_back(taxonomy_.task(head.task));
    return tasks;
  }

  /// @throws Error(BadData) if the model's answer isn't finite
  [[nodiscard]] FileScore score(const std::string& file, std::span<const float> samples) const {
    const auto length = network_->input_samples();
    const auto waveform = torch::empty({1, length});
    model::fit_to_length(samples, 0,
                         {waveform.data_ptr<float>(), static_cast<std::size_t>(length)});
    const auto answers = model::logits_of(*network_, waveform, precision_);  // a head: [1, classes]

    FileScore result{file, {}, {}};
    std::vector<std::span<const float>> logits;
    const auto& heads = network_->heads();
    for (std::size_t h = 0; h < heads.size(); ++h) {
      logits.emplace_back(answers[h].const_data_ptr<float>(), heads[h].classes.size());
      if (!std::ranges::all_of(logits[h], [](float x) { return std::isfinite(x); })) {
        throw Error(ErrorKind::BadData, fmt::format("{}: the model's answer is not finite", file));
      }
      result.logits.push_back(in_class_order(logits[h], heads[h], taxonomy_.task(heads[h].task)));
    }
    const auto score = model::detection_score(heads, logits);
    result.detection = {score.probability, score.llr};
    return result;
  }

 private:
  std::shared_ptr<model::Network> network_;
  protocol::Taxonomy taxonomy_;
  model::Precision precision_;
};

WaveformScorer open_scorer(const ScoreFilesOptions& options, const comm::Communicator& comm) {
  const auto [checkpoint, saved] = open_evaluated_model(options.model);
  auto taxonomy =
      agreed_taxonomy(saved.taxonomy_text, options.model.taxonomy, saved.network->heads());
  saved.network->to(model::device_of_rank(options.device, comm.local_rank()));
  return {saved.network, std::move(taxonomy), options.precision};
}

[[noreturn]] void fail_with(const std::vector<UnscoredFile>& unscored, std::size_t files) {
  if (files == 1) throw Error(ErrorKind::BadData, unscored.front().reason);
  constexpr std::size_t kShown = 20;
  std::string message = fmt::format("{} of {} files can't be scored:", unscored.size(), files);
  for (const auto& one : std::span(unscored).first(std::min(kShown, unscored.size()))) {
    message += "\n  " + one.reason;
  }
  if (unscored.size() > kShown) message += fmt::format("\n  and {} more", unscored.size() - kShown);
  throw Error(ErrorKind::BadData, message);
}

}  // namespace

ExitCode score_files(const ScoreFilesOptions& options, comm::Communicator& comm) {
  const auto files = audio_files(options.files);
  const auto scorer = open_scorer(options, comm);
  ScorePrinter printer(options.format, ScoreOutput(scorer.tasks(), options.logits));
  AudioInput input;
  std::vector<UnscoredFile> unscored;
  std::optional<log::Progress> progress;  // where the scores themselves don't show it
  if (files.size() > 1 && ::isatty(STDOUT_FILENO) == 0)
    progress.emplace("score", files.size(), "files");
  std::size_t done = 0;
  for (const auto& file : files) {
    if (stop_requested()) break;
    try {
      printer.add(scorer.score(file, input.load(file)));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::BadData) throw;
      unscored.push_back({file, error.what()});
    }
    ++done;
    if (progress) progress->update(done);
  }
  printer.finish(unscored);
  if (done < files.size()) {
    log::warn("stopped on request: {} of {} files are done", done, files.size());
    return ExitCode::Interrupted;
  }
  if (!unscored.empty()) fail_with(unscored, files.size());
  return ExitCode::Done;
}

}  // namespace codectrace::evaluate
