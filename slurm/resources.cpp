#include "slurm/resources.h"

#include <string_view>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::slurm {
namespace {

#define CT_ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
constexpr std::string_view kNameCharacters = CT_ALNUM "_-.,@+:/";
constexpr std::string_view kTimeCharacters = "0123456789:-";
constexpr std::string_view kSizeCharacters = "0123456789KMGTkmgt";
constexpr std::string_view kFeatureCharacters = CT_ALNUM "_-.,&|*[]()@:";
#undef CT_ALNUM

void check_text(std::string_view option, const std::string& value, std::string_view allowed) {
  const auto odd = value.find_first_not_of(allowed);
  if (odd == std::string::npos) return;
  throw Error(ErrorKind::Usage,
              fmt::format("--{} is \"{}\": character {} can't be in it", option, value, odd + 1));
}

}  // namespace

void check(const Resources& resources) {
  check_text("time", resources.time, kTimeCharacters);
  check_text("partition", resources.partition, kNameCharacters);
  check_text("account", resources.account, kNameCharacters);
  check_text("qos", resources.qos, kNameCharacters);
  check_text("mem", resources.mem, kSizeCharacters);
  check_text("constraint", resources.constraint, kFeatureCharacters);
}

}  // namespace codectrace::slurm
