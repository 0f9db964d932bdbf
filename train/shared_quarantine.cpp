#include "train/shared_quarantine.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace codectrace::train {
namespace {

std::string bytes_of(const std::vector<std::uint64_t>& indices) {
  return {reinterpret_cast<const char*>(indices.data()), indices.size() * sizeof(std::uint64_t)};
}

std::vector<std::uint64_t> indices_of(const std::string& bytes) {
  std::vector<std::uint64_t> indices(bytes.size() / sizeof(std::uint64_t));
  if (!indices.empty()) std::memcpy(indices.data(), bytes.data(), bytes.size());
  return indices;
}

}  // namespace

std::uint64_t share_quarantine(const shard::UtteranceReader& reader, comm::Communicator& comm) {
  if (!comm.any(reader.skipped() > 0)) return 0;
  // Threads may find more meanwhile: then that is told the next time.
  auto all = reader.quarantined();
  for (const std::string& bytes : comm.gathered_texts(bytes_of(all))) {
    const auto indices = indices_of(bytes);
    reader.quarantine(indices);
    all.insert(all.end(), indices.begin(), indices.end());
  }
  std::ranges::sort(all);
  const auto repeats = std::ranges::unique(all);
  all.erase(repeats.begin(), repeats.end());
  return all.size();
}

}  // namespace codectrace::train
