#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "comm/communicator.h"
#include "shard/columns.h"

namespace codectrace::preprocess {

/// The corpus to be: each utterance's id, file and column codes, in the corpus's order. Compact, as
/// it is all that a rank's memory holds of the corpus: about 80 bytes an utterance and its id.
struct WorkList {
  std::vector<shard::ColumnSpec> columns;
  std::vector<std::string> extensions;  ///< ".wav" …, as spelt on disk
  shard::TextColumn ids;
  std::vector<std::uint8_t> extension;  ///< of each utterance, index into extensions
  std::vector<std::int32_t> codes;      ///< [utterances, columns]

  [[nodiscard]] std::size_t size() const { return ids.size(); }
  /// Relative to the audio folder.
  [[nodiscard]] std::filesystem::path file(std::size_t i) const;
  [[nodiscard]] std::span<const std::int32_t> codes_of(std::size_t i) const {
    return std::span(codes).subspan(i * columns.size(), columns.size());
  }
};

/// Gives all ranks the root's list. Collective.
void broadcast(WorkList& list, comm::Communicator& comm);

/// Gives all ranks the root's text. Collective.
void broadcast(std::string& text, comm::Communicator& comm);

}  // namespace codectrace::preprocess
