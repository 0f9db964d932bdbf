#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace codectrace::slurm {

/// `text` as one word of a POSIX shell, whatever is in it: nothing of it is expanded or executed.
/// Left bare where it is plain. @throws Error(Usage) for a NUL, which no command line can hold
[[nodiscard]] std::string shell_quote(std::string_view text);

/// The words, each quoted, with blanks between.
[[nodiscard]] std::string shell_line(const std::vector<std::string>& words);

}  // namespace codectrace::slurm
