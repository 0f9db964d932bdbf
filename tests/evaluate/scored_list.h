#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/random.h"
#include "evaluate/score_table.h"

namespace codectrace::test {

/// A small taxonomy: two codecs of one family and one of another, one system known, one not.
inline constexpr const char* kSmallTaxonomy = R"(
schema = "codectrace.taxonomy/1"
[task.BIN]
classes = ["spoof", "bonafide"]
[task.VQ]
classes = ["REAL", "MVQ", "SVQ", "SQ"]
meaning = ["bona fide", "multi-codebook", "single codebook", "scalar quantisation"]
plot_labels = ["Real", "MVQ", "SVQ", "SQ"]
[[codec]]
name = "one_a"
family = "One"
VQ = "MVQ"
[[codec]]
name = "one_b"
family = "One"
VQ = "SVQ"
[[codec]]
name = "two"
family = "Two"
VQ = "-"
[[system]]
name = "SYSA"
VQ = "MVQ"
known = true
[[system]]
name = "SYSB"
VQ = "SVQ"
known = false
)";

inline evaluate::ScoredUtterance scored(const std::string& id, const std::string& origin,
                                        protocol::Label label, int vq_code,
                                        const std::vector<double>& logits) {
  evaluate::ScoredUtterance utterance;
  utterance.id = id;
  utterance.speaker = id.substr(0, id.find('_'));
  utterance.origin = origin;
  utterance.label = label;
  utterance.codes = {static_cast<int>(label), vq_code};
  utterance.logits = logits;
  const double log_odds = logits[1] - logits[0];
  utterance.detection = {1 / (1 + std::exp(-log_odds)), log_odds};
  return utterance;
}

/// Scores of a model that is right more often than not, for BIN and VQ: bona fide of two speakers
/// and spoof of codecs one_a, one_b and two, `per_kind` utterances of each. No SQ.
inline evaluate::ScoreTable small_cors_table(int per_kind) {
  evaluate::ScoreTable table({{"BIN", {"spoof", "bonafide"}}, {"VQ", {"REAL", "MVQ", "SVQ", "SQ"}}},
                             "codec");
  const CounterRandom random(3, "logits", 0, 0);
  std::uint64_t draw = 0;
  const std::vector<std::pair<std::string, int>> kinds{
      {"", 0}, {"one_a", 1}, {"one_b", 2}, {"two", protocol::kUnknown}};
  for (int i = 0; i < per_kind; ++i) {
    for (const auto& [codec, code] : kinds) {
      const bool bonafide = codec.empty();
      std::vector<double> logits;
      for (std::size_t c = 0; c < 6; ++c) {
        logits.push_back(static_cast<float>(random.normal(draw++)));
      }
      logits[bonafide ? 1 : 0] += 1.5;
      if (code >= 0) logits[2 + static_cast<std::size_t>(code)] += 1.5;
      const auto id = fmt::format("p{}_{:03}{}{}", i % 2, i, bonafide ? "" : "_", codec);
      table.add(scored(id, codec, bonafide ? protocol::Label::BonaFide : protocol::Label::Spoof,
                       code, logits));
    }
  }
  return table;
}

}  // namespace codectrace::test
