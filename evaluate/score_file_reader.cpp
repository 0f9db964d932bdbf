#include "evaluate/score_file_reader.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <system_error>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::evaluate {

ScoreFileReader::ScoreFileReader(std::string_view text, std::string file)
    : file_(file), lines_(text, file), at_first_line_(lines_.next()) {
  const auto first = lines_.columns();
  if (at_first_line_ && (first[0] == "id" || first[0] == "filename")) {
    header_.assign(first.begin() + 1, first.end());
    header_line_ = lines_.number();
    at_first_line_ = lines_.next();
  }
  if (!at_first_line_) throw Error(ErrorKind::BadData, file + " has no scores");
  width_ = header_.empty() ? lines_.columns().size() - 1 : header_.size();
  taken_.resize(width_);
  std::iota(taken_.begin(), taken_.end(), std::size_t{0});
}

ScoreFileReader ScoreFileReader::part(std::string_view text, std::int64_t first_line) const {
  auto part = *this;
  part.lines_ = protocol::LineReader(text, file_, first_line);
  part.at_first_line_ = false;
  return part;
}

bool ScoreFileReader::next() {
  while (!at_first_line_) {
    if (!lines_.next()) return false;
    if (lines_.number() != header_line_) break;
  }
  at_first_line_ = false;
  const auto columns = lines_.columns();
  id_ = columns[0];
  if (columns.size() != width_ + 1 || width_ == 0) {
    fail(fmt::format(
        "{} columns, expected {}", columns.size(),
        width_ == 0 ? "an id and its scores" : fmt::format("{} as in the first line", width_ + 1)));
  }
  values_.clear();
  for (const auto column : taken_) values_.push_back(parse(columns[column + 1]));
  return true;
}

double ScoreFileReader::parse(std::string_view text) const {
  const auto digits = text.starts_with('+') ? text.substr(1) : text;
  double value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, value);
  if (error == std::errc::result_out_of_range && stopped == end) {
    value = std::strtod(std::string(digits).c_str(), nullptr);  // tells 1e999 from 1e-999
    if (std::isinf(value)) fail(fmt::format("{} is out of a double's range", text));
  } else if (error != std::errc{} || stopped != end) {
    fail(fmt::format("\"{}\" is not a number", text));
  }
  if (std::isnan(value)) fail("the score is not a number (NaN)");
  return value;
}

void ScoreFileReader::fail(const std::string& what) const {
  lines_.fail(fmt::format("{}: {}", id_, what));
}

}  // namespace codectrace::evaluate
