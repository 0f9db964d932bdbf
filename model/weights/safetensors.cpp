#include "model/weights/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <fstream>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/checksum.h"
#include "core/error.h"

namespace codectrace::model {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

using Json = nlohmann::ordered_json;
constexpr std::int64_t kLargestExtent = std::int64_t{1} << 40;  // of an empty tensor's other sides
constexpr std::uint64_t kLargestHeader = 100'000'000;           // the format's own limit
constexpr auto kMetadataKey = "__metadata__";
// Ours: CRC-32C of the header as written without this entry, then of the data.
constexpr auto kChecksumKey = "crc32c";

struct TypeName {
  torch::ScalarType type;
  std::string_view name;
};
constexpr std::array kTypes{TypeName{torch::kFloat64, "F64"}, TypeName{torch::kFloat32, "F32"},
                            TypeName{torch::kFloat16, "F16"}, TypeName{torch::kBFloat16, "BF16"},
                            TypeName{torch::kInt64, "I64"},   TypeName{torch::kInt32, "I32"},
                            TypeName{torch::kUInt8, "U8"},    TypeName{torch::kBool, "BOOL"}};

std::string type_name(const NamedTensor& named) {
  const auto found = std::ranges::find(kTypes, named.tensor.scalar_type(), &TypeName::type);
  CT_INVARIANT(found != kTypes.end(),
               "a tensor of a type that weight files don't hold: " + named.name);
  return std::string(found->name);
}

std::span<const std::byte> bytes_of(const torch::Tensor& tensor) {
  return {static_cast<const std::byte*>(tensor.const_data_ptr()), tensor.nbytes()};
}

std::string hex(std::uint32_t crc) { return fmt::format("{:08x}", crc); }

std::uint32_t checksum(const std::string& header) {
  return crc32c(std::as_bytes(std::span(header)));
}

/// Where a tensor lies behind the header, checked.
struct Entry {
  std::string name;
  torch::ScalarType type;
  std::vector<std::int64_t> shape;
  std::uint64_t begin;
  std::uint64_t end;
};

class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path) {
    errno = 0;
    if (std::filesystem::is_directory(path)) fail("is a folder, expected a file");
    file_.open(path, std::ios::binary);
    if (!file_) throw_errno(fmt::format("open {}", path.string()));
    size_ = std::filesystem::file_size(path);
  }

  SafeTensors read() {
    Json header = read_header();
    SafeTensors contents;
    std::vector<Entry> entries;
    for (const auto& [name, value] : header.items()) {
      if (name == kMetadataKey) {
        contents.metadata = parse_metadata(value);
      } else {
        entries.push_back(parse(name, value));
      }
    }
    check_layout(entries);
    const auto promised = take_checksum(header, contents.metadata);
    auto found = checksum(header.dump());
    for (const auto& entry : entries) {
      contents.tensors.push_back({entry.name, load(entry)});
      if (!promised.empty()) found = crc32c(bytes_of(contents.tensors.back().tensor), found);
    }
    if (!promised.empty() && promised != hex(found)) {
      fail(fmt::format("is corrupt: its checksum is {}, it promises {}; take another copy of it",
                       hex(found), promised));
    }
    return contents;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::BadData, fmt::format("{}: {}", path_.string(), what));
  }

  void read_bytes(void* to, std::uint64_t count) {
    file_.read(static_cast<char*>(to), static_cast<std::streamsize>(count));
    if (!file_) fail("ends too early; it is truncated");
  }

  Json read_header() {
    std::uint64_t length = 0;
    if (size_ < sizeof(length)) fail("is too short for a safetensors file");
    read_bytes(&length, sizeof(length));
    if (length > kLargestHeader || length > size_ - sizeof(length)) {
      fail(fmt::format("is no safetensors file: its header claims {} bytes of {}", length, size_));
    }
    std::string text(length, '\0');
    read_bytes(text.data(), length);
    data_begin_ = sizeof(length) + length;
    auto header = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!header.is_object()) fail("is no safetensors file: its header isn't a JSON object");
    return header;
  }

  std::map<std::string, std::string> parse_metadata(const Json& value) const {
    try {
      return value.get<std::map<std::string, std::string>>();
    } catch (const Json::exception& error) {
      fail(fmt::format("__metadata__ must be texts: {}", error.what()));
    }
  }

  /// Removes it from both. @returns empty if there is none
  static std::string take_checksum(Json& header, std::map<std::string, std::string>& metadata) {
    const auto taken = metadata.extract(kChecksumKey);
    if (taken.empty()) return "";
    header[kMetadataKey].erase(kChecksumKey);
    if (metadata.empty()) header.erase(kMetadataKey);
    return taken.mapped();
  }

  Entry parse(const std::string& name, const Json& value) const {
    try {
      Entry entry{.name = name, .type = torch::kFloat32, .shape = {}, .begin = 0, .end = 0};
      const auto dtype = value.at("dtype").get<std::string>();
      const auto type = std::ranges::find(kTypes, dtype, &TypeName::name);
      if (type == kTypes.end()) fail(fmt::format("tensor {} has the unknown type {}", name, dtype));
      entry.type = type->type;
      entry.shape = value.at("shape").get<std::vector<std::int64_t>>();
      entry.begin = value.at("data_offsets").at(0).get<std::uint64_t>();
      entry.end = value.at("data_offsets").at(1).get<std::uint64_t>();
      check_size(entry);
      return entry;
    } catch (const Json::exception& error) {
      fail(fmt::format("tensor {}: {}", name, error.what()));
    }
  }

  void check_size(const Entry& entry) const {
    const std::uint64_t available = size_ - data_begin_;
    std::uint64_t bytes = torch::elementSize(entry.type);
    for (const auto dim : entry.shape) {
      if (dim < 0 || dim > kLargestExtent ||
          (dim > 0 && bytes > available / static_cast<std::uint64_t>(dim))) {
        fail(fmt::format("tensor {} claims more bytes than the file holds", entry.name));
      }
      bytes *= static_cast<std::uint64_t>(dim);
    }
    if (entry.begin > entry.end || entry.end > available || entry.end - entry.begin != bytes) {
      fail(
          fmt::format("tensor {} lies at {} to {} of {} bytes, its shape takes {}; the file is "
                      "truncated or corrupt",
                      entry.name, entry.begin, entry.end, available, bytes));
    }
  }

  /// Sorts by place. The format has no holes: each tensor begins where the one before it ends.
  void check_layout(std::vector<Entry>& entries) const {
    std::ranges::stable_sort(entries, {},
                             [](const Entry& entry) { return std::pair(entry.begin, entry.end); });
    std::uint64_t expected = 0;
    for (const auto& entry : entries) {
      if (entry.begin != expected)
        fail(fmt::format("tensor {} overlaps another or leaves a hole", entry.name));
      expected = entry.end;
    }
    if (expected != size_ - data_begin_) fail("has bytes that belong to no tensor");
  }

  torch::Tensor load(const Entry& entry) {
    auto tensor = torch::empty(entry.shape, entry.type);
    file_.seekg(static_cast<std::streamoff>(data_begin_ + entry.begin));
    read_bytes(tensor.data_ptr(), entry.end - entry.begin);
    return tensor;
  }

  std::filesystem::path path_;
  std::ifstream file_;
  std::uint64_t size_ = 0;
  std::uint64_t data_begin_ = 0;
};

}  // namespace

