#include "evaluate/table.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"

namespace codectrace::evaluate {
namespace {

/// Characters of UTF-8 text: bytes that don't continue one.
std::size_t utf8_length(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string padded(const std::string& cell, std::size_t width, bool to_the_left) {
  const std::string space(width - std::min(width, utf8_length(cell)), ' ');
  return to_the_left ? cell + space : space + cell;
}

std::string replaced(std::string_view text, std::string_view special,
                     const std::vector<std::string_view>& replacements) {
  std::string result;
  for (const char c : text) {
    const auto place = special.find(c);
    if (place == std::string_view::npos) {
      result += c;
    } else {
      result += replacements[place];
    }
  }
  return result;
}

std::string for_latex(std::string_view text) {
  return replaced(text, "\\&%$#_{}~^",
                  {"\\textbackslash{}", "\\&", "\\%", "\\$", "\\#", "\\_", "\\{", "\\}",
                   "\\textasciitilde{}", "\\textasciicircum{}"});
}

std::string for_markdown(std::string_view text) { return replaced(text, "|\n", {"\\|", " "}); }

Table::Row converted(const Table::Row& row, std::string (*convert)(std::string_view)) {
  Table::Row cells;
  for (const auto& cell : row) cells.push_back(convert(cell));
  return cells;
}

}  // namespace

std::string Table::written(TableFormat format) const {
  switch (format) {
    case TableFormat::Text:
      return text();
    case TableFormat::Markdown:
      return markdown();
    case TableFormat::Latex:
      return latex();
  }
  invariant_failed("format", "a table in no format");
}

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (const auto& title : titles_) widths.push_back(utf8_length(title));
  for (const auto& row : rows_) {
    for (std::size_t c = 0; c < row.size(); ++c)
      widths[c] = std::max(widths[c], utf8_length(row[c]));
  }
  std::string text;
  const auto add_line = [&](const Row& row) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) line += "  " + padded(row[c], widths[c], c == 0);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  };
  add_line(titles_);
  for (const auto& row : rows_) add_line(row);
  return text;
}

std::string Table::markdown() const {
  std::string text = fmt::format("| {} |\n", fmt::join(converted(titles_, for_markdown), " | "));
  text += "|---";
  for (std::size_t c = 1; c < titles_.size(); ++c) text += "|--:";
  text += "|\n";
  for (const auto& row : rows_)
    text += fmt::format("| {} |\n", fmt::join(converted(row, for_markdown), " | "));
  return text;
}

std::string Table::latex() const {
  std::string text = fmt::format("\\begin{{tabular}}{{l{}}}\n\\toprule\n{} \\\\\n\\midrule\n",
                                 std::string(titles_.size() - 1, 'r'),
                                 fmt::join(converted(titles_, for_latex), " & "));
  for (const auto& row : rows_)
    text += fmt::format("{} \\\\\n", fmt::join(converted(row, for_latex), " & "));
  return text + "\\bottomrule\n\\end{tabular}\n";
}

}  // namespace codectrace::evaluate
