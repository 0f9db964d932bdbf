#include "train/tensorboard.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/checksum.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::train {
namespace {

std::uint64_t little_endian(const std::string& text, std::size_t at, int bytes) {
  std::uint64_t value = 0;
  for (int i = bytes; i-- > 0;) {
    value = (value << 8) | static_cast<unsigned char>(text.at(at + static_cast<std::size_t>(i)));
  }
  return value;
}

std::uint32_t unmasked(std::uint32_t masked) {
  const std::uint32_t rotated = masked - 0xA282EAD8U;
  return (rotated >> 17) | (rotated << 15);
}

TEST(EventFile, FramesEachRecordWithLengthAndMaskedChecksums) {
  const test::TemporaryFolder folder;
  const EventFile events(folder.path(), 1);

  const std::string text = read_file(events.path());

  std::size_t at = 0;
  int records = 0;
  while (at < text.size()) {
    const std::size_t length = little_endian(text, at, 8);
    const auto crc_of = [&](std::size_t begin, std::size_t size) {
      return crc32c(std::as_bytes(std::span(text).subspan(begin, size)));
    };
    EXPECT_EQ(unmasked(static_cast<std::uint32_t>(little_endian(text, at + 8, 4))), crc_of(at, 8));
    EXPECT_EQ(unmasked(static_cast<std::uint32_t>(little_endian(text, at + 12 + length, 4))),
              crc_of(at + 12, length));
    at += 16 + length;
    ++records;
  }
  EXPECT_EQ(at, text.size());
  EXPECT_EQ(records, 2);  // the version and the session's start
}

std::string output_of(const std::string& command) {
  std::string output;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return output;
  char buffer[4096];
  while (const std::size_t count = std::fread(buffer, 1, sizeof(buffer), pipe)) {
    output.append(buffer, count);
  }
  ::pclose(pipe);
  return output;
}

TEST(EventFile, IsReadByTensorBoardItselfAndAResumedRunReplacesWhatItRepeats) {
  const test::TemporaryFolder folder;
  {
    EventFile events(folder.path(), 1);
    for (std::uint64_t step = 1; step <= 4; ++step) {
      const Scalar scalar{"train/loss", 0.5 * static_cast<double>(step)};
      events.add(step, std::span(&scalar, 1));
    }
  }
  {
    EventFile resumed(folder.path(), 3);
    const Scalar scalar{"train/loss", 7.0};
    resumed.add(3, std::span(&scalar, 1));
  }
  constexpr auto kScript =
      "import sys, json\n"
      "from tensorboard.backend.event_processing.event_accumulator import EventAccumulator\n"
      "a = EventAccumulator(sys.argv[1])\n"
      "a.Reload()\n"
      "print(json.dumps([[e.step, e.value] for e in a.Scalars(\"train/loss\")]))\n";
  write_file_atomically(folder / "read.py", kScript);

  const std::string output =
      output_of(fmt::format("PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=python {} {} {} 2>/dev/null",
                            CT_PYTHON, (folder / "read.py").string(), folder.path().string()));

  const auto read = nlohmann::json::parse(output, nullptr, false);
  EXPECT_EQ(read, nlohmann::json::parse("[[1, 0.5], [2, 1.0], [3, 7.0]]")) << output;
}

}  // namespace
}  // namespace codectrace::train
