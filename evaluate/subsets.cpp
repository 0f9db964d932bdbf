#include "evaluate/subsets.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "comm/self.h"
#include "evaluate/id_order.h"

namespace codectrace::evaluate {
namespace {

using Rows = std::vector<std::size_t>;
/// A part's place among those of its kind, and its name.
using Part = std::pair<std::size_t, std::string>;
/// What rows are told apart by: each distinct value once, and which one a row has. Millions of rows
/// have few values, so what a value means is looked up once.
struct Column {
  std::vector<std::string> values;
  std::vector<std::uint32_t> of_row;
};

/// The part that rows of a value belong to, if any; by the value's number.
using PartsOfValues = std::vector<std::optional<Part>>;

Column column_of(const ScoreTable& table, std::string ScoredUtterance::*field) {
  Column column;
  column.of_row.reserve(table.size());
  std::unordered_map<std::string_view, std::uint32_t> numbers;
  for (std::size_t row = 0; row < table.size(); ++row) {
    const auto& value = table[row].*field;
    const auto next = static_cast<std::uint32_t>(numbers.size());
    const auto [found, is_new] = numbers.try_emplace(value, next);
    if (is_new) column.values.push_back(value);
    column.of_row.push_back(found->second);
  }
  return column;
}

/// "under 2 s", "2 to 4 s", "8 s or more", and none for what isn't known
Column duration_bands(const ScoreTable& table, const std::vector<double>& edges) {
  Column column;
  column.values.push_back(fmt::format("under {} s", edges.front()));
  for (std::size_t i = 1; i < edges.size(); ++i) {
    column.values.push_back(fmt::format("{} to {} s", edges[i - 1], edges[i]));
  }
  column.values.push_back(fmt::format("{} s or more", edges.back()));
  const auto unknown = static_cast<std::uint32_t>(column.values.size());
  column.values.emplace_back();
  for (std::size_t row = 0; row < table.size(); ++row) {
    const auto& seconds = table[row].seconds;
    const auto band = seconds ? std::ranges::upper_bound(edges, *seconds) - edges.begin() : unknown;
    column.of_row.push_back(static_cast<std::uint32_t>(band));
  }
  return column;
}

/// Parts by name: of those without an order of their own.
std::optional<Part> named(const std::string& name) {
  return name.empty() ? std::nullopt : std::optional(Part{0, name});
}

PartsOfValues by_name(const Column& column) {
  PartsOfValues parts;
  for (const auto& value : column.values) parts.push_back(named(value));
  return parts;
}

PartsOfValues in_order(const Column& column) {
  auto parts = by_name(column);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i]) parts[i]->first = i;
  }
  return parts;
}

/// By what the taxonomy says of where an utterance comes from. @param name_of  Origin → part's name
template <class NameOf>
PartsOfValues by_taxonomy(const Column& origins, const std::string& origin_name,
                          const protocol::Taxonomy& taxonomy, NameOf name_of) {
  PartsOfValues parts;
  for (const auto& value : origins.values) {
    const auto* origin =
        origin_name == "system" ? taxonomy.find_system(value) : taxonomy.find_codec(value);
    const bool is_known = origin != nullptr && !value.empty();
    parts.push_back(is_known ? named(name_of(*origin)) : std::nullopt);
  }
  return parts;
}

/// Whether a part takes all bona fide of the list, which are of no part, or those of its own.
enum class BonaFide { OfTheList, OfThePart };
enum class Tracing { SpoofOnly, Everything };

/// Parts of a table, the same on all ranks.
class Splitter {
 public:
  Splitter(const ScoreTable& table, comm::Communicator& comm)
      : comm_(comm), rows_(rows_by_id(table)) {
    is_bonafide_.reserve(table.size());
    for (std::size_t row = 0; row < table.size(); ++row) {
      is_bonafide_.push_back(table[row].label == protocol::Label::BonaFide);
    }
  }

  [[nodiscard]] const Rows& rows() const { return rows_; }

