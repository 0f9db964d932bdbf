#include "evaluate/score_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "core/checksum.h"
#include "core/error.h"
#include "core/write_all.h"

namespace codectrace::evaluate {
namespace {

static_assert(std::endian::native == std::endian::little, "part files are little-endian");

constexpr std::string_view kMagic = "CTSR";
constexpr std::uint32_t kMostValues = 1U << 24;  // of a batch; more is a damaged length

struct RecordHeader {
  std::array<char, 4> magic;
  std::uint32_t batch;
  std::uint32_t count;
  std::uint32_t crc;
};
static_assert(sizeof(RecordHeader) == 16);

std::uint32_t record_crc(const RecordHeader& header, std::span<const std::byte> values) {
  const std::array<std::uint32_t, 2> sized{header.batch, header.count};
  return crc32c(values, crc32c(std::as_bytes(std::span(sized))));
}

/// The record at the start of `bytes`, if it is whole and its checksum holds.
std::optional<BatchScores> parse_record(std::string_view bytes) {
  RecordHeader header{};
  if (bytes.size() < sizeof(header) || !bytes.starts_with(kMagic)) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof(header));
  const std::size_t size_bytes = header.count * sizeof(float);
  if (header.count > kMostValues || bytes.size() - sizeof(header) < size_bytes) return std::nullopt;
  const auto values = bytes.substr(sizeof(header), size_bytes);
  if (record_crc(header, std::as_bytes(std::span(values))) != header.crc) return std::nullopt;
  BatchScores record{header.batch, std::vector<float>(header.count)};
  std::memcpy(record.logits.data(), values.data(), size_bytes);
  return record;
}

std::size_t record_size(const BatchScores& record) {
  return sizeof(RecordHeader) + record.logits.size() * sizeof(float);
}

void read_part(const std::filesystem::path& path, StoredScores& stored) {
  const std::string bytes = read_file(path);
  std::string_view rest = bytes;
  while (!rest.empty()) {
    if (auto record = parse_record(rest)) {
      rest.remove_prefix(record_size(*record));
      stored.batches.insert_or_assign(record->batch, std::move(record->logits));  // later parts win
      continue;
    }
    ++stored.dropped;
    const auto next = rest.find(kMagic, 1);  // what follows a damaged record may be whole
    rest.remove_prefix(std::min(next, rest.size()));
  }
}

}  // namespace

ScoreStoreWriter::ScoreStoreWriter(const std::filesystem::path& folder) {
  for (int number = 0; descriptor_ < 0; ++number) {
    path_ = folder / fmt::format("part-{:05}.bin", number);
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ < 0 && errno != EEXIST) throw_errno("create " + path_.string());
  }
}

ScoreStoreWriter::~ScoreStoreWriter() { ::close(descriptor_); }

void ScoreStoreWriter::append(const BatchScores& scores) {
  const auto values = std::as_bytes(std::span(scores.logits));
  RecordHeader header{{},
                      static_cast<std::uint32_t>(scores.batch),
                      static_cast<std::uint32_t>(scores.logits.size()),
                      0};
  kMagic.copy(header.magic.data(), header.magic.size());
  header.crc = record_crc(header, values);
  std::vector<std::byte> record(sizeof(header) + values.size());
  std::memcpy(record.data(), &header, sizeof(header));
  std::ranges::copy(values, record.begin() + sizeof(header));

  write_all(descriptor_, record, path_);
}

StoredScores read_score_store(const std::filesystem::path& folder) {
  StoredScores stored;
  if (!std::filesystem::is_directory(folder)) return stored;
  std::vector<std::filesystem::path> parts;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("part-") && name.ends_with(".bin")) parts.push_back(entry.path());
  }
  std::ranges::sort(parts);
  for (const auto& part : parts) read_part(part, stored);
  return stored;
}

}  // namespace codectrace::evaluate
