#pragma once

#include <array>
#include <string>

#include "core/config.h"
#include "evaluate/config.h"
#include "protocol/list_config.h"

namespace codectrace::evaluate {

enum class ScoreKindChoice { Auto, Probability, Llr };
constexpr std::array<config::EnumName<ScoreKindChoice>, 3> enum_names(ScoreKindChoice) {
  return {{{ScoreKindChoice::Auto, "auto"},
           {ScoreKindChoice::Probability, "probability"},
           {ScoreKindChoice::Llr, "llr"}}};
}

/// What `codectrace metrics` does.
struct ScoreMetricsConfig {
  std::string scores;
  std::string protocol;
  std::string out;
  std::string taxonomy = "configs/taxonomy.toml";
  std::string task;
  protocol::Layout dataset = protocol::Layout::Cors;
  ScoreKindChoice score_kind = ScoreKindChoice::Auto;
  bool partial = false;
  protocol::ListConfig list;
  MetricsConfig metrics;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("scores", self.scores, config::any(), "score file");
    visit("protocol", self.protocol, config::any(), "protocol list: what each utterance is");
    visit("out", self.out, config::any(), "results.json to write");
    visit("taxonomy", self.taxonomy, config::any(), "classes, and what each codec and system is");
    visit("task", self.task, config::any(),
          "what a file without a header answers: bin, aux, dec or vq; empty: bin, and all tasks of "
          "a file with a header");
    visit("dataset", self.dataset, config::any(),
          "cors: reports by codec, cosg: by system, list: as cors");
    visit("score_kind", self.score_kind, config::any(),
          "of one column of scores; auto: probability if all are in [0, 1]");
    visit("partial", self.partial, config::any(),
          "utterances of only one of the two files: leave them out and count them");
    visit("list", self.list, "how the list is read");
    visit("metrics", self.metrics, "how figures are computed");
  }
};

}  // namespace codectrace::evaluate
