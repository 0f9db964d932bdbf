#include "model/weights/pth.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/utf8.h"
#include "model/weights/byte_reader.h"
#include "model/weights/pickle_reader.h"
#include "model/weights/pickled_state.h"
#include "model/weights/pth_layout.h"
#include "model/weights/zip_archive.h"

namespace codectrace::model {
namespace {

using Kind = PickleValue::Kind;
using Bytes = std::span<const std::byte>;

constexpr std::string_view kPickleName = "data.pkl";

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorKind::BadData, what); }

/// @throws Error(BadData) if a file doesn't hold the elements that its pickle counts
void check_storage_size(const PickledStorage& storage, std::uint64_t bytes) {
  const auto available = bytes / info(storage.type).size;
  if (storage.elements >= 0 && static_cast<std::uint64_t>(storage.elements) <= available) return;
  fail(fmt::format("storage {} has {} elements of {}; the file is truncated or corrupt",
                   printable(storage.key), available, storage.elements));
}

/// "archive/": all entries lie in one folder, named after the file that was saved to.
std::string folder_of(const ZipArchive& archive) {
  for (const auto& entry : archive.entries()) {
    if (!entry.name.ends_with(kPickleName)) continue;
    const auto folder = entry.name.substr(0, entry.name.size() - kPickleName.size());
    if (folder.find('/') + 1 == folder.size() && !folder.empty()) return std::string(folder);
  }
  fail("is a zip file, but not one that torch.save wrote: it has no data.pkl");
}

/// Of a file that we wrote; of others there is none.
std::map<std::string, std::string> metadata_in(const ZipArchive& archive,
                                               const std::string& folder) {
  constexpr std::size_t kLargest = 1'000'000;
  const auto* entry = archive.find(folder + std::string(kPthMetadataEntry));
  if (entry == nullptr) return {};
  check_crc32(*entry);
  const auto only_texts = [](int depth, nlohmann::json::parse_event_t, const nlohmann::json&) {
    if (depth > 1) fail(fmt::format("has nested values in its {}", kPthMetadataEntry));
    return true;
  };
  const auto json =
      entry->bytes.size() > kLargest
          ? nlohmann::json()
          : nlohmann::json::parse(as_text(entry->bytes), only_texts, /*allow_exceptions=*/false);
  const auto is_text = [](const nlohmann::json& value) { return value.is_string(); };
  if (!json.is_object() || !std::ranges::all_of(json, is_text))
    fail(fmt::format("has a {} that isn't a JSON object of texts", kPthMetadataEntry));
  return json.get<std::map<std::string, std::string>>();
}

WeightIndex read_zip(Bytes file) {
  const ZipArchive archive(file);
  const auto folder = folder_of(archive);
  if (archive.find(folder + "constants.pkl") != nullptr)
    fail("is a TorchScript program, not a state_dict: save what state_dict() returns instead");
  const auto* byte_order = archive.find(folder + "byteorder");
  if (byte_order != nullptr && as_text(byte_order->bytes) != "little")
    fail("was written on a big-endian machine; load and save it with PyTorch here");

  const auto* pickled = archive.find(folder + std::string(kPickleName));
  check_crc32(*pickled);
  std::vector<ZipEntry> used;
  std::map<std::string_view, Bytes> seen;
  const auto find_storage = [&](const PickledStorage& storage) {
    const auto [known, is_new] = seen.try_emplace(storage.key);
    if (is_new) {
      const auto* entry = archive.find(fmt::format("{}data/{}", folder, storage.key));
      if (entry == nullptr) fail(fmt::format("storage {} isn't there", printable(storage.key)));
      used.push_back(*entry);
      known->second = entry->bytes;
    }
    check_storage_size(storage, known->second.size());
    return known->second;
  };
  WeightIndex index;
  index.format = "PyTorch zip";
  index.metadata = metadata_in(archive, folder);
  read_pickled_state(Pickle(pickled->bytes).root(), find_storage, index);
  if (std::ranges::any_of(used, &ZipEntry::crc32)) {
    index.verify = [used] {
      for (const auto& entry : used) check_crc32(entry);
    };
  }
  return index;
}

