#pragma once

#include "core/config.h"

namespace codectrace::protocol {

/// [compat]: docs/coming-from-the-reference.md says what it changes in each stage.
struct CompatConfig {
  bool reference = false;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("reference", self.reference, config::any(),
          "do as the published code does where it is wrong and results depend on it");
  }
};

}  // namespace codectrace::protocol
