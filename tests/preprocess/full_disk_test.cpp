#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "comm/self.h"
#include "core/log.h"
#include "preprocess/run.h"
#include "tests/support/audio_set.h"
#include "tests/support/file_tree.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::preprocess {
namespace {

/// The stage in a process that can't write files beyond `limit_bytes`, as on a full disk.
/// @returns its exit code
int run_limited(const Config& config, rlim_t limit_bytes) {
  const pid_t child = ::fork();
  if (child == 0) {
    log::set_level(log::Level::Quiet);
    std::signal(SIGXFSZ, SIG_IGN);  // then write() fails with EFBIG instead
    const rlimit limit{limit_bytes, limit_bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    comm::SelfCommunicator alone;
    try {
      std::_Exit(static_cast<int>(run(config, alone)));
    } catch (const Error& error) {
      std::_Exit(static_cast<int>(error.exit_code()));
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(FullDisk, IsAnEnvironmentErrorThatLeavesNothingHalfWritten) {
  const test::TemporaryFolder folder;
  test::write_cors_set(folder / "audio", 10);
  const auto config = test::small_config(folder / "audio", folder / "corpus");
  constexpr rlim_t kLessThanAShard = 8192;  // but more than the JSON files

  EXPECT_EQ(run_limited(config, kLessThanAShard), static_cast<int>(ExitCode::Environment));

  for (const auto& [name, bytes] : test::contents_of(folder / "corpus")) {
    EXPECT_TRUE(name == "preprocess.json" || name == "preprocess.toml") << name;
  }
}

TEST(FullDisk, IsNoLongerInTheWayOnceThereIsRoom) {
  const test::TemporaryFolder folder;
  test::write_cors_set(folder / "audio", 10);
  const auto config = test::small_config(folder / "audio", folder / "corpus");
  ASSERT_NE(run_limited(config, 8192), 0);

  EXPECT_EQ(run_limited(config, RLIM_INFINITY), 0);
  EXPECT_TRUE(std::filesystem::exists(folder / "corpus/corpus.json"));
}

}  // namespace
}  // namespace codectrace::preprocess
