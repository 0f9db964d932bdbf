#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "preprocess/config.h"
#include "protocol/list_reader.h"
#include "protocol/taxonomy.h"
#include "shard/columns.h"

namespace codectrace::preprocess {

/// What the columns of an utterance say.
struct Description {
  std::string_view speaker;  ///< empty: unknown
  std::string_view origin;   ///< codec, or system with --layout cosg; empty: none or unknown
  std::optional<protocol::Label> label;
  std::vector<int> codes;  ///< one a task; empty: all unknown
};

/// A column's categories: known ones in their order, then those that turn up, sorted.
class Categories {
 public:
  explicit Categories(std::vector<std::string> known = {});

  /// Takes note of a name, unless it is empty.
  void meet(std::string_view name);
  /// Gives the new names codes; no meet() afterwards.
  void settle();
  /// shard::kUnknownCode for a name that was never met.
  [[nodiscard]] std::int32_t code(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  std::map<std::string, std::int32_t, std::less<>> index_;
  std::set<std::string, std::less<>> met_;
};

/// Descriptions → the corpus's columns (speaker, codec, system, corpus, label, and one a task of
/// the taxonomy), in two passes over the utterances: which categories there are, then the codes.
class ColumnCoder {
 public:
  /// The taxonomy lives as long as this.
  ColumnCoder(const Config& config, const protocol::Taxonomy& taxonomy);

  void meet(const Description& description);
  /// Ends the first pass. @returns the columns
  [[nodiscard]] std::vector<shard::ColumnSpec> settle();
  /// Appends an utterance's codes, one a column.
  void append(const Description& description, std::vector<std::int32_t>& codes) const;

 private:
  [[nodiscard]] Categories& origins();

  protocol::Layout layout_;
  const protocol::Taxonomy& taxonomy_;
  std::string corpus_;
  Categories speakers_;
  Categories codecs_;
  Categories systems_;
};

}  // namespace codectrace::preprocess
