#include "protocol/folder.h"

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::protocol {

namespace fs = std::filesystem;

void for_each_entry(const fs::path& folder,
                    const std::function<void(const fs::directory_entry&)>& visit) {
  std::error_code code;
  if (!fs::is_directory(folder, code)) {
    throw Error(ErrorKind::BadData, fmt::format("{} isn't a folder{}", folder.string(),
                                                code ? ": " + code.message() : ""));
  }
  fs::directory_iterator entries(folder, code);
  for (; !code && entries != fs::directory_iterator(); entries.increment(code)) visit(*entries);
  if (code) {
    throw Error(ErrorKind::Environment,
                fmt::format("can't read the folder {}: {}", folder.string(), code.message()));
  }
}

}  // namespace codectrace::protocol
