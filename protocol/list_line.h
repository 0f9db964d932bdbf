#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "protocol/line_reader.h"
#include "protocol/list_reader.h"

namespace codectrace::protocol {

/// One line of a published list in its columns; what they mean together is EntryResolver's.
///
///   7: subject utterance - AUX DEC VQ label      training lists
///   5: subject utterance - VQ|- label            evaluation lists
///   4: subject utterance - label                 221 lines of CoSG_ALL
struct ListLine {
  std::string_view subject;    ///< speaker or system
  std::string_view utterance;  ///< without extension
  /// Task and class as the line states them; a class may be "-".
  std::vector<std::pair<std::string_view, std::string_view>> classes;
  Label label = Label::Spoof;
  bool label_is_typo = false;  ///< "spoofs"

  /// Views into the reader's text. @throws Error(BadData): number of columns, a third column other
  /// than "-", a label that is neither bonafide nor spoof
  static ListLine parse(const LineReader& lines);
};

}  // namespace codectrace::protocol
