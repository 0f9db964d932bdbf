#include "evaluate/text_part.h"

#include <algorithm>
#include <cstddef>

namespace codectrace::evaluate {
namespace {

/// Where the part of a rank begins.
std::size_t begin_of(std::string_view file, std::size_t rank, std::size_t num_ranks) {
  const auto cut =
      static_cast<std::size_t>(static_cast<unsigned __int128>(file.size()) * rank / num_ranks);
  if (cut == 0) return 0;
  const auto end_of_line = file.find('\n', cut - 1);  // the cut itself, if a line begins there
  return end_of_line == std::string_view::npos ? file.size() : end_of_line + 1;
}

}  // namespace

TextPart part_of_text(std::string_view file, comm::Communicator& comm) {
  const auto rank = static_cast<std::size_t>(comm.rank());
  const auto num_ranks = static_cast<std::size_t>(comm.size());
  const auto begin = begin_of(file, rank, num_ranks);
  const auto end = begin_of(file, rank + 1, num_ranks);
  TextPart part{file.substr(begin, end - begin)};
  // All parts but the last end with a line.
  const auto lines = comm.gathered<std::int64_t>(std::ranges::count(part.text, '\n'));
  for (std::size_t before = 0; before < rank; ++before) part.first_line += lines[before];
  return part;
}

}  // namespace codectrace::evaluate
