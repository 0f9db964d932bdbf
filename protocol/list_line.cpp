#include "protocol/list_line.h"

#include <fmt/format.h>

#include "protocol/audio_name.h"

namespace codectrace::protocol {
namespace {

using Columns = std::vector<std::string_view>;

std::vector<std::pair<std::string_view, std::string_view>> stated_classes(const LineReader& lines,
                                                                          const Columns& columns) {
  constexpr std::size_t kShort = 4;
  constexpr std::size_t kEvaluation = 5;
  constexpr std::size_t kTraining = 7;
  switch (columns.size()) {
    case kShort:
      return {};
    case kEvaluation:
      return {{"VQ", columns[3]}};
    case kTraining:
      return {{"AUX", columns[3]}, {"DEC", columns[4]}, {"VQ", columns[5]}};
    default:
      lines.fail(fmt::format("{} columns, expected 4, 5 or 7", columns.size()));
  }
}

}  // namespace

ListLine ListLine::parse(const LineReader& lines) {
  const Columns columns = lines.columns();
  ListLine line;
  line.classes = stated_classes(lines, columns);
  line.subject = columns[0];
  line.utterance = split_audio_name(columns[1]).stem;
  if (columns[2] != "-") {
    lines.fail(fmt::format("the third column is \"{}\", expected \"-\"", columns[2]));
  }
  const std::string_view label = columns.back();
  line.label_is_typo = label == "spoofs";
  if (label == "bonafide") {
    line.label = Label::BonaFide;
  } else if (label != "spoof" && !line.label_is_typo) {
    lines.fail(fmt::format("the label is \"{}\", expected bonafide or spoof", label));
  }
  return line;
}

}  // namespace codectrace::protocol
