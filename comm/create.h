#pragma once

#include <memory>

#include "comm/communicator.h"

namespace codectrace::comm {

enum class Backend { Auto, Self, Mpi, Nccl };

/// This job's ranks. Auto: mpi if a launcher started several processes, else self. With mpi or nccl
/// an MpiSession must be there, and outlive it. Collective.
/// @throws Error(Usage) for self under a launcher of several ranks, mpi without one, or as
///         check_ranks_are_joined; Error(Environment) as make_nccl_communicator
[[nodiscard]] std::unique_ptr<Communicator> create(Backend backend);

}  // namespace codectrace::comm
