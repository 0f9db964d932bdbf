#include "comm/watchdog.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "comm/mpi_check.h"
#include "comm/mpi_worker.h"
#include "core/host_name.h"

namespace codectrace::comm {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kHostLength = 64;
constexpr auto kAnswerTime = std::chrono::seconds(1);
constexpr auto kBetweenLooks = std::chrono::milliseconds(500);
constexpr auto kPause = std::chrono::milliseconds(1);

}  // namespace

Watchdog::Watchdog(MPI_Comm communicator, SharedNumber progress, std::vector<int> job_ranks)
    : progress_(std::move(progress)), job_ranks_(std::move(job_ranks)) {
  CT_MPI(MPI_Comm_rank(communicator, &rank_));
  CT_MPI(MPI_Comm_size(communicator, &size_));
  std::string host = host_name();
  host.resize(kHostLength - 1);
  hosts_.resize(static_cast<std::size_t>(size_) * kHostLength);
  CT_MPI(MPI_Allgather(host.data(), kHostLength, MPI_CHAR, hosts_.data(), kHostLength, MPI_CHAR,
                       communicator));
}

void Watchdog::count_look() {
  const std::uint64_t now = progress_.mine();
  progress_.set_mine(now - now % kLooks + (now + 1) % kLooks);
}

Stall Watchdog::diagnose() {
  watch_all_ranks();
  std::vector<std::string> laggards;
  Stall stall;
  for (int rank = 0; rank < size_; ++rank) {
    const std::string fault = fault_of(answers_[static_cast<std::size_t>(rank)]);
    if (rank != rank_ && !fault.empty()) {
      laggards.push_back(fmt::format("{} {}", name_of(rank), fault));
    } else if (rank < rank_) {
      ++stall.others_that_tell;
    }
  }
  stall.laggards = laggards.empty() ? "no rank is behind: the network between them is"
                                    : fmt::format("{}", fmt::join(laggards, ", "));
  return stall;
}

/// Ranks between the furthest behind and this one may wait as well, as may any rank for one that
/// doesn't answer.
std::string Watchdog::fault_of(const Answer& answer) const {
  if (!answer.is_here) return "doesn't answer";
  if (!std::ranges::all_of(answers_, &Answer::is_here)) return "";
  const std::uint64_t mine = progress_.mine() / kLooks;
  const std::uint64_t furthest_behind =
      std::ranges::min(answers_, {}, &Answer::progress).collectives();
  const std::uint64_t count = answer.collectives();
  if (count < mine && count == furthest_behind) {
    return fmt::format("is behind: {} of {} collectives", count, mine);
  }
  return count == mine && !answer.has_moved ? "has stopped in the middle of it" : "";
}

void Watchdog::watch_all_ranks() {
  const auto first = ask_all_ranks();
  for (const auto end = Clock::now() + kBetweenLooks; Clock::now() < end;) {
    count_look();  // others may look at this one
    MpiWorker::make_progress();
    std::this_thread::sleep_for(kPause);
  }
  answers_ = ask_all_ranks();
  for (std::size_t rank = 0; rank < answers_.size(); ++rank) {
    answers_[rank].has_moved = answers_[rank].progress != first[rank].progress;
    answers_[rank].is_here = answers_[rank].is_here && first[rank].is_here;
  }
}

std::vector<Watchdog::Answer> Watchdog::ask_all_ranks() {
  auto& answers = asked_.emplace_back(static_cast<std::size_t>(size_));
  for (int rank = 0; rank < size_; ++rank) {
    Answer& answer = answers[static_cast<std::size_t>(rank)];
    answer.request = progress_.read(rank, answer.progress);
  }
  const auto deadline = Clock::now() + kAnswerTime;
  bool all_are_here = false;
  while (!all_are_here && Clock::now() < deadline) {
    all_are_here = true;
    for (Answer& answer : answers) {
      int done = 0;
      CT_MPI(MPI_Test(&answer.request, &done, MPI_STATUS_IGNORE));
      answer.is_here = done != 0;
      all_are_here = all_are_here && answer.is_here;
    }
    count_look();
    if (!all_are_here) std::this_thread::sleep_for(kPause);
  }
  return answers;
}

std::string Watchdog::name_of(int rank) const {
  const char* host = hosts_.data() + static_cast<std::size_t>(rank) * kHostLength;
  return fmt::format("rank {} (host {})", job_ranks_[static_cast<std::size_t>(rank)], host);
}

}  // namespace codectrace::comm
