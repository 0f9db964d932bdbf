#include "evaluate/config.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::evaluate {

void require_rising_edges(const MetricsConfig& metrics) {
  const auto& edges = metrics.duration_edges_s;
  const auto falls = std::ranges::adjacent_find(edges, std::ranges::greater_equal());
  if (falls == edges.end()) return;
  throw Error(ErrorKind::Usage,
              fmt::format("metrics.duration_edges_s must rise, but {} comes before {}", *falls,
                          *(falls + 1)));
}

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
