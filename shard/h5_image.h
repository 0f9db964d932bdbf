#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "shard/h5.h"

namespace codectrace::shard::h5 {

/// What an image lies in.
struct Memory {
  std::vector<std::byte> bytes;
  std::size_t expected = 0;  ///< that it will grow to
};

/// A file that HDF5 builds in memory, so that HDF5 itself never meets a full disk: after a failed
/// write it can neither close the file nor let go of it.
///
/// Memory is taken for what is written, not for what is reserved: a dataset at the file's end that
/// the caller writes to disk by itself costs nothing here.
class Image {
 public:
  Image();

  [[nodiscard]] const File& file() const { return *file_; }
  /// So many bytes are about to be written: memory is taken for them at once, so that growing
  /// doesn't copy what is there.
  void expect(std::uint64_t bytes);
  /// Gives everything so far its final place. What is reserved afterwards lies behind it.
  void settle();
  /// Where the file will end, with all that is reserved in it.
  [[nodiscard]] std::uint64_t end() const;
  /// Closes the file, whose end() was `end`.
  /// @returns its bytes [0, size) as they are to lie on disk
  /// @throws Error(Environment) if memory is short
  [[nodiscard]] std::vector<std::byte> close(std::uint64_t size, std::uint64_t end);

 private:
  std::unique_ptr<Memory> memory_;  // HDF5 knows its address
  std::optional<File> file_;
};

}  // namespace codectrace::shard::h5
