#pragma once

#include <filesystem>
#include <memory>

#include "tests/support/temporary_folder.h"
#include "tests/support/test_communicator.h"

namespace codectrace::test {

/// A temporary folder of the root's that all ranks know. Made and left collectively.
class SharedFolder {
 public:
  SharedFolder() {
    auto& comm = test_communicator();
    if (comm.is_root()) folder_ = std::make_unique<TemporaryFolder>();
    path_ = comm.gathered_texts(folder_ ? folder_->path().string() : "")[0];
  }
  ~SharedFolder() { test_communicator().barrier(); }
  SharedFolder(const SharedFolder&) = delete;
  SharedFolder& operator=(const SharedFolder&) = delete;

  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return path_ / name;
  }

 private:
  std::unique_ptr<TemporaryFolder> folder_;
  std::filesystem::path path_;
};

}  // namespace codectrace::test
