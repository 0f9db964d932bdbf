#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace codectrace::protocol {

/// The lines of a text file, as lists of many tools and systems write them: LF or CR LF, with or
/// without a newline at the end, a byte-order mark, blanks and tabs around and between, blank
/// lines.
class LineReader {
 public:
  /// @param text  lives as long as the reader
  /// @param file        named in messages
  /// @param first_line  number of the text's first line, if it is a later part of the file
  LineReader(std::string_view text, std::string file, std::int64_t first_line = 1);

  /// Goes to the next line that isn't blank. @throws Error(BadData) if it isn't UTF-8
  [[nodiscard]] bool next();

  [[nodiscard]] std::int64_t number() const { return number_; }  ///< 1-based, blank lines count
  [[nodiscard]] std::string_view text() const { return line_; }  ///< without blanks around it
  /// What blanks separate.
  [[nodiscard]] std::vector<std::string_view> columns() const;

  /// "list.txt:17"
  [[nodiscard]] std::string place() const;
  /// @throws Error(BadData) "list.txt:17: <what>"
  [[noreturn]] void fail(const std::string& what) const;

 private:
  std::string_view rest_;
  std::string file_;
  std::string_view line_;
  std::int64_t number_;
};

}  // namespace codectrace::protocol
