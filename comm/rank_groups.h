#pragma once

#include <span>
#include <string>
#include <vector>

namespace codectrace::comm {

/// How many groups to make of the ranks: one a machine, or `wanted` if that isn't 0; but at most
/// `most`, and one a rank.
/// @param hosts  the machine of each rank
/// @param most   1 or more: how many pieces of work there are for groups
[[nodiscard]] int number_of_groups(std::span<const std::string> hosts, int wanted, int most);

/// Which group each rank is in. As many groups as machines are the machines; otherwise sizes differ
/// by one at most, and a group is spread over no more machines than it must be.
/// @param groups  as number_of_groups gives it
[[nodiscard]] std::vector<int> group_of_each_rank(std::span<const std::string> hosts, int groups);

}  // namespace codectrace::comm
