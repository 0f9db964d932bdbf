#include "evaluate/earliest_complaint.h"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::evaluate {

void EarliestComplaint::raise(comm::Communicator& comm) const {
  const auto lines = comm.gathered<std::int64_t>(line_);
  const auto first = std::ranges::min_element(lines);
  if (*first == std::numeric_limits<std::int64_t>::max()) return;
  const auto whats = comm.gathered_texts(what_);
  throw Error(ErrorKind::BadData,
              fmt::format("{}:{}: {}", file_, *first,
                          whats[static_cast<std::size_t>(first - lines.begin())]));
}

}  // namespace codectrace::evaluate
