#pragma once

#include <filesystem>
#include <string_view>

namespace codectrace {

/// One process at a time in a folder: flock on the file "lock" in it, which names the process and
/// is removed at the end. The system lets go of a killed process's lock, so nothing needs clearing.
class FolderLock {
 public:
  /// Makes the folder if it is missing.
  ///
  /// Where the file system has no locks this warns and goes on without one; a folder that can't be
  /// written isn't locked either: whoever writes there gets an error of its own.
  /// @param stage  "train": who is at work
  /// @throws Error(Usage) naming process and machine, if another one has it; Error(Environment) if
  ///         the folder can't be made
  FolderLock(std::filesystem::path folder, std::string_view stage);
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  /// A folder that it made and that is empty goes with it.
  ~FolderLock();

  /// Whether others are kept out; only then is what lies half-written there surely nobody's.
  [[nodiscard]] bool is_exclusive() const noexcept { return is_exclusive_; }

  /// Of the file in the folder.
  static constexpr std::string_view kFileName = "lock";

 private:
  void acquire(std::string_view stage);

  std::filesystem::path folder_;
  std::filesystem::path file_;
  bool made_folder_;
  bool is_exclusive_ = false;
  int descriptor_ = -1;
};

}  // namespace codectrace
