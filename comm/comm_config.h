#pragma once

#include "core/config.h"

namespace codectrace::comm {

/// [comm], of every stage.
struct CommConfig {
  double stall_limit_s = 1800;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("stall_limit_s", self.stall_limit_s, config::at_least(0),
          "end the job, naming the rank, when ranks have waited so long for one; 0: never");
  }
};

}  // namespace codectrace::comm
