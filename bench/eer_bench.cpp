// The exact equal error rate of scores spread over ranks beside gathering and sorting them: time
// and peak memory. mpirun -n 2 build/release/bench/eer_bench [SCORES]
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "comm/create.h"
#include "comm/launcher.h"
#include "comm/mpi_session.h"
#include "core/random.h"
#include "metrics/crossing.h"
#include "metrics/distributed_eer.h"
#include "metrics/distributed_figures.h"

namespace {

using namespace codectrace;
using metrics::RankScores;

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Of this process so far, in MiB.
double peak_memory() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// A third bona fide, one and a half deviations above spoof.
struct MadeScores {
  std::vector<float> bonafide;
  std::vector<float> spoof;
  MadeScores(std::uint64_t total, const comm::Communicator& comm) {
    const auto mine = total / static_cast<std::uint64_t>(comm.size());
    const CounterRandom random(1, "eer bench", 0, static_cast<std::uint64_t>(comm.rank()));
    bonafide.reserve(mine / 3 + 1);
    spoof.reserve(mine - mine / 3 + 1);
    for (std::uint64_t i = 0; i < mine; ++i) {
      const auto score = static_cast<float>(random.normal(i));
      if (i % 3 == 0) {
        bonafide.push_back(score + 1.5F);
      } else {
        spoof.push_back(score);
      }
    }
  }
  [[nodiscard]] RankScores<float> scores() const { return {bonafide, spoof}; }
};

/// Everything of one class to every rank, sorted: what the figure is computed from without keys.
std::vector<float> gathered_and_sorted(const std::vector<float>& mine, comm::Communicator& comm) {
  constexpr std::size_t kPiece = 1 << 22;
  std::vector<float> all(mine.size() * static_cast<std::size_t>(comm.size()));
  std::size_t filled = 0;
  for (std::size_t at = 0; at < mine.size(); at += kPiece) {
    auto piece = std::vector<float>(
        mine.begin() + static_cast<std::ptrdiff_t>(at),
        mine.begin() + static_cast<std::ptrdiff_t>(std::min(at + kPiece, mine.size())));
    const auto count = piece.size() * static_cast<std::size_t>(comm.size());
    comm.all_gather(comm::buffer(std::span(piece)),
                    comm::buffer(std::span(all).subspan(filled, count)));
    filled += count;
  }
  std::ranges::sort(all);
  return all;
}

metrics::EqualErrorRate eer_of_sorted(std::span<const float> bonafide,
                                      std::span<const float> spoof) {
  const auto total_bonafide = std::ssize(bonafide);
  const auto total_spoof = std::ssize(spoof);
  std::int64_t t = 0;
  std::int64_t s = 0;
  for (;;) {
    const float score = t == total_bonafide ? spoof[static_cast<std::size_t>(s)]
                        : s == total_spoof  ? bonafide[static_cast<std::size_t>(t)]
                                            : std::min(bonafide[static_cast<std::size_t>(t)],
                                                       spoof[static_cast<std::size_t>(s)]);
    std::int64_t after_t = t;
    std::int64_t after_s = s;
    while (after_t < total_bonafide && bonafide[static_cast<std::size_t>(after_t)] == score)
      ++after_t;
    while (after_s < total_spoof && spoof[static_cast<std::size_t>(after_s)] == score) ++after_s;
    if (metrics::rate_difference(after_t, after_s, total_bonafide, total_spoof) >= 0) {
      return metrics::eer_at(
          {t, s, {score, after_t - t, after_s - s}, total_bonafide, total_spoof});
    }
    t = after_t;
    s = after_s;
  }
}

template <class Run>
void report(const std::string& what, comm::Communicator& comm, Run run) {
  comm.barrier();
  const double begun = seconds();
  const double figure = run();
  const double took = comm.reduced(seconds() - begun, comm::Reduce::Max);
  const double memory = comm.reduced(peak_memory(), comm::Reduce::Max);
  if (comm.is_root())
    fmt::print("{:38} {:8.2f} s  {:6.0f} MiB a rank  {:.17g}\n", what, took, memory, figure);
}

}  // namespace

int main(int argc, char** argv) {
  const auto session = comm::launched_by_mpi() ? std::make_unique<comm::MpiSession>() : nullptr;
  const auto comm = comm::create(comm::Backend::Auto);
  const std::uint64_t total = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100'000'000;
  const MadeScores made(total, *comm);
  if (comm->is_root()) {
    fmt::print(
        "{} scores on {} ranks; peak memory so far, of the process; {:.0f} MiB with the scores\n",
        total, comm->size(), peak_memory());
  }
  // Memory only rises, so the leanest comes first.
  report("distributed_eer", *comm, [&] {
    return metrics::distributed_eer(made.scores(), metrics::EerRule::TieCorrect, *comm).eer;
  });
  report("distributed_ratio_costs (Cllr)", *comm,
         [&] { return metrics::distributed_ratio_costs(made.scores(), {}, *comm).cllr; });
  report("distributed_trade_off (AUC, minDCF, …)", *comm,
         [&] { return metrics::distributed_trade_off(made.scores(), {}, *comm).auc; });
  report("gathered and sorted, eer", *comm, [&] {
    const auto bonafide = gathered_and_sorted(made.bonafide, *comm);
    return eer_of_sorted(bonafide, gathered_and_sorted(made.spoof, *comm)).eer;
  });
  return 0;
}
