#include "protocol/layout_cosg.h"

#include <gtest/gtest.h>

#include "tests/support/damage.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::protocol {
namespace {

TEST(CosgFiles, AreNamedBySystemAndUtterance) {
  const test::TemporaryFolder folder;
  for (const char* system : {"VALLE", "CLAMTTS"}) {
    std::filesystem::create_directory(folder / system);
    test::write_bytes(folder / (std::string(system) + "/prompt.wav"), "");
  }
  test::write_bytes(folder / "stray.wav", "");

  const auto found = find_cosg_files(folder.path());

  ASSERT_EQ(found.files.size(), 2U);
  EXPECT_EQ(found.files[0].id, "CLAMTTS/prompt");
  EXPECT_EQ(found.files[1].id, "VALLE/prompt");
}

}  // namespace
}  // namespace codectrace::protocol
