#pragma once

#include "protocol/line_reader.h"
#include "protocol/list_line.h"
#include "protocol/list_reader.h"
#include "protocol/taxonomy.h"

namespace codectrace::protocol {

struct ResolvedEntry {
  Entry entry;
  bool origin_is_unknown = false;  ///< it has a codec or system, and the taxonomy lacks it
};

/// Line → entry: what the columns, the id and the taxonomy say of an utterance, brought together.
class EntryResolver {
 public:
  /// Both live as long as the resolver.
  EntryResolver(const Taxonomy& taxonomy, const ListOptions& options)
      : taxonomy_(taxonomy), options_(options) {}

  /// @param lines  at this line; only for messages
  /// @throws Error(BadData): a class that the task hasn't, an id that isn't one of the layout;
  ///         a contradiction, with OnContradiction::Reject; an unknown origin, if strict
  [[nodiscard]] ResolvedEntry resolve(const ListLine& line, const LineReader& lines) const;

 private:
  /// Names both values. Returns if one side is trusted: true, the list.
  [[nodiscard]] bool list_wins(const LineReader& lines, const std::string& contradiction) const;
  void take_cors_id(const ListLine& line, const LineReader& lines, Entry& entry) const;
  /// Class code that the line states; nullopt if it doesn't, or says "-".
  [[nodiscard]] std::optional<int> stated_code(const ListLine& line, const LineReader& lines,
                                               const Task& task) const;
  [[nodiscard]] int resolved_code(const ListLine& line, const LineReader& lines, const Task& task,
                                  const Entry& entry, const Origin* origin) const;

  const Taxonomy& taxonomy_;
  const ListOptions& options_;
};

/// Class codes of an utterance, one a task, from its label and the taxonomy alone.
/// @param origin  nullptr where it is unknown
[[nodiscard]] std::vector<int> codes_of(const Taxonomy& taxonomy, Label label,
                                        const Origin* origin);

}  // namespace codectrace::protocol
