#include "comm/mpi_session.h"

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <vector>

#include "comm/launcher.h"
#include "comm/mpi_check.h"
#include "comm/one_sided.h"
#include "comm/start_watch.h"
#include "core/rank.h"

namespace codectrace::comm {
namespace {

/// MPI_Abort needs some memory, and ends with another exit code where there is none.
constexpr std::size_t kMemoryToEndWith = std::size_t{1} << 18;
std::unique_ptr<std::vector<std::byte>> memory_to_end_with;

}  // namespace

MpiSession::MpiSession() {
  if (launch().is_spread) allow_one_sided_over_tcp();  // asking takes 0.2 s
  int provided = MPI_THREAD_SINGLE;
  {
    const StartWatch watch(launch(), start_limit_s(std::getenv));
    CT_MPI(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided));
  }
  CT_MPI(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN));
  memory_to_end_with = std::make_unique<std::vector<std::byte>>(kMemoryToEndWith);
  Rank rank;
  CT_MPI(MPI_Comm_rank(MPI_COMM_WORLD, &rank.rank));
  CT_MPI(MPI_Comm_size(MPI_COMM_WORLD, &rank.size));
  set_this_rank(rank);
  if (provided < MPI_THREAD_SERIALIZED) {
    throw Error(
        ErrorKind::Environment,
        "this MPI was built without thread support; codectrace needs MPI_THREAD_SERIALIZED");
  }
  check_ranks_are_joined(launch(), rank.size);
}

MpiSession::~MpiSession() { MPI_Finalize(); }

void abort_job(int exit_code) {
  memory_to_end_with.reset();
  int is_begun = 0;
  int is_over = 0;
  MPI_Initialized(&is_begun);
  MPI_Finalized(&is_over);
  if (is_begun != 0 && is_over == 0) MPI_Abort(MPI_COMM_WORLD, exit_code);
  std::_Exit(exit_code);
}

}  // namespace codectrace::comm
