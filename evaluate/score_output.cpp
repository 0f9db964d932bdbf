#include "evaluate/score_output.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "evaluate/csv_field.h"
#include "metrics/classification.h"

namespace codectrace::evaluate {
namespace {

using Json = nlohmann::ordered_json;

std::string_view verdict(const FileScore& score) {
  return score.detection.log_odds > 0 ? "bonafide" : "spoof";
}

std::string_view class_taken(const protocol::Task& task, const std::vector<double>& logits) {
  return task.classes[metrics::arg_max(logits)];
}

/// "SEM (semantic distillation)"
std::string class_in_words(const protocol::Task& task, const std::vector<double>& logits) {
  const auto taken = metrics::arg_max(logits);
  if (task.meaning.empty() || task.meaning[taken] == task.classes[taken]) {
    return task.classes[taken];
  }
  return fmt::format("{} ({})", task.classes[taken], task.meaning[taken]);
}

/// One line of a task: "  VQ   MVQ (multi-codebook)   REAL 0.0100  MVQ 0.9000 …"
std::string task_line(std::string_view name, std::string_view what, const protocol::Task& task,
                      const std::vector<std::string>& values) {
  std::string line = fmt::format("  {:<4} {:<30}", name, what);
  for (std::size_t c = 0; c < values.size(); ++c) {
    line += fmt::format("  {} {}", task.classes[c], values[c]);
  }
  return line + "\n";
}

}  // namespace

std::string ScoreOutput::text(const FileScore& score) const {
  std::string text =
      fmt::format("{}: {}, P(bona fide) {:.4f}\n", score.file,
                  verdict(score) == "spoof" ? "spoof" : "bona fide", score.detection.probability);
  for (std::size_t t = 0; t < tasks_.size(); ++t) {
    const auto& task = tasks_[t];
    const auto& logits = score.logits[t];
    std::vector<std::string> probabilities;
    for (const double p : metrics::softmax(logits)) {
      probabilities.push_back(fmt::format("{:.4f}", p));
    }
    text += task_line(task.name, class_in_words(task, logits), task, probabilities);
    if (logits_ == Logits::Hide) continue;
    std::vector<std::string> exact;
    for (const double logit : logits) exact.push_back(fmt::format("{}", static_cast<float>(logit)));
    text += task_line("", "logits", task, exact);
  }
  return text;
}

std::string ScoreOutput::csv_header() const {
  std::string line = "file,verdict,score";
  for (const auto& task : tasks_) {
    line += "," + task.name;
    for (const auto& name : task.classes) line += fmt::format(",p_{}_{}", task.name, name);
    if (logits_ == Logits::Hide) continue;
    for (const auto& name : task.classes) line += fmt::format(",logit_{}_{}", task.name, name);
  }
  return line + "\n";
}

std::string ScoreOutput::csv(const FileScore& score) const {
  std::string line =
      fmt::format("{},{},{}", csv_field(score.file), verdict(score), score.detection.probability);
  for (std::size_t t = 0; t < tasks_.size(); ++t) {
    const auto& logits = score.logits[t];
    line += fmt::format(",{}", class_taken(tasks_[t], logits));
    for (const double p : metrics::softmax(logits)) line += fmt::format(",{}", p);
    if (logits_ == Logits::Hide) continue;
    for (const double logit : logits) line += fmt::format(",{}", static_cast<float>(logit));
  }
  return line + "\n";
}

std::string ScoreOutput::json(const std::vector<FileScore>& scores,
                              const std::vector<UnscoredFile>& unscored) const {
  Json results = Json::array();
  for (const auto& score : scores) {
    Json logits = Json::object();
    Json probabilities = Json::object();
    for (std::size_t t = 0; t < tasks_.size(); ++t) {
      logits[tasks_[t].name] = score.logits[t];
      probabilities[tasks_[t].name] = metrics::softmax(score.logits[t]);
    }
    results.push_back({{"file", score.file},
                       {"score", score.detection.probability},
                       {"logits", std::move(logits)},
                       {"probabilities", std::move(probabilities)}});
  }
  Json document;
  document["schema"] = "codectrace.score/1";
  for (const auto& task : tasks_) document["classes"][task.name] = task.classes;
  document["results"] = std::move(results);
  for (const auto& [file, reason] : unscored) {
    document["errors"].push_back({{"file", file}, {"message", reason}});
  }
  constexpr int kIndent = 1;
  return document.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace codectrace::evaluate
