#include "comm/communicator.h"

#include <algorithm>

namespace codectrace::comm {

std::size_t size_of(DataType type) {
  switch (type) {
    case DataType::Byte:
      return 1;
    case DataType::BFloat16:
      return 2;
    case DataType::Int32:
    case DataType::Float32:
      return 4;
    case DataType::Int64:
    case DataType::UInt64:
    case DataType::Float64:
      return 8;
  }
  invariant_failed("type", "a data type without a size");
}

std::vector<std::string> Communicator::gathered_texts(const std::string& mine) {
  const auto lengths = gathered<std::uint64_t>(mine.size());
  const std::size_t longest = *std::ranges::max_element(lengths);
  std::vector<char> padded(std::max<std::size_t>(longest, 1));
  std::ranges::copy(mine, padded.begin());
  std::vector<char> all(padded.size() * lengths.size());
  all_gather(buffer(std::span<char>(padded)), buffer(std::span<char>(all)));

  std::vector<std::string> texts;
  for (std::size_t rank = 0; rank < lengths.size(); ++rank) {
    texts.emplace_back(all.data() + rank * padded.size(), lengths[rank]);
  }
  return texts;
}

}  // namespace codectrace::comm
