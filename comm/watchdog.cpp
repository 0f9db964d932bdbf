#include "comm/watchdog.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "comm/mpi_check.h"

namespace codectrace::comm {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kHostLength = 64;
constexpr auto kAnswerTime = std::chrono::seconds(2);
constexpr auto kPause = std::chrono::milliseconds(1);

}  // namespace

Watchdog::Watchdog(MPI_Comm communicator) : count_(communicator) {
  CT_MPI(MPI_Comm_rank(communicator, &rank_));
  CT_MPI(MPI_Comm_size(communicator, &size_));
  std::array<char, kHostLength> host{};
  gethostname(host.data(), host.size() - 1);
  hosts_.resize(static_cast<std::size_t>(size_) * kHostLength);
  CT_MPI(MPI_Allgather(host.data(), kHostLength, MPI_CHAR, hosts_.data(), kHostLength, MPI_CHAR,
                       communicator));
}

Stall Watchdog::diagnose() {
  ask_all_ranks();
  const std::uint64_t mine = count_.mine();
  const bool all_answer = std::ranges::all_of(answers_, &Answer::is_here);
  const std::uint64_t furthest_behind = std::ranges::min(answers_, {}, &Answer::count).count;

  // Ranks between the furthest behind and this one may wait as well, as may any rank for one that
  // doesn't answer.
  std::vector<std::string> laggards;
  Stall stall;
  for (int rank = 0; rank < size_; ++rank) {
    const Answer& answer = answers_[static_cast<std::size_t>(rank)];
    if (!answer.is_here) {
      laggards.push_back(fmt::format("{} doesn't answer", name_of(rank)));
    } else if (all_answer && answer.count == furthest_behind && answer.count < mine) {
      laggards.push_back(
          fmt::format("{} is behind: {} of {} collectives", name_of(rank), answer.count, mine));
    } else if (rank < rank_) {
      ++stall.others_that_tell;
    }
  }
  stall.laggards = laggards.empty() ? "no rank is behind: the network between them is"
                                    : fmt::format("{}", fmt::join(laggards, ", "));
  return stall;
}

void Watchdog::ask_all_ranks() {
  answers_.resize(static_cast<std::size_t>(size_));
  for (int rank = 0; rank < size_; ++rank) {
    Answer& answer = answers_[static_cast<std::size_t>(rank)];
    answer.request = count_.read(rank, answer.count);
  }
  const auto deadline = Clock::now() + kAnswerTime;
  bool all_are_here = false;
  while (!all_are_here && Clock::now() < deadline) {
    all_are_here = true;
    for (Answer& answer : answers_) {
      int done = 0;
      CT_MPI(MPI_Test(&answer.request, &done, MPI_STATUS_IGNORE));
      answer.is_here = done != 0;
      all_are_here = all_are_here && answer.is_here;
    }
    if (!all_are_here) std::this_thread::sleep_for(kPause);
  }
}

std::string Watchdog::name_of(int rank) const {
  const char* host = hosts_.data() + static_cast<std::size_t>(rank) * kHostLength;
  return fmt::format("rank {} (host {})", rank, host);
}

}  // namespace codectrace::comm
