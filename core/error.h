#pragma once

#include <source_location>
#include <stdexcept>
#include <string>

namespace codectrace {

/// What a process ends with; stable, scripts and slurm/ rely on them.
enum class ExitCode : int {
  Done = 0,
  Usage = 2,         ///< the user's command or config
  BadData = 3,       ///< an input file that is missing, corrupt or contradicts itself
  Environment = 4,   ///< disk, memory, MPI, device: the same command may work elsewhere
  Interrupted = 75,  ///< stopped on request, resumable: a result, never an Error
};

/// Who has to act; the value is the exit code.
enum class ErrorKind : int { Usage = 2, BadData = 3, Environment = 4 };

/// The one exception type. `what()` is the bare message: what is wrong, where (file, line, key,
/// dataset, utterance), and what to do where that is known. It is printed once, by main, which adds
/// the subcommand, the rank and, for Environment, the place in the source.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message,
        std::source_location at = std::source_location::current());

  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
  [[nodiscard]] ExitCode exit_code() const noexcept { return static_cast<ExitCode>(kind_); }
  [[nodiscard]] int rank() const noexcept { return rank_; }
  /// "comm/mpi.cpp:58"
  [[nodiscard]] const std::string& place() const noexcept { return place_; }

  /// The same error with more of its surroundings in front: "list cors_train.txt:17: …".
  [[nodiscard]] Error within(const std::string& surroundings) const;

 private:
  ErrorKind kind_;
  int rank_;
  std::string place_;
};

/// Throws the current errno as an Error: "<doing>: No space left on device". Environment, or
/// BadData where the file is missing, or is a folder.
[[noreturn]] void throw_errno(const std::string& doing,
                              std::source_location at = std::source_location::current());

/// Ends in std::logic_error: a bug of ours, not of the input.
[[noreturn]] void invariant_failed(const char* condition, const std::string& message,
                                   std::source_location at = std::source_location::current());

}  // namespace codectrace

/// States what only a bug would break; checked in every build.
#define CT_INVARIANT(condition, message) \
  ((condition) ? void() : ::codectrace::invariant_failed(#condition, (message)))
