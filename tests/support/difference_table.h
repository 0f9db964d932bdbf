#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

namespace codectrace::test {

/// Largest difference of each comparison of a suite beside what is allowed. Printed as a table when
/// the suite is over, so that `ctest -L parity -V` shows all of them together.
class DifferenceTable {
 public:
  explicit DifferenceTable(std::string title) : title_(std::move(title)) {}
  DifferenceTable(const DifferenceTable&) = delete;
  DifferenceTable& operator=(const DifferenceTable&) = delete;
  ~DifferenceTable() {
    fmt::print("\n{}\n  {:<50} {:>10} {:>10}\n", title_, "largest difference", "found", "allowed");
    for (const Row& row : rows_) {
      fmt::print("  {:<50} {:>10.1e} {:>10.0e}\n", row.what, row.found, row.allowed);
    }
    std::fflush(stdout);
  }

  /// Notes a comparison, and fails the running test if it found more than is allowed, or NaN.
  void expect(const std::string& what, double found, double allowed) {
    rows_.push_back({what, found, allowed});
    EXPECT_LE(found, allowed) << what;
  }

 private:
  struct Row {
    std::string what;
    double found;
    double allowed;
  };

  std::string title_;
  std::vector<Row> rows_;
};

}  // namespace codectrace::test
