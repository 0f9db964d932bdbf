#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "comm/communicator.h"

namespace codectrace::evaluate {

/// What is wrong with the lines of a file whose rows are spread over ranks: the complaint of the
/// lowest line is told, the one that a single process would have come to first.
class EarliestComplaint {
 public:
  explicit EarliestComplaint(std::string file) : file_(std::move(file)) {}

  void note(std::int64_t line, std::string what) {
    if (line >= line_) return;
    line_ = line;
    what_ = std::move(what);
  }
  [[nodiscard]] bool is_earlier(std::int64_t line) const { return line < line_; }

  /// Collective. @throws Error(BadData) "scores.txt:17: <what>" on all ranks, if any has a
  /// complaint
  void raise(comm::Communicator& comm) const;

 private:
  std::string file_;
  std::int64_t line_ = std::numeric_limits<std::int64_t>::max();
  std::string what_;
};

}  // namespace codectrace::evaluate
