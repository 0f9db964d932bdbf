#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string_view>

namespace codectrace {

/// A file that appears under its name complete or not at all: written beside it under a temporary
/// name, fsynced, renamed, the folder fsynced. Dropped without commit(), the temporary is removed.
class AtomicFile {
 public:
  /// @throws Error(Environment) if the folder can't be written; a folder that lacks is an error
  explicit AtomicFile(std::filesystem::path final_path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  void commit();

  /// For libraries that write by path themselves; they must have closed it before commit().
  [[nodiscard]] const std::filesystem::path& temporary_path() const noexcept { return temporary_; }

 private:
  std::filesystem::path final_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
};

/// Writes `text` to `path` in one go, as AtomicFile does.
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

/// A folder that appears complete or not at all: `fill` writes into a temporary sibling, every file
/// in it is fsynced, then it is renamed; an older folder of that name is replaced.
/// On an exception nothing is left behind.
void write_folder_atomically(const std::filesystem::path& path,
                             const std::function<void(const std::filesystem::path&)>& fill);

/// Whole file as text. @throws Error(BadData) if it is missing or a folder
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

/// Makes the folder and its parents. @throws Error(Environment) naming it
void make_folders(const std::filesystem::path& path);

/// Flushes a file's or folder's own entry to disk.
void fsync_path(const std::filesystem::path& path);

}  // namespace codectrace
