#pragma once

#include <vector>

#include "comm/communicator.h"
#include "metrics/rank_scores.h"
#include "tests/metrics/reference_case.h"

namespace codectrace::test {

/// How scores that every rank knows are dealt out.
enum class Spread {
  Even,        ///< one by one
  InBlocks,    ///< the first rank the first ones, …: of few scores some ranks have none
  OneRankOnly  ///< the last rank has all
};

/// A rank's part of them.
template <class Score>
class RankShare {
 public:
  RankShare(const Scores& all, Spread spread, const comm::Communicator& comm)
      : bonafide_(part(all.bonafide, spread, comm)), spoof_(part(all.spoof, spread, comm)) {}

  [[nodiscard]] metrics::RankScores<Score> scores() const { return {bonafide_, spoof_}; }

 private:
  static std::vector<Score> part(const std::vector<double>& all, Spread spread,
                                 const comm::Communicator& comm) {
    const auto ranks = static_cast<std::size_t>(comm.size());
    std::vector<Score> mine;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::size_t owner = spread == Spread::Even       ? i % ranks
                                : spread == Spread::InBlocks ? i / (all.size() / ranks + 1)
                                                             : ranks - 1;
      if (owner == static_cast<std::size_t>(comm.rank()))
        mine.push_back(static_cast<Score>(all[i]));
    }
    return mine;
  }

  std::vector<Score> bonafide_;
  std::vector<Score> spoof_;
};

/// Rounded to float32, which makes ties of its own.
inline Scores as_floats(Scores scores) {
  for (auto* side : {&scores.bonafide, &scores.spoof}) {
    for (double& score : *side) score = static_cast<float>(score);
  }
  return scores;
}

}  // namespace codectrace::test
