#include "evaluate/config.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::evaluate {

void require_paths(const EvaluateConfig& config) {
  const std::array<std::pair<const char*, const std::string*>, 4> needed{
      {{"checkpoint", &config.checkpoint},
       {"corpus", &config.corpus},
       {"protocol", &config.protocol},
       {"out", &config.out}}};
  for (const auto& [name, value] : needed) {
    if (!value->empty()) continue;
    throw Error(ErrorKind::Usage,
                fmt::format("no {0}: give --{0} PATH, or the key {0} in --config", name));
  }
}

}  // namespace codectrace::evaluate
