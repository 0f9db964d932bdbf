#include "protocol/line_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.h"
#include "core/utf8.h"

namespace codectrace::protocol {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBlanks = " \t\r\v\f";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

}  // namespace

LineReader::LineReader(std::string_view text, std::string file, std::int64_t first_line)
    : rest_(text), file_(std::move(file)), number_(first_line - 1) {
  const bool begins_file = first_line == 1;
  if (begins_file && rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
}

bool LineReader::next() {
  while (!rest_.empty()) {
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    line_ = trimmed(rest_.substr(0, end));
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++number_;
    if (!is_utf8(line_)) fail("isn't UTF-8");
    if (!line_.empty()) return true;
  }
  return false;
}

std::vector<std::string_view> LineReader::columns() const {
  std::vector<std::string_view> columns;
  std::string_view rest = line_;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(kBlanks), rest.size());
    columns.push_back(rest.substr(0, end));
    rest = trimmed(rest.substr(end));
  }
  return columns;
}

std::string LineReader::place() const { return fmt::format("{}:{}", file_, number_); }

void LineReader::fail(const std::string& what) const {
  throw Error(ErrorKind::BadData, fmt::format("{}: {}", place(), what));
}

}  // namespace codectrace::protocol
