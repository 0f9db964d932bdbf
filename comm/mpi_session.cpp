#include "comm/mpi_session.h"

#include <cstdlib>
#include <string_view>

#include "comm/mpi_check.h"
#include "core/rank.h"

namespace codectrace::comm {
namespace {

bool is_above_one(const char* variable) {
  const char* text = std::getenv(variable);
  return text != nullptr && std::atoi(text) > 1;
}

}  // namespace

bool launched_by_mpi() {
  // A single rank under a launcher is "self" as well: nothing to talk to.
  if (std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr) return is_above_one("OMPI_COMM_WORLD_SIZE");
  if (std::getenv("PMIX_RANK") != nullptr || std::getenv("PMI_RANK") != nullptr) {
    return is_above_one("SLURM_NTASKS") || is_above_one("PMI_SIZE");
  }
  return false;
}

MpiSession::MpiSession() {
  int provided = MPI_THREAD_SINGLE;
  CT_MPI(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided));
  CT_MPI(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN));
  if (provided < MPI_THREAD_SERIALIZED) {
    throw Error(
        ErrorKind::Environment,
        "this MPI was built without thread support; codectrace needs MPI_THREAD_SERIALIZED");
  }
  Rank rank;
  CT_MPI(MPI_Comm_rank(MPI_COMM_WORLD, &rank.rank));
  CT_MPI(MPI_Comm_size(MPI_COMM_WORLD, &rank.size));
  set_this_rank(rank);
}

MpiSession::~MpiSession() { MPI_Finalize(); }

void abort_job(int exit_code) {
  int is_begun = 0;
  int is_over = 0;
  MPI_Initialized(&is_begun);
  MPI_Finalized(&is_over);
  if (is_begun != 0 && is_over == 0) MPI_Abort(MPI_COMM_WORLD, exit_code);
  std::_Exit(exit_code);
}

}  // namespace codectrace::comm

