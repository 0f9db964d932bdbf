#include "evaluate/id_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "core/random.h"

namespace codectrace::evaluate {
namespace {

ScoreTable table_of(const std::vector<std::string>& ids) {
  ScoreTable table({{"BIN", {"spoof", "bonafide"}}}, "codec");
  for (const auto& id : ids) {
    ScoredUtterance utterance;
    utterance.id = id;
    table.add(utterance);
  }
  return table;
}

/// By comparing whole strings.
std::vector<std::size_t> expected_order(const std::vector<std::string>& ids) {
  std::vector<std::size_t> rows(ids.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  std::ranges::stable_sort(rows, {}, [&](std::size_t row) { return ids[row]; });
  return rows;
}

TEST(IdOrder, IsThatOfBytesHoweverMuchIdsShare) {
  const std::vector<std::string> ids{"b",         "12345678",  "1234567",          "123456789",
                                     "a/b",       "a",         "1234567812345678", "\xC3\xA4",
                                     "zz",        "~",         "1234567812345679", "B",
                                     "123456788", "12345678a", "12345678123456781"};

  EXPECT_EQ(rows_by_id(table_of(ids)), expected_order(ids));
}

TEST(IdOrder, OfRandomIdsOfAnyLengthIsThatOfStrings) {
  std::vector<std::string> ids;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    std::string id;
    for (std::uint64_t c = 0; c < mix64(i) % 30; ++c) id += "ab\xFF"[mix64(i * 64 + c) % 3];
    ids.push_back(id);
  }

  EXPECT_EQ(rows_by_id(table_of(ids)), expected_order(ids));
}

TEST(IdOrder, KeepsTheListsOrderOfEqualIds) {
  const std::vector<std::string> ids{"same_and_long", "same", "same_and_long", "same", "a"};

  EXPECT_EQ(rows_by_id(table_of(ids)), (std::vector<std::size_t>{4, 1, 3, 0, 2}));
}

}  // namespace
}  // namespace codectrace::evaluate