  /// Collective.
  [[nodiscard]] std::vector<Subset> split(const std::string& by, BonaFide bonafide, Tracing tracing,
                                          const Column& column,
                                          const PartsOfValues& parts_of_values) const {
    std::map<Part, Subset> parts;
    std::vector<Subset*> part_of(column.values.size());
    for (std::size_t i = 0; i < part_of.size(); ++i) {
      const auto& part = parts_of_values[i];
      if (!part) continue;
      part_of[i] = &parts.try_emplace(*part, Subset{by, part->second, {}, {}}).first->second;
    }
    Rows shared;  // bona fide that every part takes
    // Detection rows are places in rows_ until they are merged: places are in the order of ids.
    for (std::size_t place = 0; place < rows_.size(); ++place) {
      const auto row = rows_[place];
      if (bonafide == BonaFide::OfTheList && is_bonafide_[row]) {
        shared.push_back(place);
      } else if (auto* part = part_of[column.of_row[row]]; part != nullptr) {
        part->detection_rows.push_back(place);
        if (tracing == Tracing::Everything || !is_bonafide_[row]) part->tracing_rows.push_back(row);
      }
    }
    std::erase_if(parts, [](const auto& part) { return part.second.detection_rows.empty(); });
    add_parts_of_other_ranks(by, parts);
    std::vector<Subset> in_order;
    for (auto& [name, part] : parts) {
      part.detection_rows = merged(shared, part.detection_rows);
      in_order.push_back(std::move(part));
    }
    return in_order;
  }

 private:
  void add_parts_of_other_ranks(const std::string& by, std::map<Part, Subset>& parts) const {
    std::string mine;
    for (const auto& [part, subset] : parts) {
      mine += fmt::format("{} {}\n", part.first, part.second);
    }
    for (const auto& text : comm_.gathered_texts(mine)) {
      std::istringstream lines(text);
      Part part;
      while (lines >> part.first && lines.get() == ' ' && std::getline(lines, part.second)) {
        parts.try_emplace(part, Subset{by, part.second, {}, {}});
      }
    }
  }

  /// The rows of two lists of places, in order of ids.
  [[nodiscard]] Rows merged(const Rows& shared, const Rows& own) const {
    Rows rows(shared.size() + own.size());
    std::ranges::merge(shared, own, rows.begin());
    for (auto& row : rows) row = rows_[row];
    return rows;
  }

  comm::Communicator& comm_;
  Rows rows_;  // in byte order of ids
  std::vector<bool> is_bonafide_;
};

}  // namespace

std::vector<Subset> subsets_of(const ScoreTable& table, const protocol::Taxonomy& taxonomy,
                               const std::vector<double>& duration_edges_s) {
  comm::SelfCommunicator alone;
  return subsets_of(table, taxonomy, duration_edges_s, alone);
}

std::vector<Subset> subsets_of(const ScoreTable& table, const protocol::Taxonomy& taxonomy,
                               const std::vector<double>& duration_edges_s,
                               comm::Communicator& comm) {
  const Splitter splitter(table, comm);
  const auto origins = column_of(table, &ScoredUtterance::origin);
  const auto known = by_taxonomy(
      origins, table.origin_name(), taxonomy,
      [](const protocol::Origin& origin) { return origin.known ? "known" : "unknown"; });
  std::vector<Subset> all{{"", "all", splitter.rows(), splitter.rows()}};
  const auto append = [&](std::vector<Subset> parts) {
    all.insert(all.end(), std::make_move_iterator(parts.begin()),
               std::make_move_iterator(parts.end()));
  };

  if (table.origin_name() == "system") {
    append(splitter.split("known", BonaFide::OfThePart, Tracing::Everything, origins, known));
    append(splitter.split("system", BonaFide::OfThePart, Tracing::SpoofOnly, origins,
                          by_name(origins)));
  } else {
    auto by_known =
        splitter.split("known", BonaFide::OfTheList, Tracing::SpoofOnly, origins, known);
    if (by_known.size() > 1) append(std::move(by_known));
    append(splitter.split("codec", BonaFide::OfTheList, Tracing::SpoofOnly, origins,
                          by_name(origins)));
    const auto families = by_taxonomy(origins, table.origin_name(), taxonomy,
                                      [](const protocol::Origin& origin) { return origin.family; });
    append(splitter.split("family", BonaFide::OfTheList, Tracing::SpoofOnly, origins, families));
  }
  const auto speakers = column_of(table, &ScoredUtterance::speaker);
  append(splitter.split("speaker", BonaFide::OfThePart, Tracing::Everything, speakers,
                        by_name(speakers)));
  if (duration_edges_s.empty()) return all;
  const auto bands = duration_bands(table, duration_edges_s);
  append(
      splitter.split("duration", BonaFide::OfThePart, Tracing::Everything, bands, in_order(bands)));
  return all;
}

}  // namespace codectrace::evaluate
