#include "core/mapped_file.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/file_descriptor.h"
#include "core/mapping_guard.h"

namespace codectrace {
namespace {

std::span<const std::byte> map(const std::filesystem::path& path) {
  const FileDescriptor file(path);  // a mapping outlives it
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) throw_errno(fmt::format("open {}", path.string()));
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorKind::BadData,
                fmt::format("{} is a folder or a device, expected a file", path.string()));
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return {};  // nothing that could be mapped
  void* const memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (memory == MAP_FAILED) throw_errno(fmt::format("map {}", path.string()));
  const std::span bytes(static_cast<const std::byte*>(memory), size);
  guard_mapping(bytes, path);
  return bytes;
}

}  // namespace

MappedFile::MappedFile(std::filesystem::path path) : path_(std::move(path)), bytes_(map(path_)) {}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)), bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

MappedFile::~MappedFile() {
  if (bytes_.empty()) return;
  forget_mapping(bytes_);
  ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace codectrace
