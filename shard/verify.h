#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace codectrace::shard {

/// Something that isn't as it was written.
struct Damage {
  std::string file;       ///< name within the corpus, or the shard's path
  std::string dataset;    ///< empty: the file as a whole
  std::string utterance;  ///< id; empty: not of one utterance
  std::string what;       ///< found and expected
};

struct Verification {
  std::uint64_t shards = 0;  ///< that were looked at
  std::uint64_t utterances = 0;
  std::uint64_t bytes = 0;
  std::vector<Damage> damages;

  [[nodiscard]] bool is_sound() const { return damages.empty(); }
};

/// Reads every byte of a corpus folder, or of one shard.
///
/// In a corpus any flipped byte anywhere is found, by the checksums in corpus.json; then the shard
/// is searched for which utterances it touches. A shard by itself is checked by the CRCs within it:
/// all but unused bytes between HDF5's blocks. Damage is a result; only what isn't there at all, or
/// isn't a corpus or shard by name, is thrown. @throws Error(BadData) | Error(Environment) on I/O
[[nodiscard]] Verification verify(const std::filesystem::path& path);

/// Tab-separated, a line a damage: file, dataset, utterance, what.
void write_quarantine_list(const std::filesystem::path& path, const std::vector<Damage>& damages);

}  // namespace codectrace::shard
