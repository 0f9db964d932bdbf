// The last rank ends the job. Nothing may be destroyed on the way: other threads still use it.
#include <cstdio>

#include "comm/create.h"
#include "comm/mpi_session.h"

namespace {

struct SaysWhenDestroyed {
  ~SaysWhenDestroyed() { std::fputs("codectrace: destroyed\n", stderr); }
} destroyed_at_exit;

}  // namespace

int main() {
  using namespace codectrace;
  const comm::MpiSession session;
  const auto ranks = comm::create(comm::Backend::Mpi);
  if (ranks->rank() == ranks->size() - 1) {
    std::fputs("codectrace: fails\n", stderr);
    ranks->abort(3);
  }
  ranks->barrier();
  return 0;
}
