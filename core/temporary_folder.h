#pragma once

#include <filesystem>
#include <string_view>

namespace codectrace {

/// A folder of its own in the system's folder for temporary files, gone with all that is in it at
/// the end of the scope.
class TemporaryFolder {
 public:
  /// @param purpose  is in its name, for whoever finds one of a killed process: "plot"
  /// @throws Error(Environment) if it can't be made
  explicit TemporaryFolder(std::string_view purpose);
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const {
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace codectrace
