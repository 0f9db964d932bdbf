#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "preprocess/config.h"
#include "preprocess/scan.h"

namespace codectrace::preprocess {

/// What a corpus is made from: keys, contents of lists and taxonomy, names of files. The folder
/// that these lie in is noted, but it is no part of what decides the bytes.
struct Identity {
  /// Of all parts but [policy], 16 hexadecimal digits: what a shard is made of if its files are
  /// fine. What became of those that aren't is in the tallies.
  std::string hash;
  std::vector<std::pair<std::string, std::string>> parts;  ///< name and value, for people
  std::string audio;  ///< the folder, absolute and without links, escaped()

  struct Difference {
    std::string part;
    std::string text;  ///< "shard.utterances is 1024, was 2048"
  };
  /// Of the parts. `this` is now.
  [[nodiscard]] std::vector<Difference> differences_from(const Identity& before) const;

  [[nodiscard]] std::string to_json() const;
  /// @throws Error(BadData) naming `file`
  static Identity from_json(const std::string& text, const std::string& file);
};

/// The part that says what is done with an oddity begins so; the oddity's name follows.
inline constexpr std::string_view kPolicyPrefix = "policy.";

[[nodiscard]] Identity identity_of(const Config& config, const Scan& scan);

/// "codectrace 0.1.0"
[[nodiscard]] std::string writer_name();

}  // namespace codectrace::preprocess
