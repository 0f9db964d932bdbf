#pragma once

#include "core/config.h"

namespace codectrace::model {

/// [model.masking]: which tokens training hides.
struct MaskingConfig {
  double ratio = 0.4;
  bool two_dimensional = true;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    using namespace config;
    visit("ratio", self.ratio, half_open(0, 1), "share of the tokens that training hides");
    visit("two_dimensional", self.two_dimensional, any(),
          "hide whole rows and whole bands, half the ratio of each, and not single tokens");
  }
};

}  // namespace codectrace::model
