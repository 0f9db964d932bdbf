#pragma once

#include <array>

#include "core/config.h"
#include "protocol/list_reader.h"

namespace codectrace::protocol {

constexpr std::array<config::EnumName<Layout>, 3> enum_names(Layout) {
  return {{{Layout::Cors, "cors"}, {Layout::Cosg, "cosg"}, {Layout::List, "list"}}};
}
constexpr std::array<config::EnumName<OnContradiction>, 3> enum_names(OnContradiction) {
  return {{{OnContradiction::Reject, "reject"},
           {OnContradiction::TrustList, "trust-list"},
           {OnContradiction::TrustTaxonomy, "trust-taxonomy"}}};
}

/// [list]: how a stage reads protocol lists. Messages of read_list name these keys.
struct ListConfig {
  OnContradiction on_contradiction = OnContradiction::Reject;
  bool allow_duplicates = false;
  bool strict = false;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("on_contradiction", self.on_contradiction, config::any(),
          "where a list and the taxonomy, or an id, say different things");
    visit("allow_duplicates", self.allow_duplicates, config::any(),
          "an utterance twice in a list: keep its first line and count the others, instead of an "
          "error");
    visit("strict", self.strict, config::any(),
          "a codec or system that the taxonomy lacks is an error, not unknown");
  }

  [[nodiscard]] ListOptions options(Layout layout) const {
    return {.layout = layout,
            .on_duplicate = allow_duplicates ? OnDuplicate::KeepFirst : OnDuplicate::Reject,
            .on_contradiction = on_contradiction,
            .strict = strict,
            .codec_of_id = CodecOfId::AfterSentence};
  }
};

}  // namespace codectrace::protocol
