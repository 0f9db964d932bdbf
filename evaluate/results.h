#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "evaluate/figures.h"
#include "evaluate/score_table.h"
#include "evaluate/subsets.h"

namespace codectrace::evaluate {

inline constexpr std::string_view kResultsSchema = "codectrace.eval/1";

/// What a list held and what became of it.
struct Counts {
  std::int64_t listed = 0;
  std::int64_t scored = 0;
  std::int64_t unlisted = 0;      ///< in a score file only
  std::int64_t unscored = 0;      ///< in the list only
  std::int64_t scored_twice = 0;  ///< of a score file, beyond the first
  std::int64_t unreadable = 0;  ///< damaged in the corpus and skipped, as on_bad_data = skip allows
  std::int64_t label_typos = 0;
  std::int64_t duplicates = 0;
  std::int64_t unknown_origins = 0;
};

/// Everything about a list's scores, as results.json holds it (docs/results.schema.json).
/// @param model, provenance  objects that go in as they are
/// @throws Error(BadData) if the model detects and the list lacks bona fide or spoof
[[nodiscard]] Json make_results(const ScoreTable& table, const std::vector<Subset>& subsets,
                                const Counts& counts, const Json& model, const Json& provenance,
                                const FigureOptions& options);

/// The same of a table that is spread over ranks, as Figures and subsets_of() take it. Collective:
/// every rank gets all of it.
[[nodiscard]] Json make_results(const ScoreTable& table, const std::vector<Subset>& subsets,
                                const Counts& counts, const Json& model, const Json& provenance,
                                const FigureOptions& options, comm::Communicator& comm);

/// The key of a second scoring of the whole list, as a subset, where there was one: with its tokens
/// permuted as the reference does (compat.reference). All else is of tokens in their order.
inline constexpr const char* kShuffledTokens = "shuffled_tokens";

/// The figures of a subset, as results.json holds them.
[[nodiscard]] Json subset_json(const ScoreTable& table, const Subset& subset,
                               const FigureOptions& options);

/// @throws Error(BadData) naming the file: not JSON, another schema, or keys that lack
[[nodiscard]] Json read_results(const std::filesystem::path& path);

/// The whole list's subset.
[[nodiscard]] const Json& pooled(const Json& results);

/// Classes of each task of the whole list.
[[nodiscard]] std::map<std::string, std::vector<std::string>> task_classes(const Json& results);

/// Tidy and long: by,subset,task,class,metric,value,low,high, a line a figure; what is null has an
/// empty value.
[[nodiscard]] std::string results_csv(const Json& results);

}  // namespace codectrace::evaluate