/// The file before PyTorch 1.6: four pickles (a magic number, a version, the machine, the object
/// itself), one of the storages' keys, then the storages in that order, each behind its length.
class LegacyFile {
 public:
  explicit LegacyFile(Bytes file) : rest_(file) {}

  static bool is_magic_number(const PickleValue& value) {
    // 0x1950a86a20f9469cfc6c
    static constexpr std::string_view kMagic = "\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19";
    return value.kind == Kind::BigInteger && value.text == kMagic;
  }

  WeightIndex read() {
    if (!is_magic_number(next().root())) fail("is a pickle, but not one that torch.save wrote");
    constexpr std::int64_t kVersion = 1001;
    if (const auto version = next(); version.root().integer != kVersion)
      fail("is in a version of PyTorch's legacy format that isn't known");
    const auto machine = next();
    const auto* little_endian = machine.root().find("little_endian");
    if (little_endian != nullptr && little_endian->integer == 0)
      fail("was written on a big-endian machine; load and save it with PyTorch here");
    const auto object = next();
    find_storages(object);
    WeightIndex index;
    index.format = "PyTorch legacy";  // has no checksums
    read_pickled_state(
        object.root(), [this](const PickledStorage& storage) { return part_of(storage); }, index);
    return index;
  }

 private:
  Pickle next() {
    Pickle pickle(rest_);
    rest_ = rest_.subspan(pickle.size());
    return pickle;
  }

  /// Their order is in a pickle of its own, their types only in the object that uses them.
  void find_storages(const Pickle& object) {
    std::map<std::string_view, ElementType> types;
    for (const auto& value : object.values()) {
      if (value.kind != Kind::Persistent || !is_storage(value)) continue;
      const auto storage = pickled_storage(value);
      types.emplace(storage.key, storage.type);
    }
    const auto keys = next();
    ByteReader reader(rest_);
    for (const auto* key : keys.root().items) {
      const auto type = types.find(key->text);
      if (type == types.end()) fail(fmt::format("storage {} has no type", printable(key->text)));
      const auto elements = reader.number<std::uint64_t>();
      const auto size = info(type->second).size;
      if (elements > reader.left() / size) {
        fail(
            fmt::format("storage {} claims {} elements, more than there are; the file is "
                        "truncated or corrupt",
                        printable(key->text), elements));
      }
      if (!storages_.emplace(key->text, reader.take(elements * size)).second)
        fail(fmt::format("storage {} is there twice", printable(key->text)));
    }
  }

  /// Old files also refer to the source code of modules.
  static bool is_storage(const PickleValue& reference) {
    const auto& id = *reference.items[0];
    return id.kind == Kind::Tuple && !id.items.empty() && id.items[0]->text == "storage";
  }

  [[nodiscard]] Bytes part_of(const PickledStorage& storage) const {
    const auto found = storages_.find(storage.key);
    if (found == storages_.end())
      fail(fmt::format("storage {} isn't there", printable(storage.key)));
    check_storage_size(storage, found->second.size());
    if (storage.part == nullptr || storage.part->kind == Kind::None) return found->second;
    const auto& part = storage.part->items;  // key, offset, elements
    const auto size = info(storage.type).size;
    const auto available = static_cast<std::int64_t>(found->second.size() / size);
    if (part.size() != 3 || part[1]->integer < 0 || part[2]->integer < 0 ||
        part[1]->integer > available || part[2]->integer > available - part[1]->integer) {
      fail(fmt::format("storage {} has no such part", printable(storage.key)));
    }
    return found->second.subspan(static_cast<std::size_t>(part[1]->integer) * size,
                                 static_cast<std::size_t>(part[2]->integer) * size);
  }

  Bytes rest_;
  std::map<std::string_view, Bytes> storages_;
};

}  // namespace

WeightIndex read_pth(Bytes file) {
  return ZipArchive::looks_like_one(file) ? read_zip(file) : LegacyFile(file).read();
}

bool looks_like_pth(Bytes file) {
  return ZipArchive::looks_like_one(file) || Pickle::looks_like_one(file);
}

}  // namespace codectrace::model
