#pragma once

#include <string>
#include <vector>

namespace codectrace::config {

/// What differs between two configs as `dump` writes them, one line for each key:
/// "optimizer.lr is 1e-05, was 1e-06".
[[nodiscard]] std::vector<std::string> differences(const std::string& now, const std::string& then);

/// A config as `dump` writes it, each line with the whole name of its key: "optimizer.lr = 1e-06".
[[nodiscard]] std::string with_whole_names(const std::string& dumped);

}  // namespace codectrace::config
