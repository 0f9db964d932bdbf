#pragma once

#include <string>
#include <vector>

namespace codectrace {

/// A name for each path that tells it from the others: its last part, with as many in front as it
/// takes, and never a "/" at its front.
/// {"runs/a/best", "runs/b/best"} → {"a/best", "b/best"}; equal paths have equal names.
[[nodiscard]] std::vector<std::string> distinct_names(const std::vector<std::string>& paths);

}  // namespace codectrace
