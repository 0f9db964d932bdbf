#include "core/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/folder_name.h"
#include "core/write_all.h"

namespace codectrace {
namespace {

namespace fs = std::filesystem;

/// Unique to this process: two ranks that write the same name don't disturb each other.
fs::path temporary_for(const fs::path& path) {
  return path.parent_path() / fmt::format("{}.{}.tmp", path.filename().string(), ::getpid());
}

fs::path folder_of(const fs::path& path) {
  return path.parent_path().empty() ? fs::path(".") : path.parent_path();
}

void rename_and_sync(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    throw_errno(fmt::format("rename {} to {}", from.string(), to.string()));
  }
  fsync_path(folder_of(to));
}

}  // namespace

AtomicFile::AtomicFile(fs::path final_path)
    : final_(std::move(final_path)), temporary_(temporary_for(final_)) {
  if (fs::is_directory(final_)) {
    throw Error(ErrorKind::Usage,
                fmt::format("{} is a folder, expected a file to write", final_.string()));
  }
  constexpr int kMode = 0666;  // the umask has its say
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
  if (descriptor_ < 0) {
    const int code = errno;
    throw Error(ErrorKind::Environment, fmt::format("can't write {}: {}", final_.string(),
                                                    std::generic_category().message(code)));
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
    ::unlink(temporary_.c_str());
  }
}

void AtomicFile::write(std::span<const std::byte> bytes) { write_all(descriptor_, bytes, final_); }

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) throw_errno(fmt::format("flush {}", final_.string()));
  if (::close(std::exchange(descriptor_, -1)) != 0) {
    const int code = errno;
    ::unlink(temporary_.c_str());
    errno = code;
    throw_errno(fmt::format("close {}", final_.string()));
  }
  rename_and_sync(temporary_, final_);
}

void write_file_atomically(const fs::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

void write_folder_atomically(const fs::path& as_given,
                             const std::function<void(const fs::path&)>& fill) {
  const fs::path path = folder_name(as_given);
  const fs::path temporary = temporary_for(path);
  const fs::path replaced = path.string() + ".old.tmp";
  fs::remove_all(temporary);
  make_folders(temporary);
  try {
    fill(temporary);
    for (const auto& entry : fs::recursive_directory_iterator(temporary)) fsync_path(entry.path());
    fsync_path(temporary);
    fs::remove_all(replaced);
    if (fs::exists(path)) rename_and_sync(path, replaced);
    rename_and_sync(temporary, path);
    fs::remove_all(replaced);
  } catch (...) {
    std::error_code ignored;
    if (!fs::exists(path, ignored)) fs::rename(replaced, path, ignored);
    fs::remove_all(temporary, ignored);
    throw;
  }
}

std::string read_file(const fs::path& path) {
  errno = 0;
  if (fs::is_directory(path)) {
    throw Error(ErrorKind::BadData, fmt::format("{} is a folder, expected a file", path.string()));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) throw_errno(fmt::format("open {}", path.string()));
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) throw_errno(fmt::format("read {}", path.string()));
  return text;
}

void make_folders(const fs::path& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code || !fs::is_directory(path)) {
    throw Error(ErrorKind::Environment,
                fmt::format("can't make the folder {}: {}", path.string(),
                            code ? code.message() : "a file of that name is there"));
  }
}

void fsync_path(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw_errno(fmt::format("open {}", path.string()));
  const int result = ::fsync(descriptor);
  const int code = errno;
  ::close(descriptor);
  // Some network filesystems can't flush a folder and say EINVAL; nothing more can be done there.
  if (result != 0 && code != EINVAL) {
    errno = code;
    throw_errno(fmt::format("flush {}", path.string()));
  }
}

}  // namespace codectrace
