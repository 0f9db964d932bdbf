#include "core/temporary_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder(std::string_view purpose) {
  std::error_code failed;
  const auto parent = fs::temp_directory_path(failed);
  if (failed) {
    throw Error(ErrorKind::Environment,
                fmt::format("no folder for temporary files: {}; see TMPDIR", failed.message()));
  }
  auto pattern = (parent / fmt::format("codectrace-{}-XXXXXX", purpose)).string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw Error(ErrorKind::Environment,
                fmt::format("make the folder {}: {}", pattern, std::strerror(errno)));
  }
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace codectrace
