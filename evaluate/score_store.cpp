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

constexpr std::string_view kMagic = "CTSC";
constexpr std::uint32_t kMostValues = 1U << 24;  // of a batch; more is a damaged length

struct RecordHeader {
  std::array<char, 4> magic;
  std::uint32_t utterances;
  std::uint32_t logits_each;
  std::uint32_t crc;

  [[nodiscard]] std::uint64_t num_logits() const { return std::uint64_t{utterances} * logits_each; }
  /// Of what follows.
  [[nodiscard]] std::uint64_t size_bytes() const {
    return utterances * sizeof(std::uint64_t) + num_logits() * sizeof(float);
  }
};
static_assert(sizeof(RecordHeader) == 16);

std::uint32_t record_crc(const RecordHeader& header, std::span<const std::byte> values) {
  const std::array<std::uint32_t, 2> sized{header.utterances, header.logits_each};
  return crc32c(values, crc32c(std::as_bytes(std::span(sized))));
}

std::size_t record_size(const BatchScores& record) {
  return sizeof(RecordHeader) + record.utterances.size() * sizeof(std::uint64_t) +
         record.logits.size() * sizeof(float);
}

/// The record at the start of `bytes`, if it is whole and its checksum holds.
std::optional<BatchScores> parse_record(std::string_view bytes) {
  RecordHeader header{};
  if (bytes.size() < sizeof(header) || !bytes.starts_with(kMagic)) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof(header));
  bytes.remove_prefix(sizeof(header));
  if (header.utterances > kMostValues || header.num_logits() > kMostValues ||
      bytes.size() < header.size_bytes()) {
    return std::nullopt;
  }
  const auto values = bytes.substr(0, header.size_bytes());
  if (record_crc(header, std::as_bytes(std::span(values))) != header.crc) return std::nullopt;
  BatchScores record{std::vector<std::uint64_t>(header.utterances),
                     std::vector<float>(header.num_logits())};
  const auto utterances_bytes = header.utterances * sizeof(std::uint64_t);
  std::memcpy(record.utterances.data(), values.data(), utterances_bytes);
  std::memcpy(record.logits.data(), values.data() + utterances_bytes,
              values.size() - utterances_bytes);
  return record;
}

void read_part(const std::filesystem::path& path, StoredScores& stored) {
  const std::string bytes = read_file(path);
  std::string_view rest = bytes;
  while (!rest.empty()) {
    if (auto record = parse_record(rest)) {
      rest.remove_prefix(record_size(*record));
      stored.add(*record);
      continue;
    }
    stored.count_damage();
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
  CT_INVARIANT(!scores.utterances.empty() && scores.logits.size() % scores.utterances.size() == 0,
               "each utterance of a batch has as many logits");
  RecordHeader header{{},
                      static_cast<std::uint32_t>(scores.utterances.size()),
                      static_cast<std::uint32_t>(scores.logits.size() / scores.utterances.size()),
                      0};
  kMagic.copy(header.magic.data(), header.magic.size());
  std::vector<std::byte> record(record_size(scores));
  const auto values = std::span(record).subspan(sizeof(header));
  const auto utterances = std::as_bytes(std::span(scores.utterances));
  std::ranges::copy(utterances, values.begin());
  std::ranges::copy(std::as_bytes(std::span(scores.logits)),
                    values.subspan(utterances.size()).begin());
  header.crc = record_crc(header, values);
  std::memcpy(record.data(), &header, sizeof(header));

  write_all(descriptor_, record, path_);
}

void StoredScores::add(const BatchScores& batch) {
  if (batch.utterances.empty()) return;
  const auto width = batch.logits.size() / batch.utterances.size();
  for (std::size_t i = 0; i < batch.utterances.size(); ++i) {
    places_.insert_or_assign(batch.utterances[i], Place{logits_.size() + i * width, width});
  }
  logits_.insert(logits_.end(), batch.logits.begin(), batch.logits.end());
}

std::span<const float> StoredScores::of(std::uint64_t utterance) const {
  const auto found = places_.find(utterance);
  if (found == places_.end()) return {};
  return std::span(logits_).subspan(found->second.begin, found->second.size);
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
