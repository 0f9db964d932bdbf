#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hdf5.h>

#include "core/error.h"
#include "shard/feature.h"

/// The HDF5 calls that shards need, each of which throws with HDF5's own text. Nothing else calls
/// HDF5. `doing` opens the error: "shard-00003.h5: open".
namespace codectrace::shard::h5 {

/// Keeps HDF5 to one thread (its usual build isn't thread safe) and from printing by itself.
/// Whoever calls the functions below holds one.
class Library {
 public:
  Library();

 private:
  std::unique_lock<std::mutex> lock_;
};

/// @throws Error: `doing`, then the first and the innermost message of HDF5's error stack
[[noreturn]] void throw_hdf5_error(std::string_view doing, ErrorKind kind = ErrorKind::BadData);

/// Owns one HDF5 identifier and closes it once.
template <herr_t (*Close)(hid_t)>
class Handle {
 public:
  Handle(hid_t id, std::string_view doing, ErrorKind kind = ErrorKind::BadData) : id_(id) {
    if (id < 0) throw_hdf5_error(doing, kind);
  }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Handle() {
    if (id_ >= 0) Close(id_);  // only what is read or in memory: nothing is lost if it fails
  }
  /// For what was written, where a failure to close means something.
  void close(std::string_view doing) {
    if (Close(std::exchange(id_, H5I_INVALID_HID)) < 0) {
      throw_hdf5_error(doing, ErrorKind::Environment);
    }
  }
  [[nodiscard]] hid_t get() const noexcept { return id_; }

 private:
  hid_t id_;
};
using File = Handle<H5Fclose>;
using Group = Handle<H5Gclose>;
using Dataset = Handle<H5Dclose>;
using Space = Handle<H5Sclose>;
using Type = Handle<H5Tclose>;
using Attribute = Handle<H5Aclose>;
using Properties = Handle<H5Pclose>;

/// What a dataset's elements are in the file; little-endian.
enum class Element { UInt8, Int16, Int32, UInt32, UInt64, Float16, Float32 };

template <class T>
constexpr Element element_of() {
  if constexpr (std::is_same_v<T, char>) return Element::UInt8;
  if constexpr (std::is_same_v<T, std::int16_t>) return Element::Int16;
  if constexpr (std::is_same_v<T, std::int32_t>) return Element::Int32;
  if constexpr (std::is_same_v<T, std::uint32_t>) return Element::UInt32;
  if constexpr (std::is_same_v<T, std::uint64_t>) return Element::UInt64;
  if constexpr (std::is_same_v<T, Half>) return Element::Float16;
  if constexpr (std::is_same_v<T, float>) return Element::Float32;
}
[[nodiscard]] std::size_t size_of(Element element);
[[nodiscard]] std::string_view name_of(Element element);

// Writing, into a file in memory (h5_image.h): errors here mean that memory is short.

void create_group(const File& file, std::string_view name);
/// Contiguous, its place in the file reserved, its bytes not yet set. No extent may be chunked.
[[nodiscard]] Dataset create_dataset(const File& file, std::string_view path, Element element,
                                     std::span<const std::uint64_t> extents);
/// All elements.
void write_all(const Dataset& dataset, Element element, std::span<const std::byte> bytes);
/// Whole rows from `first` on: all that `bytes` are.
void write_rows(const Dataset& dataset, Element element, std::uint64_t first,
                std::span<const std::byte> bytes);
void write_attribute(hid_t object, std::string_view name, std::uint32_t value);
void write_attribute(hid_t object, std::string_view name, std::uint64_t value);
/// As UTF-8 of fixed length.
void write_attribute(hid_t object, std::string_view name, std::string_view text);
/// As one array of UTF-8 of fixed length, padded with zeros.
void write_attribute(hid_t object, std::string_view name, std::span<const std::string> texts);

// Reading.

/// Opens for reading, without file locks: a finished shard never changes.
[[nodiscard]] File open_file(const std::filesystem::path& path);
[[nodiscard]] bool has_attribute(hid_t object, std::string_view name);
[[nodiscard]] bool has_link(const File& file, std::string_view name);
/// Names in a group, sorted.
[[nodiscard]] std::vector<std::string> names_in(const File& file, std::string_view group);
/// @throws Error(BadData) if it is missing, not an unsigned integer, or not a single one
[[nodiscard]] std::uint64_t read_unsigned(hid_t object, std::string_view name);
/// @throws Error(BadData) if it is missing or not one text of fixed length
[[nodiscard]] std::string read_text(hid_t object, std::string_view name);
[[nodiscard]] std::vector<std::string> read_texts(hid_t object, std::string_view name);
[[nodiscard]] Dataset open_dataset(const File& file, std::string_view path);

/// Where a dataset's bytes lie.
struct Layout {
  std::uint64_t offset = 0;  ///< in the file; 0 if there are no elements
  std::vector<std::uint64_t> extents;
};
[[nodiscard]] bool holds(const Dataset& dataset, Element element);
/// @throws Error(BadData) unless it is contiguous and has a place in the file
[[nodiscard]] Layout layout_of(const Dataset& dataset, std::string_view path);

}  // namespace codectrace::shard::h5
