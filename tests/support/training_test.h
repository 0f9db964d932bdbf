#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>

#include "core/stop_signal.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_communicator.h"
#include "tests/support/tiny_training.h"
#include "train/run.h"

namespace codectrace::test {

/// Trainings on a tiny corpus that rank 0 makes and all ranks see.
class TrainingTest : public testing::Test {
 protected:
  void SetUp() override {
    if (comm_.is_root()) {
      folder_.emplace();
      path_ = folder_->path();
      write_tiny_corpus_with_lists(path_, 16);
    }
    path_ = comm_.gathered_texts(path_.string()).front();
    corpus_ = {path_ / "corpus", path_ / "lists", path_ / "taxonomy.toml"};
    set_stop_requested(false);
  }
  void TearDown() override {
    set_stop_requested(false);
    comm_.barrier();  // nobody reads any more when rank 0 removes the folder
  }

  train::Config config(const std::string& name) { return tiny_training(corpus_, path_ / name); }
  ExitCode run(const train::Config& job) { return train::run(job, comm_); }

  comm::Communicator& comm_ = test_communicator();
  std::optional<TemporaryFolder> folder_;
  std::filesystem::path path_;
  TinyCorpus corpus_;
};

}  // namespace codectrace::test
