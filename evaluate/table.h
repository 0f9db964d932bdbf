#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/config.h"

namespace codectrace::evaluate {

/// What a table is written for: a terminal, a page, a paper.
enum class TableFormat { Text, Markdown, Latex };
constexpr std::array<config::EnumName<TableFormat>, 3> enum_names(TableFormat) {
  return {{{TableFormat::Text, "text"},
           {TableFormat::Markdown, "markdown"},
           {TableFormat::Latex, "latex"}}};
}

/// Cells under titles; the first column to the left, the others to the right.
class Table {
 public:
  using Row = std::vector<std::string>;
  explicit Table(Row titles) : titles_(std::move(titles)) {}

  /// @param row  as long as the titles
  void add(Row row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }

  /// Markdown's (GitHub's) with escaped bars; LaTeX's a booktabs tabular, special characters
  /// escaped.
  [[nodiscard]] std::string written(TableFormat format) const;

 private:
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::string markdown() const;
  [[nodiscard]] std::string latex() const;

  Row titles_;
  std::vector<Row> rows_;
};

}  // namespace codectrace::evaluate
