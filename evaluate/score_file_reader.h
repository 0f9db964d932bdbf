#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/line_reader.h"

namespace codectrace::evaluate {

/// The lines of a score file, whoever wrote it: an id and numbers, separated by blanks or tabs. A
/// first line that begins with `id` (our scores.tsv) or `filename` (ASVspoof's) names the columns.
class ScoreFileReader {
 public:
  /// @param text  lives as long as the reader
  /// @param file  named in messages
  /// @throws Error(BadData) if there is no line of scores
  ScoreFileReader(std::string_view text, std::string file);

  /// The same columns of a part of the file, a rank's.
  /// @param text  whole lines; the header is skipped where it is among them
  [[nodiscard]] ScoreFileReader part(std::string_view text, std::int64_t first_line) const;

  /// Names of all columns but the id; empty if the file has no header.
  [[nodiscard]] const std::vector<std::string>& header() const { return header_; }
  /// Columns beside the id.
  [[nodiscard]] std::size_t width() const { return width_; }
  /// Which columns are numbers to be read, counted without the id; all of them if never called.
  void take(std::vector<std::size_t> columns) { taken_ = std::move(columns); }

  /// Goes to the next line. @throws Error(BadData) naming file, line and id: another number of
  /// columns than the first line's, not a number, NaN, a number beyond a double's range
  [[nodiscard]] bool next();

  [[nodiscard]] std::string_view id() const { return id_; }
  /// The taken columns.
  [[nodiscard]] std::span<const double> values() const { return values_; }
  [[nodiscard]] std::int64_t line() const { return lines_.number(); }
  /// @throws Error(BadData) "scores.txt:17: <id>: <what>"
  [[noreturn]] void fail(const std::string& what) const;

 private:
  [[nodiscard]] double parse(std::string_view text) const;

  std::string file_;
  protocol::LineReader lines_;
  bool at_first_line_;  // read already, for its width, and not yet given
  std::vector<std::string> header_;
  std::int64_t header_line_ = 0;
  std::size_t width_ = 0;
  std::vector<std::size_t> taken_;
  std::string_view id_;
  std::vector<double> values_;
};

}  // namespace codectrace::evaluate
