#include "shard/feature.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/checksum.h"
#include "core/error.h"
#include "shard/columns.h"

namespace codectrace::shard {

std::uint64_t FeatureSpec::width() const {
  return std::accumulate(shape.begin(), shape.end(), std::uint64_t{1}, std::multiplies());
}

std::string hash_of_maker(std::string_view made_by) {
  return crc_text(crc32c(std::as_bytes(std::span(made_by))));
}

void check_feature_spec(const FeatureSpec& spec) {
  check_column_specs(std::vector<ColumnSpec>{{spec.name, {}}});
  if (spec.shape.empty() || std::ranges::find(spec.shape, 0U) != spec.shape.end()) {
    throw Error(ErrorKind::Usage, fmt::format("feature {} has shape [{}], must have numbers",
                                              spec.name, fmt::join(spec.shape, ", ")));
  }
}

}  // namespace codectrace::shard
