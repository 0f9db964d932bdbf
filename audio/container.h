#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace codectrace::audio {

/// Where a container's header says that its samples are.
struct SampleChunk {
  std::uint64_t promised = 0;  ///< bytes, as the header has it
  std::uint64_t present = 0;   ///< bytes from there to the file's end
};

/// Reads the headers of containers that say how many bytes of samples follow: WAV (RIFF, RIFX,
/// RF64, BW64), W64, AIFF, AU and CAF. libsndfile takes what is there for what was meant.
/// @param file  whole, or as much as there is of it
/// @returns nullopt for other formats, without such a chunk, and where the size says "unknown", as
///          programs leave it that write to a pipe
[[nodiscard]] std::optional<SampleChunk> find_samples(std::span<const std::byte> file);

}  // namespace codectrace::audio
