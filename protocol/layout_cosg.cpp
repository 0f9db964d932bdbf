#include "protocol/layout_cosg.h"

#include <system_error>

#include "protocol/folder.h"

namespace codectrace::protocol {

namespace fs = std::filesystem;

AudioFiles find_cosg_files(const fs::path& folder) {
  AudioFileCollector files;
  for_each_entry(folder, [&](const fs::directory_entry& system) {
    std::error_code nowhere;  // a link that leads nowhere is no system
    if (!system.is_directory(nowhere)) return;
    const std::string prefix = system.path().filename().string() + "/";
    for_each_entry(system.path(), [&](const fs::directory_entry& entry) {
      files.add(prefix, entry.path().filename().native());
    });
  });
  return files.finish();
}

}  // namespace codectrace::protocol
