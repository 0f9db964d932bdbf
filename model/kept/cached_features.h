#pragma once

#include <array>

#include "core/config.h"

namespace codectrace::model {

/// Whether features that a corpus keeps are read (codectrace preprocess features).
enum class CachedFeatures { Auto, Require, Never };
constexpr std::array<config::EnumName<CachedFeatures>, 3> enum_names(CachedFeatures) {
  return {{{CachedFeatures::Auto, "auto"},
           {CachedFeatures::Require, "require"},
           {CachedFeatures::Never, "never"}}};
}

}  // namespace codectrace::model
