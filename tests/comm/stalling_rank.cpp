// One rank hangs at a named point, and the others wait for it under a time limit:
//   stalling_rank barrier|middle|group|counter|next|counter_end|end RANK stops|sleeps
// It stops as a whole, or only what it computes does.
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "comm/create.h"
#include "comm/mpi_session.h"

int main(int argc, char** argv) {
  using namespace codectrace;
  if (argc != 4) return 2;
  const std::string where = argv[1];
  const int laggard = std::atoi(argv[2]);
  const bool sleeps = argv[3] == std::string("sleeps");
  const comm::MpiSession session;
  const auto ranks = comm::create(comm::Backend::Mpi);
  ranks->set_time_limit(2.0);
  const auto may_hang = [&](const std::string& point) {
    if (point != where || ranks->rank() != laggard) return;
    if (!sleeps) std::raise(SIGSTOP);
    std::this_thread::sleep_for(std::chrono::seconds(50));
  };

  ranks->barrier();
  may_hang("barrier");
  ranks->barrier();
  if (where == "middle") {  // of a collective that the others come to later
    std::vector<double> values(1000);
    const bool is_first = ranks->rank() == laggard;
    if (!is_first) std::this_thread::sleep_for(std::chrono::seconds(1));
    auto sums = ranks->all_reduce_sum(values);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    may_hang("middle");
    sums.wait();
  }
  if (where == "group") {  // of two, of which the other doesn't wait
    const auto group = ranks->split(ranks->rank() * 2 / ranks->size());
    group->set_time_limit(2.0);
    group->barrier();
    may_hang("group");
    group->barrier();
    ranks->set_time_limit(0);
    ranks->barrier();
  }
  may_hang("counter");
  {
    const auto counter = ranks->work_counter();
    may_hang("next");
    const std::uint64_t last = where == "next" ? std::numeric_limits<std::uint64_t>::max() : 10;
    while (counter->next() < last) {
    }
    may_hang("counter_end");
  }
  may_hang("end");
  return 0;
}
