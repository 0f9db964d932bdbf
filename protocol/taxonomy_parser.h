#pragma once

#include <string>
#include <string_view>

#include "protocol/taxonomy.h"

namespace codectrace::protocol {

/// Taxonomy file → Taxonomy, everything in it checked. Used by Taxonomy::from_text alone.
class TaxonomyParser {
 public:
  /// @param name  stands for the file in messages
  explicit TaxonomyParser(std::string name) : name_(std::move(name)) {}

  /// @throws Error(BadData) as Taxonomy::from_file
  [[nodiscard]] Taxonomy parse(std::string_view text);

 private:
  struct Reader;
  std::string name_;
};

}  // namespace codectrace::protocol
