#include "comm/agreement.h"

#include <optional>

#include <fmt/format.h>

namespace codectrace::comm {
namespace {

std::string shortened(const std::string& text) {
  constexpr std::size_t kLongest = 200;
  return text.size() <= kLongest ? text : text.substr(0, kLongest) + "…";
}

}  // namespace

void agree(Communicator& comm, std::string_view item, const std::string& value) {
  const auto values = comm.gathered_texts(value);
  for (std::size_t rank = 1; rank < values.size(); ++rank) {
    if (values[rank] == values[0]) continue;
    throw Error(ErrorKind::Environment,
                fmt::format("ranks disagree on {}: rank 0 has {}, rank {} has {}", item,
                            shortened(values[0]), rank, shortened(values[rank])));
  }
}

void together(Communicator& comm, const std::function<void()>& action) {
  std::optional<Error> mine;
  try {
    action();
  } catch (const Error& error) {
    mine = error;
  } catch (const std::exception& error) {
    mine = Error(ErrorKind::Environment, error.what());
  }
  if (!comm.any(mine.has_value())) return;

  const auto kinds =
      comm.gathered<std::int32_t>(mine ? static_cast<std::int32_t>(mine->kind()) : 0);
  const auto messages = comm.gathered_texts(mine ? mine->what() : "");
  if (mine) throw Error(*mine);
  for (std::size_t rank = 0; rank < kinds.size(); ++rank) {
    if (kinds[rank] == 0) continue;
    throw Error(static_cast<ErrorKind>(kinds[rank]),
                fmt::format("rank {} failed: {}", rank, messages[rank]));
  }
}

}  // namespace codectrace::comm
