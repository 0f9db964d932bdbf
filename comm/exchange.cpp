#include "comm/exchange.h"

#include <utility>

namespace codectrace::comm {
namespace {

constexpr std::size_t kMostAtOnce = 1 << 20;  // bytes from each rank to each

std::uint64_t longest_for_others(const std::vector<std::string>& outgoing, std::size_t own) {
  std::uint64_t longest = 0;
  for (std::size_t rank = 0; rank < outgoing.size(); ++rank) {
    if (rank != own) longest = std::max<std::uint64_t>(longest, outgoing[rank].size());
  }
  return longest;
}

}  // namespace

std::vector<std::string> exchange(Communicator& comm, std::vector<std::string> outgoing) {
  const auto own = static_cast<std::size_t>(comm.rank());
  const auto num_ranks = static_cast<std::size_t>(comm.size());
  CT_INVARIANT(outgoing.size() == num_ranks, "an exchange with something for each rank");
  std::vector<std::uint64_t> outgoing_sizes;
  for (const auto& text : outgoing) outgoing_sizes.push_back(text.size());
  std::vector<std::uint64_t> sizes(num_ranks);
  comm.all_to_all(buffer(std::span(outgoing_sizes)), buffer(std::span(sizes)));

  std::vector<std::string> incoming(num_ranks);
  for (std::size_t rank = 0; rank < num_ranks; ++rank) {
    if (rank != own) incoming[rank].reserve(sizes[rank]);
  }
  incoming[own] = std::move(outgoing[own]);
  outgoing[own].clear();
  const auto longest = comm.reduced(longest_for_others(outgoing, own), Reduce::Max);
  const std::size_t width = std::min<std::size_t>(longest, kMostAtOnce);
  std::vector<char> sent(width * num_ranks);
  std::vector<char> received(width * num_ranks);
  for (std::size_t at = 0; at < longest; at += width) {
    for (std::size_t rank = 0; rank < num_ranks; ++rank) {
      if (at < outgoing[rank].size()) outgoing[rank].copy(sent.data() + rank * width, width, at);
    }
    comm.all_to_all(buffer(std::span(sent)), buffer(std::span(received)));
    for (std::size_t rank = 0; rank < num_ranks; ++rank) {
      if (rank == own || at >= sizes[rank]) continue;
      incoming[rank].append(received.data() + rank * width,
                            std::min<std::size_t>(width, sizes[rank] - at));
    }
  }
  return incoming;
}

}  // namespace codectrace::comm
