#include "core/write_all.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "core/atomic_file.h"
#include "core/error.h"
#include "tests/support/temporary_folder.h"

namespace codectrace {
namespace {

constexpr rlim_t kRoom = 100;  // bytes

/// Writes twice as much as there is room for. @returns whether the error is what it should be
bool fails_as_it_should(const std::filesystem::path& path) {
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{kRoom, kRoom};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT, 0666);
  try {
    write_all(descriptor, std::vector<std::byte>(2 * kRoom), path);
  } catch (const Error& error) {
    const std::string text = error.what();
    return error.kind() == ErrorKind::Environment && text.find("File too large") != text.npos &&
           text.find(path.string()) != text.npos;
  }
  return false;
}

TEST(WriteAll, SaysWhyAWriteThatFitsInPartFails) {
  const test::TemporaryFolder folder;
  const pid_t child = ::fork();
  if (child == 0) std::_Exit(fails_as_it_should(folder / "file") ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);

  EXPECT_EQ(status, 0);
  EXPECT_EQ(read_file(folder / "file").size(), kRoom);
}

}  // namespace
}  // namespace codectrace
