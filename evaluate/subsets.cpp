#include "evaluate/subsets.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <numeric>
#include <optional>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "comm/self.h"

namespace codectrace::evaluate {
namespace {

using Rows = std::vector<std::size_t>;
/// A part's place among those of its kind, and its name.
using Part = std::pair<std::size_t, std::string>;
/// The part that an utterance belongs to, if any.
using PartOf = std::function<std::optional<Part>(const ScoredUtterance&)>;

bool is_bonafide(const ScoredUtterance& utterance) {
  return utterance.label == protocol::Label::BonaFide;
}

Rows rows_by_id(const ScoreTable& table) {
  Rows rows(table.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  std::ranges::sort(rows, {}, [&](std::size_t row) -> const std::string& { return table[row].id; });
  return rows;
}

/// Parts by name: of those without an order of their own.
std::optional<Part> named(const std::string& name) {
  return name.empty() ? std::nullopt : std::optional(Part{0, name});
}

/// "under 2 s", "2 to 4 s", "8 s or more"
Part duration_band(double seconds, const std::vector<double>& edges) {
  const auto above = std::ranges::upper_bound(edges, seconds);
  const auto band = static_cast<std::size_t>(above - edges.begin());
  if (above == edges.begin()) return {band, fmt::format("under {} s", edges.front())};
  if (above == edges.end()) return {band, fmt::format("{} s or more", edges.back())};
  return {band, fmt::format("{} to {} s", *(above - 1), *above)};
}

/// What the taxonomy says of where an utterance comes from.
const protocol::Origin* origin_of(const ScoredUtterance& utterance, const std::string& origin_name,
                                  const protocol::Taxonomy& taxonomy) {
  if (utterance.origin.empty()) return nullptr;
  return origin_name == "system" ? taxonomy.find_system(utterance.origin)
                                 : taxonomy.find_codec(utterance.origin);
}

enum class BonaFide { OfTheList, OfThePart };
enum class Tracing { SpoofOnly, Everything };

/// Parts of a table, the same on all ranks.
class Splitter {
 public:
  Splitter(const ScoreTable& table, comm::Communicator& comm)
      : table_(table), comm_(comm), rows_(rows_by_id(table)) {}

  [[nodiscard]] const Rows& rows() const { return rows_; }

  /// Collective.
  [[nodiscard]] std::vector<Subset> split(const std::string& by, BonaFide bonafide, Tracing tracing,
                                          const PartOf& part_of) const {
    std::map<Part, Subset> parts;
    Rows shared;  // bona fide that every part takes
    for (const auto row : rows_) {
      const auto& utterance = table_[row];
      if (bonafide == BonaFide::OfTheList && is_bonafide(utterance)) shared.push_back(row);
      const auto name = part_of(utterance);
      if (!name) continue;
      auto& part = parts.try_emplace(*name, Subset{by, name->second, {}, {}}).first->second;
      if (bonafide == BonaFide::OfThePart || !is_bonafide(utterance)) {
        part.detection_rows.push_back(row);
      }
      if (tracing == Tracing::Everything || !is_bonafide(utterance)) {
        part.tracing_rows.push_back(row);
      }
    }
    add_parts_of_other_ranks(by, parts);
    std::vector<Subset> in_order;
    for (auto& [name, part] : parts) {
      merge(shared, part.detection_rows);
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

  /// Takes in what every part has, in order of ids.
  void merge(const Rows& shared, Rows& own) const {
    const auto middle = static_cast<std::ptrdiff_t>(own.size());
    own.insert(own.end(), shared.begin(), shared.end());
    std::inplace_merge(own.begin(), own.begin() + middle, own.end(),
                       [&](auto a, auto b) { return table_[a].id < table_[b].id; });
  }

  const ScoreTable& table_;
  comm::Communicator& comm_;
  Rows rows_;
};

/// Of what has codecs: a part's spoof against all bona fide.
PartOf spoof_only(const PartOf& part_of) {
  return [part_of](const ScoredUtterance& utterance) {
    return is_bonafide(utterance) ? std::nullopt : part_of(utterance);
  };
}

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
  const auto known = [&](const ScoredUtterance& utterance) -> std::optional<Part> {
    const auto* origin = origin_of(utterance, table.origin_name(), taxonomy);
    if (origin == nullptr) return std::nullopt;
    return named(origin->known ? "known" : "unknown");
  };
  const auto origin = [](const auto& utterance) { return named(utterance.origin); };
  std::vector<Subset> all{{"", "all", splitter.rows(), splitter.rows()}};
  const auto append = [&](std::vector<Subset> parts) {
    all.insert(all.end(), std::make_move_iterator(parts.begin()),
               std::make_move_iterator(parts.end()));
  };

  if (table.origin_name() == "system") {
    append(splitter.split("known", BonaFide::OfThePart, Tracing::Everything, known));
    append(splitter.split("system", BonaFide::OfThePart, Tracing::SpoofOnly, origin));
  } else {
    auto by_known =
        splitter.split("known", BonaFide::OfTheList, Tracing::SpoofOnly, spoof_only(known));
    if (by_known.size() > 1) append(std::move(by_known));
    append(splitter.split("codec", BonaFide::OfTheList, Tracing::SpoofOnly, spoof_only(origin)));
    const auto family = [&](const ScoredUtterance& utterance) -> std::optional<Part> {
      const auto* of = origin_of(utterance, table.origin_name(), taxonomy);
      return of == nullptr ? std::nullopt : named(of->family);
    };
    append(splitter.split("family", BonaFide::OfTheList, Tracing::SpoofOnly, spoof_only(family)));
  }
  append(splitter.split("speaker", BonaFide::OfThePart, Tracing::Everything,
                        [](const auto& utterance) { return named(utterance.speaker); }));
  if (duration_edges_s.empty()) return all;
  append(splitter.split("duration", BonaFide::OfThePart, Tracing::Everything,
                        [&](const ScoredUtterance& utterance) -> std::optional<Part> {
                          if (!utterance.seconds) return std::nullopt;
                          return duration_band(*utterance.seconds, duration_edges_s);
                        }));
  return all;
}

}  // namespace codectrace::evaluate
