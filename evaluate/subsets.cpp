#include "evaluate/subsets.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <numeric>
#include <optional>

namespace codectrace::evaluate {
namespace {

using Rows = std::vector<std::size_t>;
/// The name of the part that an utterance belongs to, if any.
using PartOf = std::function<std::optional<std::string>(const ScoredUtterance&)>;

bool is_bonafide(const ScoredUtterance& utterance) {
  return utterance.label == protocol::Label::BonaFide;
}

Rows rows_by_id(const ScoreTable& table) {
  Rows rows(table.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  std::ranges::sort(rows, {}, [&](std::size_t row) -> const std::string& { return table[row].id; });
  return rows;
}

enum class BonaFide { OfTheList, OfThePart };
enum class Tracing { SpoofOnly, Everything };

std::vector<Subset> split(const ScoreTable& table, const Rows& rows, const std::string& by,
                          BonaFide bonafide, Tracing tracing, const PartOf& part_of) {
  std::map<std::string, Subset> parts;
  Rows shared;  // bona fide that every part takes
  for (const auto row : rows) {
    const auto& utterance = table[row];
    if (bonafide == BonaFide::OfTheList && is_bonafide(utterance)) shared.push_back(row);
    const auto name = part_of(utterance);
    if (!name) continue;
    auto& part = parts.try_emplace(*name, Subset{by, *name, {}, {}}).first->second;
    if (bonafide == BonaFide::OfThePart || !is_bonafide(utterance)) {
      part.detection_rows.push_back(row);
    }
    if (tracing == Tracing::Everything || !is_bonafide(utterance)) part.tracing_rows.push_back(row);
  }
  std::vector<Subset> in_order;
  for (auto& [name, part] : parts) {
    auto& own = part.detection_rows;
    const auto middle = static_cast<std::ptrdiff_t>(own.size());
    own.insert(own.end(), shared.begin(), shared.end());
    std::inplace_merge(own.begin(), own.begin() + middle, own.end(),
                       [&](auto a, auto b) { return table[a].id < table[b].id; });
    in_order.push_back(std::move(part));
  }
  return in_order;
}

std::optional<std::string> non_empty(const std::string& name) {
  return name.empty() ? std::nullopt : std::optional(name);
}

/// What the taxonomy says of where an utterance comes from.
const protocol::Origin* origin_of(const ScoredUtterance& utterance, const std::string& origin_name,
                                  const protocol::Taxonomy& taxonomy) {
  if (utterance.origin.empty()) return nullptr;
  return origin_name == "system" ? taxonomy.find_system(utterance.origin)
                                 : taxonomy.find_codec(utterance.origin);
}

}  // namespace

std::vector<Subset> subsets_of(const ScoreTable& table, const protocol::Taxonomy& taxonomy) {
  const auto rows = rows_by_id(table);
  const auto known = [&](const ScoredUtterance& utterance) -> std::optional<std::string> {
    const auto* origin = origin_of(utterance, table.origin_name(), taxonomy);
    if (origin == nullptr) return std::nullopt;
    return origin->known ? "known" : "unknown";
  };
  std::vector<Subset> all{{"", "all", rows, rows}};
  const auto append = [&](std::vector<Subset> parts) {
    all.insert(all.end(), std::make_move_iterator(parts.begin()),
               std::make_move_iterator(parts.end()));
  };
  const auto split_by = [&](const std::string& by, BonaFide bonafide, Tracing tracing,
                            const PartOf& part_of) {
    append(split(table, rows, by, bonafide, tracing, part_of));
  };

  if (table.origin_name() == "system") {
    split_by("known", BonaFide::OfThePart, Tracing::Everything, known);
    split_by("system", BonaFide::OfThePart, Tracing::SpoofOnly,
             [](const auto& utterance) { return non_empty(utterance.origin); });
  } else {
    const auto spoof_only = [](const PartOf& part_of) -> PartOf {
      return [part_of](const ScoredUtterance& utterance) {
        return is_bonafide(utterance) ? std::nullopt : part_of(utterance);
      };
    };
    auto by_known =
        split(table, rows, "known", BonaFide::OfTheList, Tracing::SpoofOnly, spoof_only(known));
    if (by_known.size() > 1) append(std::move(by_known));
    split_by("codec", BonaFide::OfTheList, Tracing::SpoofOnly,
             spoof_only([](const auto& utterance) { return non_empty(utterance.origin); }));
    split_by("family", BonaFide::OfTheList, Tracing::SpoofOnly,
             spoof_only([&](const auto& utterance) -> std::optional<std::string> {
               const auto* origin = origin_of(utterance, table.origin_name(), taxonomy);
               return origin == nullptr ? std::nullopt : std::optional(origin->family);
             }));
  }
  split_by("speaker", BonaFide::OfThePart, Tracing::Everything,
           [](const auto& utterance) { return non_empty(utterance.speaker); });
  return all;
}

}  // namespace codectrace::evaluate
