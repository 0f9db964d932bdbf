#include "evaluate/reference_files.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "metrics/classification.h"
#include "metrics/eer.h"

namespace codectrace::evaluate {
namespace {

/// The fewest digits that read back to the value, as "d.ddde-05".
std::string shortest_scientific(float value) {
  std::array<char, 64> text{};
  const auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific);
  return {text.data(), end};
}

/// "1.25e-02" → "0.0125": the same digits, the point where it belongs, at least one digit after it.
std::string positional(const std::string& scientific) {
  const auto exponent_at = scientific.find('e');
  const int exponent = std::stoi(scientific.substr(exponent_at + 1));
  const bool negative = scientific.front() == '-';
  std::string digits = scientific.substr(negative ? 1 : 0, exponent_at - (negative ? 1 : 0));
  std::erase(digits, '.');
  const std::string_view sign = negative ? "-" : "";
  if (exponent < 0) return fmt::format("{}0.{:0>{}}{}", sign, "", -exponent - 1, digits);
  const auto before_point = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() < before_point + 1) digits.resize(before_point + 1, '0');
  const std::string_view all = digits;
  return fmt::format("{}{}.{}", sign, all.substr(0, before_point), all.substr(before_point));
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string detection_scores(const ScoreTable& table) {
  std::string text;
  for (std::size_t row = 0; row < table.size(); ++row) {
    const auto probability = static_cast<float>(table.detection(row).probability);
    text += table[row].id + " " + numpy_float(probability) + "\n";
  }
  return text;
}

std::string class_scores(const ScoreTable& table, std::size_t task) {
  std::string text;
  for (std::size_t row = 0; row < table.size(); ++row) {
    text += table[row].id;
    for (const double p : metrics::softmax(table.logits(row, task))) {
      text += fmt::format(" {}", numpy_float(static_cast<float>(p)));
    }
    text += '\n';
  }
  return text;
}

/// nullopt if a class lacks.
std::optional<double> reference_eer(const ScoreTable& table) {
  std::vector<double> bonafide;
  std::vector<double> spoof;
  for (std::size_t row = 0; row < table.size(); ++row) {
    auto& side = table[row].label == protocol::Label::BonaFide ? bonafide : spoof;
    side.push_back(reference_score(table.detection(row)));
  }
  if (bonafide.empty() || spoof.empty()) return std::nullopt;
  return metrics::eer_reference(metrics::detection_curve(bonafide, spoof)).eer;
}

std::optional<double> weighted_f1(const ScoreTable& table, std::size_t task) {
  metrics::ConfusionMatrix confusion(table.tasks()[task].classes.size());
  for (std::size_t row = 0; row < table.size(); ++row) {
    const int truth = table[row].codes[task];
    if (truth == protocol::kUnknown) continue;
    confusion.add(static_cast<std::size_t>(truth), metrics::arg_max(table.logits(row, task)));
  }
  if (confusion.total() == 0) return std::nullopt;
  return metrics::classification(confusion).f1_weighted;
}

std::string results_text(const ScoreTable& table, const ReferenceNames& names) {
  struct TaskTitle {
    std::string_view task;
    std::string_view title;
  };
  constexpr std::array<TaskTitle, 3> kTitles{
      {{"AUX", "Auxiliary objective"}, {"DEC", "Decoder type"}, {"VQ", "Vector quantization"}}};
  std::string text;
  if (const auto eer = table.detects() ? reference_eer(table) : std::nullopt) {
    text += fmt::format("Equal Error Rate of {} on {} dataset: {:.2f}%\n", names.model_type,
                        names.dataset, 100 * *eer);
  }
  for (const auto& [name, title] : kTitles) {
    const auto task = table.find_task(name);
    const auto f1 = task ? weighted_f1(table, *task) : std::nullopt;
    if (!f1) continue;
    text += fmt::format("{} classification F1 score of {} on the {} dataset: {:.2f}%\n", title,
                        names.model_type, names.dataset, 100 * *f1);
  }
  return text;
}

using Files = std::map<std::string, std::string>;

Files w2v2_aasist_files(const ScoreTable& table, const ReferenceNames& names, ReferenceBugs bugs) {
  Files files;
  const bool stops_early =
      bugs == ReferenceBugs::Reproduced && table.detects() && !table.find_task("BIN").has_value();
  if (table.detects() && !stops_early) files["bin_score.txt"] = detection_scores(table);
  for (std::size_t task = 0; task < table.tasks().size(); ++task) {
    const auto& name = table.tasks()[task].name;
    if (name != "BIN") files[lower_case(name) + "_score.txt"] = class_scores(table, task);
  }
  if (!stops_early) files["results.txt"] = results_text(table, names);
  return files;
}

/// Logits of a SAST Net's only task, bona fide's first as its outputs are.
std::string raw_scores(const ScoreTable& table) {
  const bool binary = table.tasks().front().name == "BIN";
  std::string text;
  for (std::size_t row = 0; row < table.size(); ++row) {
    const auto logits = table.logits(row, 0);
    std::vector<double> written(logits.begin(), logits.end());
    if (binary) std::ranges::reverse(written);  // the taxonomy has spoof, bonafide
    text += table[row].id;
    for (const double logit : written)
      text += fmt::format(" {}", numpy_float(static_cast<float>(logit)));
    text += '\n';
  }
  return text;
}

Files sast_net_files(const ScoreTable& table, const ReferenceNames& names) {
  CT_INVARIANT(table.tasks().size() == 1, "a SAST Net answers one task");
  const auto& task = table.tasks().front().name;
  const bool binary = task == "BIN";
  const auto figure = binary ? reference_eer(table) : weighted_f1(table, 0);
  Files files{{lower_case(task) + "_scores.txt", raw_scores(table)}};
  if (!figure) return files;
  files[fmt::format("{}_task_{}_result.txt", binary ? "Bin" : task, names.dataset)] =
      fmt::format("SAST-Net on {} task ({} dataset) : {:.2f}% {}.",
                  binary ? "binary spoof detection" : task + " source tracing", names.dataset,
                  100 * *figure, binary ? "EER" : "F1 score");
  return files;
}

}  // namespace

std::string numpy_float(float value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  const auto scientific = shortest_scientific(value);
  const double size = std::abs(static_cast<double>(value));  // numpy compares in double too
  return size == 0 || (size >= 1e-4 && size < 1e16) ? positional(scientific) : scientific;
}

double reference_score(const DetectionScore& score) {
  if (score.reference) return *score.reference;
  const auto digits = shortest_scientific(static_cast<float>(score.probability));
  double value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::map<std::string, std::string> reference_files(const ScoreTable& table,
                                                   const ReferenceNames& names,
                                                   ReferenceBugs bugs) {
  switch (names.program) {
    case model::ReferenceProgram::W2v2Aasist:
      return w2v2_aasist_files(table, names, bugs);
    case model::ReferenceProgram::SastNet:
      return sast_net_files(table, names);
  }
  invariant_failed("program", "a program of the reference without files");
}

}  // namespace codectrace::evaluate
