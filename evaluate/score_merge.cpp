#include "evaluate/score_merge.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "core/error.h"
#include "model/scorer.h"

namespace codectrace::evaluate {
namespace {

/// One utterance's logits, cut into heads.
std::vector<std::span<const float>> by_head(std::span<const float> logits,
                                            const std::vector<model::Head>& heads) {
  std::vector<std::span<const float>> parts;
  for (const auto& head : heads) {
    parts.push_back(logits.first(head.classes.size()));
    logits = logits.subspan(head.classes.size());
  }
  return parts;
}

/// nullopt without a BIN head.
std::optional<double> bonafide_logit(const std::vector<model::Head>& heads,
                                     const std::vector<std::span<const float>>& logits) {
  const auto binary = std::ranges::find(heads, "BIN", &model::Head::task);
  if (binary == heads.end()) return std::nullopt;
  const auto output = std::ranges::find(binary->classes, "bonafide") - binary->classes.begin();
  return logits[static_cast<std::size_t>(binary - heads.begin())][static_cast<std::size_t>(output)];
}

ScoredUtterance scored_utterance(const protocol::Entry& entry,
                                 const std::vector<std::span<const float>>& logits,
                                 const std::vector<model::Head>& heads,
                                 const protocol::Taxonomy& taxonomy,
                                 model::ReferenceProgram program) {
  ScoredUtterance scored{entry.id, entry.speaker, entry.origin, entry.label, {}, {}, {}};
  const auto score = model::detection_score(heads, logits);
  scored.detection = {score.probability, score.llr};
  if (program == model::ReferenceProgram::SastNet) {
    scored.detection.reference = bonafide_logit(heads, logits);
  }
  for (std::size_t h = 0; h < heads.size(); ++h) {
    const auto& task = taxonomy.task(heads[h].task);
    scored.codes.push_back(heads[h].task == "BIN"
                               ? static_cast<int>(entry.label)
                               : entry.codes[protocol::task_column(taxonomy, heads[h].task)]);
    const auto ordered = in_class_order(logits[h], heads[h], task);
    scored.logits.insert(scored.logits.end(), ordered.begin(), ordered.end());
  }
  return scored;
}

}  // namespace

std::vector<double> in_class_order(std::span<const float> logits, const model::Head& head,
                                   const protocol::Task& task) {
  std::vector<double> ordered(task.classes.size());
  for (std::size_t output = 0; output < logits.size(); ++output) {
    const auto code = task.code_of(head.classes[output]);
    CT_INVARIANT(code.has_value(), "a head's classes are the taxonomy's");
    ordered[static_cast<std::size_t>(*code)] = logits[output];
  }
  return ordered;
}

std::vector<ScoredTask> scored_tasks(const std::vector<model::Head>& heads,
                                     const protocol::Taxonomy& taxonomy) {
  std::vector<ScoredTask> tasks;
  for (const auto& head : heads) tasks.push_back({head.task, taxonomy.task(head.task).classes});
  return tasks;
}

MergedScores merge_scores(const protocol::ProtocolList& list, std::span<const float> logits,
                          const std::vector<model::Head>& heads, const protocol::Taxonomy& taxonomy,
                          const MergeOptions& options) {
  MergedScores merged{ScoreTable(scored_tasks(heads, taxonomy), options.origin_name), {}};
  auto& [table, counts] = merged;
  const auto width = logits.size() / list.entries.size();
  for (std::size_t i = 0; i < list.entries.size(); ++i) {
    const auto row = logits.subspan(i * width, width);
    if (std::isnan(row.front()) && options.on_bad_audio == OnBadAudio::Skip) {
      ++counts.unreadable;
      continue;
    }
    auto scored =
        scored_utterance(list.entries[i], by_head(row, heads), heads, taxonomy, options.program);
    if (!options.seconds.empty()) scored.seconds = options.seconds[i];
    table.add(std::move(scored));
  }
  counts.listed = std::ssize(list.entries);
  counts.scored = static_cast<std::int64_t>(table.size());
  counts.label_typos = list.report.label_typos;
  counts.duplicates = list.report.duplicates;
  counts.unknown_origins = list.report.unknown_origins;
  return merged;
}

}  // namespace codectrace::evaluate