void write_safetensors(const std::filesystem::path& path, const SafeTensors& contents) {
  Json header = Json::object();
  if (!contents.metadata.empty()) header[kMetadataKey] = contents.metadata;
  std::vector<torch::Tensor> tensors;
  std::uint64_t offset = 0;
  for (const auto& named : contents.tensors) {
    tensors.push_back(named.tensor.detach().to(torch::kCPU).contiguous());
    const std::uint64_t end = offset + tensors.back().nbytes();
    header[named.name] = {{"dtype", type_name(named)},
                          {"shape", named.tensor.sizes().vec()},
                          {"data_offsets", {offset, end}}};
    offset = end;
  }
  auto crc = checksum(header.dump());
  for (const auto& tensor : tensors) crc = crc32c(bytes_of(tensor), crc);
  // Behind the tensors where there was no metadata: a reader finds the others in the same order.
  header[kMetadataKey][kChecksumKey] = hex(crc);
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // data aligned to eight bytes, as the format asks
  const std::uint64_t length = text.size();

  AtomicFile file(path);
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(text);
  for (const auto& tensor : tensors) file.write(bytes_of(tensor));
  file.commit();
}

SafeTensors read_safetensors(const std::filesystem::path& path) { return Reader(path).read(); }

}  // namespace codectrace::model
