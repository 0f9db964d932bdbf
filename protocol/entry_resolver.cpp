#include "protocol/entry_resolver.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "protocol/layout_cors.h"

namespace codectrace::protocol {
namespace {

constexpr std::string_view kNotStated = "-";
constexpr std::size_t kReferencePrefix = std::string_view("p225_001_").size();
constexpr int kBonaFideClass = 0;  // of every task but BIN

bool is_bin(const Task& task) { return task.name == "BIN"; }

std::string_view name_of(Label label) { return label == Label::BonaFide ? "bonafide" : "spoof"; }

/// Class that the taxonomy gives; BIN's is the label itself.
int taxonomy_code(const Task& task, Label label, const Origin* origin) {
  if (is_bin(task)) return static_cast<int>(label);
  if (label == Label::BonaFide) return kBonaFideClass;
  return origin == nullptr ? kUnknown : origin->codes.at(task.name);
}

std::string_view class_name(const Task& task, int code) {
  return code == kUnknown ? kNotStated : task.classes[static_cast<std::size_t>(code)];
}

}  // namespace

bool EntryResolver::list_wins(const LineReader& lines, const std::string& contradiction) const {
  if (options_.on_contradiction == OnContradiction::Reject) {
    lines.fail(contradiction +
               "; correct one of them, or believe one with --set "
               "list.on_contradiction=trust-list or trust-taxonomy");
  }
  return options_.on_contradiction == OnContradiction::TrustList;
}

void EntryResolver::take_cors_id(const ListLine& line, const LineReader& lines,
                                 Entry& entry) const {
  const auto parts = CorsId::parse(entry.id);
  if (!parts) lines.fail(fmt::format("{} isn't <speaker>_<sentence>[_<codec>]", entry.id));
  entry.speaker = parts->speaker;
  if (line.subject != parts->speaker &&
      list_wins(lines, fmt::format("the speaker is {}, but {} says {}", line.subject, entry.id,
                                   parts->speaker))) {
    entry.speaker = line.subject;
  }
  const Label label_of_id = parts->codec.empty() ? Label::BonaFide : Label::Spoof;
  if (entry.label != label_of_id &&
      !list_wins(lines, fmt::format("the label is {}, but {} has {}", name_of(entry.label),
                                    entry.id, parts->codec.empty() ? "no codec" : "a codec"))) {
    entry.label = label_of_id;
  }
  entry.origin = parts->codec;
  if (options_.codec_of_id == CodecOfId::FromTenthCharacter && !parts->codec.empty()) {
    entry.origin = entry.id.substr(std::min(kReferencePrefix, entry.id.size()));
  }
}

std::optional<int> EntryResolver::stated_code(const ListLine& line, const LineReader& lines,
                                              const Task& task) const {
  for (const auto& [task_name, name] : line.classes) {
    if (task_name != task.name || name == kNotStated) continue;
    const auto code = task.code_of(name);
    if (!code) {
      lines.fail(fmt::format("{} has no class \"{}\" in the taxonomy; it has: {}", task.name, name,
                             fmt::join(task.classes, ", ")));
    }
    return code;
  }
  return std::nullopt;
}

int EntryResolver::resolved_code(const ListLine& line, const LineReader& lines, const Task& task,
                                 const Entry& entry, const Origin* origin) const {
  const int known = taxonomy_code(task, entry.label, origin);
  const auto stated = stated_code(line, lines, task);
  if (!stated || *stated == known) return known;
  const bool label_fits = (*stated == kBonaFideClass) == (entry.label == Label::BonaFide);
  if (label_fits && known == kUnknown) return *stated;
  const std::string other =
      label_fits ? fmt::format("{} is {} in the taxonomy", entry.origin, class_name(task, known))
                 : fmt::format("the label is {}", name_of(entry.label));
  const bool list = list_wins(
      lines, fmt::format("{} is {}, but {}", task.name, class_name(task, *stated), other));
  // A class that the line's own label rules out isn't what the list says either.
  return list && label_fits ? *stated : known;
}

ResolvedEntry EntryResolver::resolve(const ListLine& line, const LineReader& lines) const {
  ResolvedEntry resolved;
  Entry& entry = resolved.entry;
  entry.line = lines.number();
  entry.label = line.label;
  const Origin* origin = nullptr;
  switch (options_.layout) {
    case Layout::Cors:
      entry.id = line.utterance;
      take_cors_id(line, lines, entry);
      origin = taxonomy_.find_codec(entry.origin);
      break;
    case Layout::Cosg:
      entry.id = fmt::format("{}/{}", line.subject, line.utterance);
      entry.origin = line.subject;
      origin = taxonomy_.find_system(entry.origin);
      break;
    case Layout::List:
      entry.id = line.utterance;
      if (line.subject != kNotStated) entry.speaker = line.subject;
      break;
  }
  if (origin != nullptr) entry.origin = origin->name;
  resolved.origin_is_unknown = origin == nullptr && !entry.origin.empty();
  if (resolved.origin_is_unknown && options_.strict) {
    lines.fail(fmt::format("the taxonomy lacks {}", entry.origin));
  }
  for (const auto& task : taxonomy_.tasks()) {
    entry.codes.push_back(resolved_code(line, lines, task, entry, origin));
  }
  return resolved;
}

std::vector<int> codes_of(const Taxonomy& taxonomy, Label label, const Origin* origin) {
  std::vector<int> codes;
  for (const auto& task : taxonomy.tasks()) codes.push_back(taxonomy_code(task, label, origin));
  return codes;
}

}  // namespace codectrace::protocol
