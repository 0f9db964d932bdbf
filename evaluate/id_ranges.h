#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "comm/communicator.h"

namespace codectrace::evaluate {

/// Which rank has which ids: each a range in byte order, so that ids rise from rank to rank.
class IdRanges {
 public:
  /// Ranges that a sample of ids falls into evenly. Collective: every rank gets the same.
  /// @param sample  some of this rank's ids, in any order; may be empty
  IdRanges(const std::vector<std::string>& sample, comm::Communicator& comm);

  [[nodiscard]] std::size_t owner(std::string_view id) const;

 private:
  std::vector<std::string> begins_;  // of all ranks' ranges but the first
};

}  // namespace codectrace::evaluate
