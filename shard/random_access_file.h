#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace codectrace::shard {

/// A file open for reading at any place from any thread. Positioned reads rather than a mapping: a
/// disk that fails is an error that can be caught, and a cold read is one request of the right
/// size.
class RandomAccessFile {
 public:
  /// @throws Error(BadData) if it is missing or a folder; Error(Environment) otherwise
  explicit RandomAccessFile(std::filesystem::path path);
  RandomAccessFile(RandomAccessFile&& other) noexcept;
  RandomAccessFile& operator=(RandomAccessFile&& other) noexcept;
  ~RandomAccessFile();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }  ///< when it was opened

  /// Fills `bytes`. @throws Error(BadData) if the file ends before; Error(Environment) on I/O
  void read(std::uint64_t offset, std::span<std::byte> bytes) const;

  template <class T>
  [[nodiscard]] std::vector<T> read_values(std::uint64_t offset, std::size_t count) const {
    std::vector<T> values(count);
    read(offset, std::as_writable_bytes(std::span(values)));
    return values;
  }

 private:
  std::filesystem::path path_;
  std::uint64_t size_ = 0;
  int descriptor_ = -1;
};

}  // namespace codectrace::shard
