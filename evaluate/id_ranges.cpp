#include "evaluate/id_ranges.h"

#include <algorithm>

#include "evaluate/packed_rows.h"

namespace codectrace::evaluate {

IdRanges::IdRanges(const std::vector<std::string>& sample, comm::Communicator& comm) {
  RowPacker packer;
  for (const auto& id : sample) packer.text(id);
  std::vector<std::string> all;
  for (const auto& packed : comm.gathered_texts(packer.bytes)) {
    RowReader reader(packed);
    while (!reader.at_end()) all.emplace_back(reader.text());
  }
  std::ranges::sort(all);
  const auto num_ranks = static_cast<std::size_t>(comm.size());
  for (std::size_t rank = 1; rank < num_ranks && !all.empty(); ++rank) {
    begins_.push_back(all[all.size() * rank / num_ranks]);
  }
}

std::size_t IdRanges::owner(std::string_view id) const {
  return static_cast<std::size_t>(std::ranges::upper_bound(begins_, id) - begins_.begin());
}

}  // namespace codectrace::evaluate
