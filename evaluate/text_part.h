#pragma once

#include <cstdint>
#include <string_view>

#include "comm/communicator.h"

namespace codectrace::evaluate {

/// A rank's whole lines of a text file.
struct TextPart {
  std::string_view text;
  std::int64_t first_line = 1;  ///< number of its first line in the file
};

/// The file's bytes in as many equal parts as there are ranks, each cut moved on to the next line's
/// begin: a line is in exactly one part, which may be empty. Whatever bytes lines hold, LF ends
/// them.
///
/// Collective.
/// @param file  all of it, the same on all ranks
[[nodiscard]] TextPart part_of_text(std::string_view file, comm::Communicator& comm);

}  // namespace codectrace::evaluate
