#include "comm/rank_groups.h"

#include <algorithm>
#include <numeric>

#include "core/error.h"

namespace codectrace::comm {
namespace {

/// The machine of each rank, numbered as they first come.
std::vector<int> machines_of(std::span<const std::string> hosts) {
  std::vector<std::string> known;
  std::vector<int> machines;
  for (const auto& host : hosts) {
    const auto found = std::ranges::find(known, host);
    machines.push_back(static_cast<int>(found - known.begin()));
    if (found == known.end()) known.push_back(host);
  }
  return machines;
}

int number_of_machines(std::span<const int> machines) { return 1 + std::ranges::max(machines); }

}  // namespace

int number_of_groups(std::span<const std::string> hosts, int wanted, int most) {
  CT_INVARIANT(wanted >= 0 && most >= 1, "a number of groups that can't be");
  const int groups = wanted == 0 ? number_of_machines(machines_of(hosts)) : wanted;
  return std::min({groups, most, static_cast<int>(hosts.size())});
}

std::vector<int> group_of_each_rank(std::span<const std::string> hosts, int groups) {
  auto machines = machines_of(hosts);
  if (groups == number_of_machines(machines)) return machines;
  std::vector<std::size_t> ranks(hosts.size());
  std::iota(ranks.begin(), ranks.end(), std::size_t{0});
  std::ranges::stable_sort(ranks, {}, [&](std::size_t rank) { return machines[rank]; });
  std::vector<int> group_of(hosts.size());
  for (std::size_t place = 0; place < ranks.size(); ++place) {
    group_of[ranks[place]] =
        static_cast<int>(place * static_cast<std::size_t>(groups) / ranks.size());
  }
  return group_of;
}

}  // namespace codectrace::comm
