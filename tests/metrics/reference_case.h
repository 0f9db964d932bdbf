#pragma once

#include <cmath>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/random.h"
#include "metrics/detection_curve.h"

namespace codectrace::test {

/// Scores of both classes.
struct Scores {
  std::vector<double> bonafide;
  std::vector<double> spoof;
  [[nodiscard]] metrics::DetectionCurve curve() const {
    return metrics::detection_curve(bonafide, spoof);
  }
};

/// A case of tests/data/metrics: lines "class value…" in byte order of the utterances' ids, and the
/// figures that an independent implementation in Python gives, its EER copied from the reference.
struct ReferenceCase {
  std::vector<std::size_t> classes;
  std::vector<std::vector<double>> values;
  nlohmann::json expected;

  explicit ReferenceCase(const std::string& name) {
    const std::string path = std::string(CT_TEST_DATA) + "/metrics/" + name;
    std::ifstream lines(path + ".txt");
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string word;
      words >> word;
      classes.push_back(std::stoul(word));
      values.emplace_back();
      while (words >> word) values.back().push_back(std::stod(word));
    }
    expected = nlohmann::json::parse(std::ifstream(path + ".json"));
    if (classes.empty()) throw std::runtime_error(path + ".txt is missing or empty");
  }

  /// The first column, by class.
  [[nodiscard]] Scores scores() const {
    Scores scores;
    for (std::size_t i = 0; i < classes.size(); ++i) {
      (classes[i] == 1 ? scores.bonafide : scores.spoof).push_back(values[i][0]);
    }
    return scores;
  }
  [[nodiscard]] double figure(const std::string& key) const { return expected.at(key); }
};

/// Normal scores rounded to `levels` a unit, so that many tie; bona fide one unit higher.
inline Scores random_scores(std::uint64_t seed, int num_bonafide, int num_spoof, double levels) {
  const CounterRandom random(seed, "scores", 0, 0);
  Scores scores;
  std::uint64_t draw = 0;
  const auto next = [&](double mean) {
    return std::round((mean + random.normal(draw++)) * levels) / levels;
  };
  for (int i = 0; i < num_bonafide; ++i) scores.bonafide.push_back(next(1));
  for (int i = 0; i < num_spoof; ++i) scores.spoof.push_back(next(0));
  return scores;
}

/// The logit of a probability.
inline Scores log_odds(Scores scores) {
  for (double& p : scores.bonafide) p = std::log(p) - std::log1p(-p);
  for (double& p : scores.spoof) p = std::log(p) - std::log1p(-p);
  return scores;
}

}  // namespace codectrace::test
