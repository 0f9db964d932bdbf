#include "model/weights/safetensors_format.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/checksum.h"
#include "core/error.h"
#include "core/utf8.h"
#include "model/weights/byte_reader.h"

namespace codectrace::model {
namespace {

using Json = nlohmann::json;
using Bytes = std::span<const std::byte>;

// The format allows 100 MB, its users need a hundredth: of a thousand tensors it is 100 kB.
constexpr std::uint64_t kLargestHeader = 16'000'000;
constexpr auto kMetadataKey = "__metadata__";
// Ours: CRC-32C of the header as written without this entry, then of the data.
constexpr auto kChecksumKey = "crc32c";

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorKind::BadData, what); }

/// Header and data; the header without the spaces that align the data.
struct Parts {
  std::string_view header;
  Bytes data;
};

Parts split(Bytes file) {
  ByteReader reader(file);
  if (reader.left() < sizeof(std::uint64_t)) fail("is too short for a safetensors file");
  const auto length = reader.number<std::uint64_t>();
  if (length > kLargestHeader || length > reader.left()) {
    fail(fmt::format("is no safetensors file, or is truncated: its header claims {} bytes of {}",
                     length, file.size()));
  }
  auto header = reader.text(length);
  header = header.substr(0, header.find_last_not_of(' ') + 1);
  return {header, reader.take(reader.left())};
}

Json parse_header(std::string_view text) {
  constexpr int kDeepest = 3;  // the header, a tensor, its shape
  const auto check_depth = [](int depth, Json::parse_event_t, const Json&) {
    if (depth > kDeepest) fail("is no safetensors file: its header is nested too deeply");
    return true;
  };
  auto header = Json::parse(text, check_depth, /*allow_exceptions=*/false);
  if (!header.is_object()) fail("is no safetensors file: its header isn't a JSON object");
  return header;
}

std::map<std::string, std::string> parse_metadata(const Json& value) {
  try {
    return value.get<std::map<std::string, std::string>>();
  } catch (const Json::exception& error) {
    fail(fmt::format("__metadata__ must be texts: {}", printable(error.what())));
  }
}

std::vector<std::int64_t> integers(const Json& values) {
  std::vector<std::int64_t> numbers;
  if (!values.is_array()) fail("has something else where a list of numbers should be");
  for (const auto& value : values) {
    if (!value.is_number_integer()) fail("has something else where a whole number should be");
    numbers.push_back(value.get<std::int64_t>());
  }
  return numbers;
}

StoredTensor parse_tensor(const std::string& name, const Json& value, Bytes data) {
  try {
    const auto dtype = value.at("dtype").get<std::string>();
    const auto* type = find_element_type(&ElementTypeInfo::safetensors, dtype);
    if (type == nullptr) fail(fmt::format("has the unknown type {}", printable(dtype)));
    auto shape = integers(value.at("shape"));
    const auto offsets = integers(value.at("data_offsets"));
    if (offsets.size() != 2) fail("has more or less than two data_offsets");
    const auto begin = static_cast<std::uint64_t>(offsets[0]);
    const auto end = static_cast<std::uint64_t>(offsets[1]);
    if (begin > end || end > data.size()) {
      fail(fmt::format("lies at {} to {} of {} bytes; the file is truncated or corrupt", begin, end,
                       data.size()));
    }
    const auto bytes = data.subspan(begin, end - begin);
    auto tensor = checked_tensor(name, type->type, std::move(shape), {}, bytes, 0);
    if (tensor.bytes.size() != bytes.size()) {
      fail(fmt::format("lies at {} to {}, its shape takes {} bytes; the file is corrupt", begin,
                       end, tensor.bytes.size()));
    }
    return tensor;
  } catch (const Json::exception& error) {
    fail(printable(error.what()));
  }
}

/// Sorts by place. The format has no gaps: each tensor begins where the one before it ends.
void check_layout(std::vector<StoredTensor>& tensors, Bytes data) {
  const auto place = [](const StoredTensor& tensor) {
    return std::pair(tensor.bytes.data(), tensor.bytes.size());
  };
  std::ranges::sort(tensors, {}, place);
  const auto* expected = data.data();
  for (const auto& tensor : tensors) {
    if (tensor.bytes.data() != expected)
      fail(fmt::format("tensor {} overlaps another or leaves a hole", tensor.name));
    expected += tensor.bytes.size();
  }
  if (expected != data.data() + data.size()) fail("has bytes that belong to no tensor");
}

/// The header as it was before the checksum was put in, which is the last of the metadata.
std::string without_checksum(std::string_view header, const std::string& promised) {
  const auto entry = fmt::format(R"("{}":"{}")", kChecksumKey, promised);
  const auto alone = fmt::format(R"("{}":{{{}}})", kMetadataKey, entry);
  std::string text(header);
  for (const auto& written : {"," + alone, alone, "," + entry}) {
    const auto at = text.find(written);
    if (at != std::string::npos) return text.erase(at, written.size());
  }
  return text;
}

void verify(const Parts& parts, const std::string& promised) {
  const auto header = without_checksum(parts.header, promised);
  const auto found = crc_text(crc32c(parts.data, crc32c(std::as_bytes(std::span(header)))));
  if (found == promised) return;
  fail(fmt::format("is corrupt: its checksum is {}, it promises {}; take another copy of it", found,
                   printable(promised)));
}

}  // namespace

WeightIndex read_safetensors(Bytes file) {
  const auto parts = split(file);
  const auto header = parse_header(parts.header);
  WeightIndex index;
  index.format = "safetensors";
  for (const auto& [name, value] : header.items()) {
    if (name == kMetadataKey) {
      index.metadata = parse_metadata(value);
      continue;
    }
    try {
      index.tensors.push_back(parse_tensor(name, value, parts.data));
    } catch (const Error& error) {
      throw error.within(fmt::format("tensor {}", printable(name)));
    }
  }
  check_layout(index.tensors, parts.data);
  const auto checksum = index.metadata.extract(kChecksumKey);
  if (!checksum.empty()) {
    index.verify = [parts, promised = checksum.mapped()] { verify(parts, promised); };
  }
  return index;
}

bool looks_like_safetensors(Bytes file) {
  return file.size() > sizeof(std::uint64_t) && file[sizeof(std::uint64_t)] == std::byte{'{'};
}

void write_safetensors(const std::filesystem::path& path, std::span<const StoredTensor> tensors,
                       const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header[kMetadataKey] = metadata;
  std::uint64_t offset = 0;
  for (const auto& tensor : tensors) {
    CT_INVARIANT(is_dense(tensor), tensor.name);
    const std::uint64_t end = offset + tensor.bytes.size();
    header[tensor.name] = {{"dtype", info(tensor.type).safetensors},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, end}}};
    offset = end;
  }
  const auto bare = header.dump();
  auto crc = crc32c(std::as_bytes(std::span(bare)));
  for (const auto& tensor : tensors) crc = crc32c(tensor.bytes, crc);
  // Behind the tensors where there was no metadata: a reader finds the others in the same order.
  header[kMetadataKey][kChecksumKey] = crc_text(crc);
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // data aligned to eight bytes, as the format asks
  const std::uint64_t length = text.size();

  AtomicFile file(path);
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(text);
  for (const auto& tensor : tensors) file.write(tensor.bytes);
  file.commit();
}

}  // namespace codectrace::model
