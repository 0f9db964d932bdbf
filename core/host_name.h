#pragma once

#include <string>

namespace codectrace {

/// This machine's name, as its system gives it; "host" if it gives none.
[[nodiscard]] std::string host_name();

}  // namespace codectrace
