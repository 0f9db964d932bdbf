#include "metrics/radix_sort.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "core/random.h"

namespace codectrace::metrics {
namespace {

using Item = std::pair<std::uint64_t, int>;

std::vector<Item> random_items(std::uint64_t different_keys) {
  std::vector<Item> items;
  for (int i = 0; i < 3000; ++i) {
    const auto bits = mix64(static_cast<std::uint64_t>(i) + 1);
    items.emplace_back(different_keys == 0 ? bits : bits % different_keys, i);
  }
  return items;
}

TEST(RadixSort, OrdersAsAStableSortDoes) {
  for (const std::uint64_t different_keys : {0, 1, 7, 70000}) {
    auto items = random_items(different_keys);
    auto expected = items;
    std::ranges::stable_sort(expected, {}, &Item::first);

    radix_sort(items, [](const Item& item) { return item.first; });

    EXPECT_EQ(items, expected) << different_keys << " keys";
  }
}

TEST(RadixSort, TakesTheLeastAndTheLargestKey) {
  constexpr auto kLargest = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> keys{kLargest, 1, 0, kLargest - 1, 256, 255};

  radix_sort(keys, [](std::uint32_t key) { return key; });

  EXPECT_EQ(keys, (std::vector<std::uint32_t>{0, 1, 255, 256, kLargest - 1, kLargest}));
}

TEST(RadixSort, LeavesNothingAsItIs) {
  std::vector<std::uint32_t> none;

  radix_sort(none, [](std::uint32_t key) { return key; });

  EXPECT_TRUE(none.empty());
}

}  // namespace
}  // namespace codectrace::metrics
