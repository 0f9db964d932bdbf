#include "protocol/list_reader.h"

#include <set>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/log.h"
#include "core/rank.h"
#include "protocol/entry_resolver.h"
#include "protocol/line_reader.h"
#include "protocol/list_line.h"
#include "protocol/published_path.h"

namespace codectrace::protocol {
namespace {

namespace fs = std::filesystem;

/// Every rank reads the list; one says what is odd about it.
void warn_once(const std::string& message) {
  if (this_rank().rank == 0) log::warn(message);
}

/// Ids that came already, and where.
class SeenIds {
 public:
  /// False: it came before.
  bool enter(const std::string& id, const LineReader& lines, OnDuplicate on_duplicate) {
    const auto [first, is_new] = lines_.emplace(id, lines.number());
    if (!is_new && on_duplicate == OnDuplicate::Reject) {
      lines.fail(listed_twice(id, first->second));
    }
    return is_new;
  }

 private:
  std::unordered_map<std::string, std::int64_t> lines_;
};

void note_unknown(const std::set<std::string>& origins, const fs::path& path) {
  if (origins.empty()) return;
  warn_once(fmt::format("{}: the taxonomy lacks {}: classes that the list doesn't give are unknown",
                        path.string(), fmt::join(origins, ", ")));
}

}  // namespace

ProtocolList read_list(const fs::path& path, const Taxonomy& taxonomy, const ListOptions& options) {
  ProtocolList list{.path = published_path(path), .entries = {}, .report = {}};
  if (list.path != path) {
    log::info("{} isn't there; {} is the list balanced by AUX", path.filename().string(),
              list.path.string());
  }
  const std::string text = read_file(list.path);
  LineReader lines(text, list.path.string());
  const EntryResolver resolver(taxonomy, options);
  SeenIds seen;
  std::set<std::string> unknown_origins;

  while (lines.next()) {
    const ListLine line = ListLine::parse(lines);
    ResolvedEntry resolved = resolver.resolve(line, lines);
    if (line.label_is_typo) {
      if (list.report.label_typos++ == 0) warn_once(lines.place() + ": \"spoofs\" taken as spoof");
    }
    if (!seen.enter(resolved.entry.id, lines, options.on_duplicate)) {
      ++list.report.duplicates;
      continue;
    }
    if (resolved.origin_is_unknown) {
      ++list.report.unknown_origins;
      unknown_origins.insert(resolved.entry.origin);
    }
    list.entries.push_back(std::move(resolved.entry));
  }
  if (list.entries.empty()) {
    throw Error(ErrorKind::BadData, fmt::format("{} has no lines", list.path.string()));
  }
  note_unknown(unknown_origins, list.path);
  return list;
}

std::string listed_twice(std::string_view id, std::int64_t first_line) {
  return fmt::format(
      "{} is in line {} already; remove one of them, or keep the first with --set "
      "list.allow_duplicates=true",
      id, first_line);
}

std::size_t task_column(const Taxonomy& taxonomy, std::string_view task) {
  return taxonomy.task_index(task);
}

}  // namespace codectrace::protocol
