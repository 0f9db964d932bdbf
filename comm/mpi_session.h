#pragma once

namespace codectrace::comm {

/// MPI from init to finalize, for the life of this object; one a process. Tells core/rank who we
/// are. Between machines, lets shared numbers work over TCP (comm/one_sided.h). MPI errors become
/// Errors instead of ending the process; a start that waits for a rank in vain ends it, with a
/// message (comm/start_watch.h).
class MpiSession {
 public:
  /// @throws Error(Environment) if MPI can't start or offers less than MPI_THREAD_SERIALIZED;
  ///         Error(Usage) as start_limit_s and check_ranks_are_joined
  MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;
  ~MpiSession();
};

/// Ends all ranks at once, this one included, and this process where there is no session. Nothing
/// is flushed. Only for main's catch and communicators.
[[noreturn]] void abort_job(int exit_code);

}  // namespace codectrace::comm
