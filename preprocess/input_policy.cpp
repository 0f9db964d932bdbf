#include "preprocess/input_policy.h"

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::preprocess {
namespace {

OnOdd general(OnUnusable unusable) {
  return unusable == OnUnusable::Fail ? OnOdd::Fail : OnOdd::Skip;
}

OnOdd choice(const PolicyConfig& config, Oddity oddity) {
  switch (oddity) {
    case Oddity::Missing:
      return general(config.missing);
    case Oddity::Undecodable:
      return general(config.undecodable);
    case Oddity::Empty:
      return general(config.empty);
    case Oddity::CutShort:
      return config.cut_short;
    case Oddity::NonFinite:
      return config.non_finite;
    case Oddity::TooShort:
      return config.too_short;
    case Oddity::OtherRate:
      return config.other_rate;
    case Oddity::SeveralChannels:
      return config.several_channels;
    case Oddity::Clipped:
      return config.clipped;
    case Oddity::Rounded:
      return OnOdd::Mend;
  }
  invariant_failed("oddity", "an oddity without a policy");
}

std::string_view ways_on(Oddity oddity) {
  const bool unusable =
      oddity == Oddity::Missing || oddity == Oddity::Undecodable || oddity == Oddity::Empty;
  return unusable ? "\"skip\"" : "\"skip\" or \"mend\"";
}

}  // namespace

bool InputPolicy::accepts(Oddity oddity, std::uint64_t samples, std::string_view id,
                          const std::string& detail) {
  const OnOdd what = choice(config_, oddity);
  if (what == OnOdd::Fail) {
    throw Error(ErrorKind::BadData, fmt::format("utterance {}: {}; policy.{} = {} goes on", id,
                                                detail, name_of(oddity), ways_on(oddity)));
  }
  tally_.note(oddity, what == OnOdd::Skip, samples, id, detail);
  return what == OnOdd::Mend;
}

}  // namespace codectrace::preprocess
