#include "model/kept/kept_features.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/log.h"

namespace codectrace::model {
namespace {

bool keeps_any(const shard::Corpus& corpus, const std::string& name) {
  return std::ranges::find(corpus.features(), name, &shard::FeatureSpec::name) !=
         corpus.features().end();
}

}  // namespace

shard::FeatureSpec feature_spec(const FrozenPart& part) {
  const auto shape = part.shape();
  return {part.name(), {shape.begin(), shape.end()}, part.provenance()};
}

std::optional<shard::FeatureSpec> kept_features(const FrozenPart* part, const shard::Corpus& corpus,
                                                CachedFeatures choice) {
  if (part == nullptr || choice == CachedFeatures::Never) return std::nullopt;
  if (keeps_any(corpus, part->name())) {
    auto wanted = feature_spec(*part);
    if (corpus.keeps(wanted)) return wanted;
  }
  const auto lacks = fmt::format(
      "{} doesn't keep the features {}; \"codectrace preprocess features\" makes it keep them",
      corpus.folder().string(), part->name());
  if (choice == CachedFeatures::Require) {
    throw Error(ErrorKind::Usage, "cached_features is require, but " + lacks);
  }
  log::info("{}", lacks);
  return std::nullopt;
}

}  // namespace codectrace::model
