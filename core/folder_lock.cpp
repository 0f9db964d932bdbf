#include "core/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/host_name.h"
#include "core/log.h"

namespace codectrace {
namespace {

namespace fs = std::filesystem;

std::string this_process() { return fmt::format("process {} on {}", ::getpid(), host_name()); }

/// What the holder wrote; it may not have got to it yet.
std::string holder(int descriptor) {
  std::array<char, 300> text{};
  const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
  const std::string_view said(text.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
  return said.empty() ? "" : fmt::format(" ({})", said.substr(0, said.find('\n')));
}

/// The one before may have removed the file between our opening and our locking it.
bool is_still_there(int descriptor, const fs::path& file) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(descriptor, &opened) == 0 && ::stat(file.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

void write_note(int descriptor, const std::string& text) {
  // A note that fails costs a message its detail only.
  if (::ftruncate(descriptor, 0) != 0) return;
  static_cast<void>(::pwrite(descriptor, text.data(), text.size(), 0));
}

/// Whoever only looks whether a folder is locked, as `codectrace status` does, is gone in a moment.
/// @returns 0, or what errno says
int lock_soon(int descriptor) {
  constexpr int kTries = 10;
  for (int i = 1;; ++i) {
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return 0;
    if (errno != EWOULDBLOCK || i == kTries) return errno;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace

FolderLock::FolderLock(fs::path folder, std::string_view stage)
    : folder_(std::move(folder)),
      file_(folder_ / kFileName),
      made_folder_(!fs::is_directory(folder_)) {
  try {
    acquire(stage);
  } catch (...) {
    if (descriptor_ >= 0) ::close(descriptor_);
    throw;
  }
}

void FolderLock::acquire(std::string_view stage) {
  do {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    make_folders(folder_);
    constexpr int kMode = 0666;
    descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode);
    if (descriptor_ < 0 && (errno == EACCES || errno == EROFS || errno == EPERM)) return;
    if (descriptor_ < 0) throw_errno(fmt::format("open {}", file_.string()));
    const int code = lock_soon(descriptor_);
    if (code == 0) continue;
    if (code == EWOULDBLOCK) {
      throw Error(ErrorKind::Usage, fmt::format("another {} is at work in {}{}; wait for it, or "
                                                "end it",
                                                stage, folder_.string(), holder(descriptor_)));
    }
    log::warn("{} can't be locked ({}): see to it that no other {} writes there", folder_.string(),
              std::generic_category().message(code), stage);
    return;
  } while (!is_still_there(descriptor_, file_));
  is_exclusive_ = true;
  write_note(descriptor_, this_process() + "\n");
}

FolderLock::~FolderLock() {
  if (descriptor_ < 0) return;
  ::unlink(file_.c_str());  // still locked: nobody takes it for theirs
  ::close(descriptor_);
  if (made_folder_) ::rmdir(folder_.c_str());  // fails if anything is in it
}

}  // namespace codectrace
