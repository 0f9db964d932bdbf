#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/taxonomy.h"

namespace codectrace::protocol {

enum class Label : int { Spoof = 0, BonaFide = 1 };
enum class Layout { Cors, Cosg, List };

/// One line of a protocol list, its classes resolved.
struct Entry {
  std::string id;       ///< as in the corpus: the utterance, for CoSG "SYSTEM/utterance"
  std::string speaker;  ///< CoRS only, else empty
  std::string origin;   ///< codec of a CoRS spoof, system of a CoSG line; empty for CoRS bona fide
  Label label = Label::Spoof;
  std::vector<int> codes;  ///< one a task of the taxonomy, in its order; kUnknown where not known
  std::int64_t line = 0;   ///< 1-based
};

enum class OnDuplicate { Reject, KeepFirst };
/// Where the codec begins in an id of CoRS.
enum class CodecOfId {
  AfterSentence,      ///< behind the second underscore
  FromTenthCharacter  ///< the reference's rule: wrong for every speaker but pNNN
};
enum class OnContradiction { Reject, TrustList, TrustTaxonomy };

struct ListOptions {
  Layout layout = Layout::Cors;  ///< decides what the first column and the id are
  OnDuplicate on_duplicate = OnDuplicate::Reject;
  OnContradiction on_contradiction = OnContradiction::Reject;
  bool strict = false;  ///< a codec or system unknown to the taxonomy is an error
  CodecOfId codec_of_id = CodecOfId::AfterSentence;
};

/// What was odd but accepted; goes into reports.
struct ListReport {
  std::int64_t label_typos = 0;      ///< "spoofs"
  std::int64_t duplicates = 0;       ///< left out, with KeepFirst
  std::int64_t unknown_origins = 0;  ///< lines whose codec or system the taxonomy lacks
};

struct ProtocolList {
  std::filesystem::path path;
  std::vector<Entry> entries;  ///< in the file's order
  ListReport report;
};

/// Reads any of the published lists (4, 5 or 7 columns) with all their irregularities; see
/// docs/protocols.md for what is accepted.
/// @throws Error(BadData) naming file and line: column count, label word, class, duplicate,
///         contradiction, encoding; or an empty list
[[nodiscard]] ProtocolList read_list(const std::filesystem::path& path, const Taxonomy& taxonomy,
                                     const ListOptions& options);

/// What is said of an utterance's second line.
[[nodiscard]] std::string listed_twice(std::string_view id, std::int64_t first_line);

/// Column of `task` in Entry::codes. @throws Error(Usage) as Taxonomy::task
[[nodiscard]] std::size_t task_column(const Taxonomy& taxonomy, std::string_view task);

}  // namespace codectrace::protocol
