#include "evaluate/text_part.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/support/test_communicator.h"

namespace codectrace::evaluate {
namespace {

using test::test_communicator;

/// The parts are the file, each begins a line, and knows its number.
void expect_whole_lines(const std::string& file) {
  auto& comm = test_communicator();

  const auto part = part_of_text(file, comm);

  const auto parts = comm.gathered_texts(std::string(part.text));
  std::string before;
  for (int rank = 0; rank < comm.rank(); ++rank) before += parts[static_cast<std::size_t>(rank)];
  EXPECT_EQ(part.first_line, 1 + std::ranges::count(before, '\n'));
  EXPECT_TRUE(part.text.empty() || before.empty() || before.back() == '\n');
  std::string all;
  for (const auto& text : parts) all += text;
  EXPECT_TRUE(all == file);
}

TEST(TextPart, IsWholeLinesOfTheFile) {
  expect_whole_lines("one\ntwo\nthree\nfour\nfive\nsix\n");
  expect_whole_lines("one\r\ntwo\r\nthree\r\nfour");
  expect_whole_lines("a line that all cuts fall into, without an end");
  expect_whole_lines("a line that all cuts fall into\nb\n");
  expect_whole_lines("a\na last line that most cuts fall into");
  expect_whole_lines("");
  expect_whole_lines("\n");
  expect_whole_lines("\n\n\n\n\n\n\n");
}

TEST(TextPart, IsCutAtLineFeedsWhateverTheBytes) {
  std::string file;
  for (int i = 0; i < 5000; ++i) {
    const int byte = (i * 7919) % 256;
    file += byte % 13 == 0 ? '\n' : static_cast<char>(byte);
  }

  expect_whole_lines(file);
}

TEST(TextPart, OfALongFileIsAboutAShare) {
  std::string file;
  for (int i = 0; i < 10'000; ++i) file += "a line\n";

  const auto part = part_of_text(file, test_communicator());

  const auto share = file.size() / static_cast<std::size_t>(test_communicator().size());
  EXPECT_NEAR(static_cast<double>(part.text.size()), static_cast<double>(share), 10);
}

}  // namespace
}  // namespace codectrace::evaluate
