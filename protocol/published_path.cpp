#include "protocol/published_path.h"

#include <string>
#include <string_view>

namespace codectrace::protocol {

namespace fs = std::filesystem;

fs::path published_path(const fs::path& asked) {
  constexpr std::string_view kSuffix = "_bal_aux.txt";
  const std::string name = asked.filename().string();
  if (!name.ends_with(kSuffix) || fs::exists(asked)) return asked;
  const auto plain = asked.parent_path() / (name.substr(0, name.size() - kSuffix.size()) + ".txt");
  return fs::exists(plain) ? plain : asked;
}

}  // namespace codectrace::protocol
