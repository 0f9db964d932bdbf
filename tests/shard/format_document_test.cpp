#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/damage.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_shard.h"

namespace codectrace::shard {
namespace {

TEST(FormatDocument, ItsFiveLinesOfPythonReadAShard) {
  const test::TemporaryFolder folder;
  test::write_tiny_corpus(folder / "corpus", 1, 10);
  constexpr std::uint64_t kUtterance = 7;  // the document's
  std::string expected = test::tiny_id(kUtterance) + "\n";
  for (const auto sample : test::tiny_samples(kUtterance)) expected += fmt::format("{}\n", sample);

  const std::string command =
      fmt::format("cd {} && {} {}/tests/shard/run_format_document.py {}/shard/FORMAT.md > printed",
                  folder.path().string(), CT_PYTHON, CT_SOURCE_DIR, CT_SOURCE_DIR);
  const int status = std::system(command.c_str());

  EXPECT_EQ(status, 0) << "needs Python with h5py; see scripts/setup";
  EXPECT_EQ(test::bytes_of(folder / "printed"), expected);
}

}  // namespace
}  // namespace codectrace::shard
