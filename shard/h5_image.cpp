#include "shard/h5_image.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <utility>

namespace codectrace::shard::h5 {
namespace {

void check(herr_t result, std::string_view doing) {
  if (result < 0) throw_hdf5_error(doing, ErrorKind::Environment);
}

// HDF5's memory of the file is ours: what it holds is still there when HDF5 has closed the file,
// which is the only time at which it doesn't first fill what is reserved.

void* resize(void* /*old*/, std::size_t size, H5FD_file_image_op_t /*why*/, void* memory) try {
  auto& [bytes, expected] = *static_cast<Memory*>(memory);
  if (size > bytes.capacity()) bytes.reserve(std::max(size, expected));
  bytes.resize(size);
  return bytes.data();
} catch (const std::bad_alloc&) {
  return nullptr;
}
void* allocate(std::size_t size, H5FD_file_image_op_t why, void* memory) {
  return resize(nullptr, size, why, memory);
}
void* copy(void* to, const void* from, std::size_t size, H5FD_file_image_op_t /*why*/,
           void* /*memory*/) {
  return std::memcpy(to, from, size);
}
herr_t keep(void* /*bytes*/, H5FD_file_image_op_t /*why*/, void* /*memory*/) { return 0; }
void* same(void* memory) { return memory; }
herr_t leave(void* /*memory*/) { return 0; }

Properties access_properties(Memory& memory, std::string_view doing) {
  constexpr std::size_t kGrowth = 1 << 16;
  constexpr hsize_t kAlignment = 8;  // of the widest element, so that a mapped file can be used
  Properties access(H5Pcreate(H5P_FILE_ACCESS), doing, ErrorKind::Environment);
  H5FD_file_image_callbacks_t callbacks{allocate, copy, resize, keep, same, leave, &memory};
  check(H5Pset_file_image_callbacks(access.get(), &callbacks), doing);
  check(H5Pset_fapl_core(access.get(), kGrowth, 0), doing);
  check(H5Pset_alignment(access.get(), 1, kAlignment), doing);
  // Blocks shared by many small pieces would undo that, and leave gaps that no checksum covers.
  check(H5Pset_small_data_block_size(access.get(), 0), doing);
  check(H5Pset_meta_block_size(access.get(), 0), doing);
  // The oldest format with checksums over HDF5's own structures, and the same for any HDF5.
  check(H5Pset_libver_bounds(access.get(), H5F_LIBVER_V18, H5F_LIBVER_V18), doing);
  return access;
}

/// The end of file that the superblock names.
std::uint64_t stored_end(std::span<const std::byte> bytes) {
  constexpr std::size_t kPlace = 28;  // version 2: HDF5 File Format Specification 3.0, II.A
  std::uint64_t end = 0;
  CT_INVARIANT(bytes.size() >= kPlace + sizeof(end), "the shard has no superblock");
  std::memcpy(&end, bytes.data() + kPlace, sizeof(end));
  return end;
}

}  // namespace

Image::Image() : memory_(std::make_unique<Memory>()) {
  const std::string_view doing = "start a shard in memory";
  const Properties access = access_properties(*memory_, doing);
  const Properties creation(H5Pcreate(H5P_FILE_CREATE), doing, ErrorKind::Environment);
  check(H5Pset_obj_track_times(creation.get(), 0), doing);
  file_.emplace(H5Fcreate("shard in memory", H5F_ACC_TRUNC, creation.get(), access.get()), doing,
                ErrorKind::Environment);
}

void Image::expect(std::uint64_t bytes) {
  constexpr std::size_t kStructures = 1 << 20;  // HDF5's own, and what comes behind
  memory_->expected = memory_->bytes.size() + bytes + kStructures;
}

std::uint64_t Image::end() const {
  const ssize_t end = H5Fget_file_image(file_->get(), nullptr, 0);
  if (end < 0) throw_hdf5_error("measure a shard in memory", ErrorKind::Environment);
  return static_cast<std::uint64_t>(end);
}

void Image::settle() {
  check(H5Fflush(file_->get(), H5F_SCOPE_GLOBAL), "settle a shard in memory");
}

std::vector<std::byte> Image::close(std::uint64_t size, std::uint64_t end) {
  file_->close("finish a shard in memory");
  file_.reset();
  CT_INVARIANT(stored_end(memory_->bytes) == end, "HDF5 put something behind the last dataset");
  memory_->bytes.resize(size);
  return std::move(memory_->bytes);
}

}  // namespace codectrace::shard::h5
