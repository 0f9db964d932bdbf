#pragma once

#include <optional>
#include <string_view>

#include "protocol/list_config.h"

namespace codectrace::protocol {

/// Of a key that holds several layouts, as texts. nullopt: there is none of that name.
[[nodiscard]] constexpr std::optional<Layout> layout_of(std::string_view name) {
  for (const auto& known : enum_names(Layout{})) {
    if (known.name == name) return known.value;
  }
  return std::nullopt;
}

}  // namespace codectrace::protocol
