#include "model/weights/stored_tensor.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/utf8.h"

namespace codectrace::model {
namespace {

constexpr std::size_t kLongestName = 1024;
constexpr std::int64_t kLargestSize = std::int64_t{1}
                                      << 40;  // an empty tensor's other sides, together

void check_name(const std::string& name) {
  if (!name.empty() && name.size() <= kLongestName && is_plain_text(name)) return;
  throw Error(ErrorKind::BadData,
              fmt::format("\"{}\" can't be the name of a tensor", printable(name)));
}

}  // namespace

std::int64_t count_elements(const StoredTensor& tensor) {
  std::int64_t count = 1;
  for (const auto size : tensor.shape) count *= size;
  return count;
}

std::vector<std::int64_t> dense_strides(std::span<const std::int64_t> shape) {
  std::vector<std::int64_t> strides(shape.size());
  std::int64_t stride = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= std::max<std::int64_t>(shape[i], 1);
  }
  return strides;
}

bool is_dense(const StoredTensor& tensor) {
  if (tensor.bytes.empty()) return true;
  const auto dense = dense_strides(tensor.shape);
  for (std::size_t i = 0; i < dense.size(); ++i) {
    if (tensor.shape[i] > 1 && tensor.strides[i] != dense[i]) return false;
  }
  return true;
}

StoredTensor checked_tensor(std::string name, ElementType type, std::vector<std::int64_t> shape,
                            std::vector<std::int64_t> strides, std::span<const std::byte> storage,
                            std::int64_t offset) {
  check_name(name);
  const auto fail = [](const std::string& what) { throw Error(ErrorKind::BadData, what); };
  if (shape.size() > kMostDimensions) fail(fmt::format("has {} dimensions", shape.size()));
  if (std::ranges::any_of(shape, [](std::int64_t size) { return size < 0; }))
    fail("has a negative size");
  const auto element_size = static_cast<std::int64_t>(info(type).size);
  const auto available = static_cast<std::int64_t>(storage.size()) / element_size;
  const bool empty = std::ranges::find(shape, 0) != shape.end();
  const auto limit = empty ? kLargestSize : available;
  std::int64_t count = 1;
  for (const auto each : shape) {
    const auto size = std::max<std::int64_t>(each, 1);
    if (size > limit / count) fail("claims more bytes than the file holds of it");
    count *= size;
  }
  if (strides.empty()) strides = dense_strides(shape);
  if (strides.size() != shape.size()) fail("has a stride too many or too few");
  std::int64_t last = 0;  // index of the last element, counted from the first
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (strides[i] < 0) fail("has a negative stride");
    if (empty || shape[i] == 1) continue;  // nobody goes it
    if (strides[i] > (available - 1 - last) / (shape[i] - 1))
      fail("claims more bytes than the file holds of it");
    last += (shape[i] - 1) * strides[i];
  }
  if (empty) strides = dense_strides(shape);  // those given may be any, and overflow a product
  const std::int64_t extent = empty ? 0 : last + 1;
  if (offset < 0 || offset > available || extent > available - offset)
    fail("claims more bytes than the file holds of it");
  const auto bytes = storage.subspan(static_cast<std::size_t>(offset * element_size),
                                     static_cast<std::size_t>(extent * element_size));
  return {std::move(name), type, std::move(shape), std::move(strides), bytes};
}

std::string shape_text(std::span<const std::int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

}  // namespace codectrace::model
