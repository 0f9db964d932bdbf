#include "comm/create.h"

#include "comm/launcher.h"
#include "comm/mpi.h"
#include "comm/nccl.h"
#include "comm/self.h"

namespace codectrace::comm {
namespace {

std::unique_ptr<Communicator> host_communicator() {
  if (launched_by_mpi()) return std::make_unique<MpiCommunicator>();
  check_ranks_are_joined(launch(), 1);
  return std::make_unique<SelfCommunicator>();
}

}  // namespace

std::unique_ptr<Communicator> create(Backend backend) {
  switch (backend) {
    case Backend::Auto:
      return host_communicator();
    case Backend::Self:
      if (launched_by_mpi()) {
        throw Error(ErrorKind::Usage,
                    "several ranks were started, but --comm self is for one; leave it out, or say "
                    "--comm mpi");
      }
      return std::make_unique<SelfCommunicator>();
    case Backend::Mpi:
      if (!launched_by_mpi()) {
        check_ranks_are_joined(launch(), 1);
        throw Error(ErrorKind::Usage,
                    "--comm mpi, but one process runs by itself; start it with mpirun or srun");
      }
      return host_communicator();
    case Backend::Nccl:
      return make_nccl_communicator(host_communicator());
  }
  invariant_failed("backend", "a communicator without an implementation");
}

}  // namespace codectrace::comm
