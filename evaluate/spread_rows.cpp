#include "evaluate/spread_rows.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "comm/exchange.h"

namespace codectrace::evaluate {
namespace {

std::vector<std::string> packed_for_ranks(std::vector<RowPacker>& packers) {
  std::vector<std::string> outgoing;
  for (auto& packer : packers) outgoing.push_back(std::move(packer.bytes));
  return outgoing;
}

}  // namespace

void RowSender::add(std::string_view id, std::int64_t line, const RowPacker& rest) {
  auto& packer = outgoing_[ranges_.owner(id)];
  packer.text(id);
  packer.number(line);
  packer.text(rest.bytes);
}

SpreadRows::SpreadRows(RowSender sender, comm::Communicator& comm)
    : packed_(comm::exchange(comm, packed_for_ranks(sender.outgoing_))) {
  for (const auto& packed : packed_) {
    RowReader reader(packed);
    while (!reader.at_end()) {
      const auto id = reader.text();
      const auto line = reader.number<std::int64_t>();
      rows_.push_back({id, line, reader.text()});
    }
  }
  std::ranges::sort(rows_, [](const Row& a, const Row& b) {
    return std::tie(a.id, a.line) < std::tie(b.id, b.line);
  });
}

}  // namespace codectrace::evaluate
