#include "core/checksum.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "core/random.h"
#include "tests/support/damage.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace codectrace {
namespace {

/// The definition, bit by bit.
std::uint32_t slow_crc32c(std::span<const std::byte> bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::byte byte : bytes) {
    crc ^= static_cast<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
  }
  return ~crc;
}

std::vector<std::byte> some_bytes(std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(mix64(i + 1));
  return bytes;
}

TEST(Crc32c, HasThePublishedCheckValue) {
  EXPECT_EQ(crc32c(std::as_bytes(std::span(std::string_view("123456789")))), 0xE3069283U);
  EXPECT_EQ(crc32c({}), 0U);
}

TEST(Crc32c, IsWhatItsDefinitionSaysAtEveryLength) {
  const auto bytes = some_bytes(10000);

  for (std::size_t length = 0; length <= bytes.size(); length += length < 100 ? 1 : 517) {
    const auto part = std::span(bytes).first(length);
    ASSERT_EQ(crc32c(part), slow_crc32c(part)) << length;
  }
}

TEST(Crc32c, ChainsOverPieces) {
  const auto bytes = some_bytes(9000);
  const std::uint32_t whole = crc32c(bytes);

  for (const std::size_t cut : {0U, 1U, 7U, 3071U, 3072U, 5000U, 9000U}) {
    const auto all = std::span<const std::byte>(bytes);
    EXPECT_EQ(crc32c(all.subspan(cut), crc32c(all.first(cut))), whole) << cut;
  }
}

TEST(Crc32c, IsWrittenAsEightDigits) {
  EXPECT_EQ(crc_text(0xE3069283), "e3069283");
  EXPECT_EQ(crc_text(0xFF), "000000ff");
}

TEST(Crc32c, ReadsAWholeFile) {
  const test::TemporaryFolder folder;
  const auto bytes = some_bytes(3 << 20);
  test::write_bytes(folder / "file", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});

  EXPECT_EQ(crc32c_of_file(folder / "file"), crc32c(bytes));
  test::expect_error(
      ErrorKind::BadData, [&] { (void)crc32c_of_file(folder / "absent"); }, "absent");
}

}  // namespace
}  // namespace codectrace
