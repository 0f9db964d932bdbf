#pragma once

#include <string>
#include <utility>
#include <vector>

#include "preprocess/config.h"
#include "preprocess/scan.h"

namespace codectrace::preprocess {

/// What a corpus is made from: keys, contents of lists and taxonomy, names of files. The folder
/// that these lie in is noted, but it is no part of what decides the bytes.
struct Identity {
  std::string hash;                                        ///< 16 hexadecimal digits
  std::vector<std::pair<std::string, std::string>> parts;  ///< name and value, for people
  std::string audio;  ///< the folder, absolute and without links, escaped()

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
