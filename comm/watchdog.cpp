#include "comm/watchdog.h"

#include <unistd.h>

#include <chrono>
#include <thread>
#include <vector>

#include "comm/mpi_check.h"

namespace codectrace::comm {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kHostLength = 64;
constexpr auto kAnswerTime = std::chrono::seconds(2);

/// False if the rank's memory doesn't answer in time: its request is then left alone.
bool read_count(MPI_Win window, int rank, std::uint64_t& count) {
  MPI_Request request = MPI_REQUEST_NULL;
  CT_MPI(MPI_Rget(&count, 1, MPI_UINT64_T, rank, 0, 1, MPI_UINT64_T, window, &request));
  const auto begun = Clock::now();
  int done = 0;
  while (done == 0 && Clock::now() - begun < kAnswerTime) {
    CT_MPI(MPI_Test(&request, &done, MPI_STATUS_IGNORE));
    if (done == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return done != 0;
}

}  // namespace

Watchdog::Watchdog(MPI_Comm communicator) : communicator_(communicator) {
  CT_MPI(MPI_Win_allocate(sizeof(std::uint64_t), sizeof(std::uint64_t), MPI_INFO_NULL, communicator,
                          &count_, &window_));
  *count_ = 0;
  CT_MPI(MPI_Win_lock_all(MPI_MODE_NOCHECK, window_));

  std::vector<char> host(kHostLength, '\0');
  gethostname(host.data(), host.size() - 1);
  int size = 0;
  CT_MPI(MPI_Comm_size(communicator, &size));
  hosts_.resize(static_cast<std::size_t>(size) * kHostLength);
  CT_MPI(MPI_Allgather(host.data(), kHostLength, MPI_CHAR, hosts_.data(), kHostLength, MPI_CHAR,
                       communicator));
}

Watchdog::~Watchdog() {
  MPI_Win_unlock_all(window_);
  MPI_Win_free(&window_);
}

void Watchdog::count_collective() {
  std::atomic_ref(*count_).fetch_add(1);
  MPI_Win_sync(window_);
}

std::string Watchdog::laggards() const {
  int size = 0;
  CT_MPI(MPI_Comm_size(communicator_, &size));
  const std::uint64_t mine = std::atomic_ref(*count_).load();
  std::string text;
  for (int rank = 0; rank < size; ++rank) {
    // Kept beyond this call: an answer may still come after we stopped waiting for it.
    static std::vector<std::uint64_t> counts;
    counts.resize(static_cast<std::size_t>(size));
    std::uint64_t& count = counts[static_cast<std::size_t>(rank)];
    const char* host = hosts_.data() + static_cast<std::size_t>(rank) * kHostLength;
    if (!read_count(window_, rank, count)) {
      text +=
          fmt::format("{}rank {} (host {}) doesn't answer", text.empty() ? "" : ", ", rank, host);
    } else if (count < mine) {
      text += fmt::format("{}rank {} (host {}) is behind: {} of {} collectives",
                          text.empty() ? "" : ", ", rank, host, count, mine);
    }
  }
  return text.empty() ? "no rank is behind: the network between them is" : text;
}

}  // namespace codectrace::comm
