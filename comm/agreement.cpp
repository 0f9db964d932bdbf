#include "comm/agreement.h"

#include <algorithm>
#include <exception>
#include <optional>

#include <fmt/format.h>

#include "core/failure.h"
#include "core/host_name.h"
#include "core/rank.h"

namespace codectrace::comm {
namespace {

/// The line of `text` that has position `at`, or as much of it as can be read at a glance.
std::string line_at(const std::string& text, std::size_t at) {
  constexpr std::size_t kBefore = 60;
  constexpr std::size_t kLongest = 200;
  const std::size_t break_before = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
  const std::size_t line = break_before == std::string::npos ? 0 : break_before + 1;
  const bool begins_late = at > line + kBefore;
  const std::size_t begin = begins_late ? at - kBefore : line;
  const std::size_t end = std::min(text.find('\n', at), text.size());
  if (begin >= text.size()) return "nothing";
  const bool ends_early = end - begin > kLongest;
  return (begins_late ? "…" : "") + text.substr(begin, std::min(end - begin, kLongest)) +
         (ends_early ? "…" : "");
}

std::size_t first_difference(const std::string& a, const std::string& b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

}  // namespace

void agree(Communicator& comm, std::string_view item, const std::string& value) {
  const auto values = comm.gathered_texts(value);
  const auto other = std::ranges::find_if(values, [&](const auto& v) { return v != values[0]; });
  if (other == values.end()) return;
  const auto names =
      comm.gathered_texts(fmt::format("rank {} (host {})", this_rank().rank, host_name()));
  const auto rank = static_cast<std::size_t>(other - values.begin());
  const std::size_t at = first_difference(values[0], *other);
  throw Error(ErrorKind::Environment,
              fmt::format("ranks disagree on {}: {} has {}, {} has {}", item, names[0],
                          line_at(values[0], at), names[rank], line_at(*other, at)));
}

void together(Communicator& comm, const std::function<void()>& action) {
  std::optional<Error> mine;
  try {
    action();
  } catch (...) {
    mine = error_of(std::current_exception());
  }
  if (!comm.any(mine.has_value())) return;

  const auto kinds =
      comm.gathered<std::int32_t>(mine ? static_cast<std::int32_t>(mine->kind()) : 0);
  const auto messages = comm.gathered_texts(mine ? rank_prefix() + told(*mine) : "");
  if (mine) throw Error(*mine);
  for (std::size_t rank = 0; rank < kinds.size(); ++rank) {
    if (kinds[rank] == 0) continue;
    throw ErrorOfAnotherRank(static_cast<ErrorKind>(kinds[rank]), messages[rank]);
  }
}

}  // namespace codectrace::comm
