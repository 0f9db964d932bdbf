#pragma once

#include <string>
#include <utility>
#include <vector>

#include "preprocess/config.h"
#include "preprocess/scan.h"

namespace codectrace::preprocess {

/// All that decides a corpus's bytes: keys, contents of lists and taxonomy, names of files. Not
/// where they lie, so that a corpus can be finished from another mount point.
struct Identity {
  std::string hash;                                        ///< 16 hexadecimal digits
  std::vector<std::pair<std::string, std::string>> parts;  ///< name and value, for people

  /// "shard.utterances is 1024, was 2048; …", empty if they are the same. `this` is now.
  [[nodiscard]] std::string differences_from(const Identity& before) const;

  [[nodiscard]] std::string to_json() const;
  /// @throws Error(BadData) naming `file`
  static Identity from_json(const std::string& text, const std::string& file);
};

[[nodiscard]] Identity identity_of(const Config& config, const Scan& scan);

/// "codectrace 0.1.0"
[[nodiscard]] std::string writer_name();

}  // namespace codectrace::preprocess
