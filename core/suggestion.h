#pragma once

#include <span>
#include <string>
#include <string_view>

namespace codectrace {

/// The end of a message about an unknown name: "; did you mean epochs?", or where nothing is near,
/// "; known here: batch_size, epochs".
[[nodiscard]] std::string suggestion(std::string_view unknown, std::span<const std::string> known);

}  // namespace codectrace
