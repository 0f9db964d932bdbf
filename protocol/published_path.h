#pragma once

#include <filesystem>

namespace codectrace::protocol {

/// The file that is read for the list `asked`. The training lists balanced by AUX are published
/// without a suffix, but asked for by the name that the other two suggest: NAME_bal_aux.txt is
/// NAME.txt where only that is there.
[[nodiscard]] std::filesystem::path published_path(const std::filesystem::path& asked);

}  // namespace codectrace::protocol
