// Rank 1 takes part in one collective and then doesn't come to the next.
#include <chrono>
#include <thread>

#include "comm/create.h"
#include "comm/mpi_session.h"

int main() {
  using namespace codectrace;
  const comm::MpiSession session;
  const auto ranks = comm::create(comm::Backend::Mpi);
  ranks->set_time_limit(1.0);
  ranks->barrier();
  if (ranks->rank() == 1) std::this_thread::sleep_for(std::chrono::seconds(50));
  ranks->barrier();
  return 0;
}
