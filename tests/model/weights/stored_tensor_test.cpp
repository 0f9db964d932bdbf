#include "model/weights/stored_tensor.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "tests/support/expect_error.h"

namespace codectrace::model {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

std::span<const std::byte> storage() {
  static constexpr std::array<std::byte, 24> kSixFloats{};
  return kSixFloats;
}

StoredTensor six_floats(std::vector<std::int64_t> shape, std::vector<std::int64_t> strides,
                        std::int64_t offset = 0, std::string name = "a") {
  return checked_tensor(std::move(name), ElementType::Float32, std::move(shape), std::move(strides),
                        storage(), offset);
}

void expect_refused(std::vector<std::int64_t> shape, std::vector<std::int64_t> strides,
                    std::int64_t offset, const std::string& about) {
  test::expect_error(
      ErrorKind::BadData, [&] { std::ignore = six_floats(shape, strides, offset); }, about);
}

TEST(CheckedTensor, TakesWhatItsStorageHolds) {
  EXPECT_EQ(six_floats({2, 3}, {3, 1}).bytes.size(), 24U);
  EXPECT_EQ(six_floats({3, 2}, {1, 3}).bytes.size(), 24U);  // transposed
  EXPECT_EQ(six_floats({2}, {1}, 4).bytes.data(), storage().data() + 16);
  EXPECT_EQ(six_floats({2}, {4}, 1).bytes.size(), 20U);  // every fourth
  EXPECT_EQ(six_floats({}, {}, 5).bytes.size(), 4U);     // a scalar
  EXPECT_EQ(six_floats({2, 3}, {}).strides, (std::vector<std::int64_t>{3, 1}));
  EXPECT_EQ(six_floats({1, 6}, {kMax, 1}).bytes.size(), 24U);  // a stride nobody goes
}

TEST(CheckedTensor, OfNoElementsTakesNoBytes) {
  EXPECT_TRUE(six_floats({0, 1000}, {1000, 1}).bytes.empty());
  EXPECT_TRUE(six_floats({5, 0}, {}, 6).bytes.empty());
  // Strides that nobody goes aren't handed on: they could overflow a product.
  EXPECT_EQ(six_floats({3, 0}, {kMax, kMax}).strides, (std::vector<std::int64_t>{1, 1}));
}

TEST(CheckedTensor, RefusesWhatLiesOutsideItsStorage) {
  const std::string about = "claims more bytes";
  expect_refused({7}, {1}, 0, about);
  expect_refused({6}, {1}, 1, about);
  expect_refused({2, 3}, {4, 1}, 0, about);
  expect_refused({2}, {6}, 0, about);
  expect_refused({1}, {1}, 6, about);
  expect_refused({}, {}, -1, about);
  expect_refused({}, {}, kMax, about);
}

TEST(CheckedTensor, RefusesMoreElementsThanFitThoughTheyShareBytes) {
  expect_refused({1000}, {0}, 0, "claims more bytes");
  EXPECT_NO_THROW(std::ignore = six_floats({6}, {0}));
}

TEST(CheckedTensor, RefusesNumbersThatOverflow) {
  const std::string about = "claims more bytes";
  expect_refused({kMax, kMax}, {1, 1}, 0, about);
  expect_refused({2, 2}, {kMax, kMax}, 0, about);
  expect_refused({0, kMax}, {1, 1}, 0, about);
  expect_refused({0, std::int64_t{1} << 30, std::int64_t{1} << 30}, {}, 0, about);
}

TEST(CheckedTensor, RefusesWhatNoTensorHas) {
  expect_refused({-1}, {1}, 0, "negative size");
  expect_refused({2}, {-1}, 1, "negative stride");
  expect_refused({2, 3}, {1}, 0, "a stride too many or too few");
  expect_refused(std::vector<std::int64_t>(9, 1), {}, 0, "9 dimensions");
}

TEST(CheckedTensor, RefusesNamesThatAreNoText) {
  for (const std::string name : {"", "a\nb", "a\x1B[2J", "\xFF", "a\x7F", "a\xC2\x9B"}) {
    test::expect_error(
        ErrorKind::BadData, [&] { std::ignore = six_floats({}, {}, 0, name); },
        "can't be the name");
  }
  test::expect_error(
      ErrorKind::BadData, [&] { std::ignore = six_floats({}, {}, 0, std::string(2000, 'a')); },
      "can't be the name");
}

TEST(IsDense, TellsGapsAndOtherOrdersApart) {
  EXPECT_TRUE(is_dense(six_floats({2, 3}, {3, 1})));
  EXPECT_TRUE(is_dense(six_floats({1, 3}, {99, 1})));
  EXPECT_TRUE(is_dense(six_floats({0, 3}, {7, 7})));
  EXPECT_FALSE(is_dense(six_floats({3, 2}, {1, 3})));
  EXPECT_FALSE(is_dense(six_floats({3}, {2})));
}

}  // namespace
}  // namespace codectrace::model
