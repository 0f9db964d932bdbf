#include "shard/reader.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/checksum.h"
#include "core/error.h"
#include "shard/h5.h"
#include "shard/pcm.h"
#include "shard/schema.h"

namespace codectrace::shard {
namespace {

/// The whole corpus may be damaged where one of its shards is.
std::string verify_hint(const std::filesystem::path& shard) {
  const auto folder = shard.parent_path();
  const bool in_corpus = std::filesystem::exists(folder / schema::kCorpusFile);
  return fmt::format("{}{}\"", kVerifyHint,
                     (in_corpus && !folder.empty() ? folder : shard).string());
}

Error corrupt(const std::filesystem::path& shard, std::string_view what) {
  return {ErrorKind::BadData, fmt::format("{}: {}{}", shard.string(), what, verify_hint(shard))};
}

Error corrupt(std::string message) { return {ErrorKind::BadData, message}; }

/// In order and tiling exactly [0, end].
void check_offsets(std::span<const std::uint64_t> offsets, std::uint64_t end,
                   std::string_view dataset) {
  if (offsets.front() != 0) {
    throw corrupt(fmt::format("{}[0] is {}, must be 0", dataset, offsets.front()));
  }
  const auto late = std::ranges::adjacent_find(offsets, std::ranges::greater{});
  if (late != offsets.end()) {
    throw corrupt(fmt::format("{}[{}] is {} but the one before is {}", dataset,
                              late - offsets.begin() + 1, *(late + 1), *late));
  }
  if (offsets.back() != end) {
    throw corrupt(fmt::format("{}[{}] is {}, must be {}, the number of elements", dataset,
                              offsets.size() - 1, offsets.back(), end));
  }
}

void check_crc(std::span<const std::byte> bytes, const Extent& extent) {
  const std::uint32_t found = crc32c(bytes);
  if (found != extent.crc32c) {
    throw corrupt(fmt::format("{} has CRC-32C {:08x}, was written with {:08x}", extent.dataset,
                              found, extent.crc32c));
  }
}

template <class T>
std::vector<T> read_checked(const RandomAccessFile& file, const Extent& extent) {
  auto values = file.read_values<T>(extent.offset, extent.size_bytes / sizeof(T));
  check_crc(std::as_bytes(std::span(values)), extent);
  return values;
}

}  // namespace

/// Takes a shard's header and layout out of HDF5's hands.
class ShardOpener {
 public:
  explicit ShardOpener(ShardReader& shard)
      : shard_(shard), file_(h5::open_file(shard.file_.path())) {}

  /// @throws Error(BadData) if it isn't a shard, or one that this program can't read
  void check_version() const {
    if (!h5::has_attribute(file_.get(), schema::kMagicAttribute) ||
        h5::read_text(file_.get(), schema::kMagicAttribute) != schema::kMagic) {
      throw corrupt("is an HDF5 file but not a codectrace shard");
    }
    const auto version = h5::read_unsigned(file_.get(), schema::kVersionAttribute);
    if (version > schema::kVersion) {
      throw corrupt(
          fmt::format("has shard format version {}, this program reads up to {}; use a "
                      "newer codectrace",
                      version, schema::kVersion));
    }
    if (version == 0) throw corrupt("attribute version is 0");
  }

  void read_all() {
    read_header();
    read_audio();
    read_ids();
    read_columns();
    read_features();
  }

 private:
  void read_header() {
    auto& header = shard_.header_;
    const auto rate = h5::read_unsigned(file_.get(), schema::kSampleRateAttribute);
    if (rate == 0 || rate > std::numeric_limits<std::uint32_t>::max()) {
      throw corrupt(fmt::format("attribute {} is {}", schema::kSampleRateAttribute, rate));
    }
    header.sample_rate_hz = static_cast<std::uint32_t>(rate);
    header.writer = h5::read_text(file_.get(), schema::kWriterAttribute);
    header.config_hash = h5::read_text(file_.get(), schema::kConfigHashAttribute);
    count_ = h5::read_unsigned(file_.get(), schema::kCountAttribute);
    if (count_ > shard_.file_.size()) {  // each utterance takes bytes
      throw corrupt(fmt::format("attribute {} is {}, more than the file can hold",
                                schema::kCountAttribute, count_));
    }
  }

  void read_audio() {
    const auto dataset = h5::open_dataset(file_, schema::kSamples);
    const bool is_int16 = h5::holds(dataset, h5::Element::Int16);
    shard_.header_.sample_format = is_int16 ? SampleFormat::Int16 : SampleFormat::Float32;
    const auto samples = locate(dataset, schema::kSamples,
                                is_int16 ? h5::Element::Int16 : h5::Element::Float32, {kAny});
    shard_.samples_begin_ = samples.offset;

    shard_.offsets_ = read_offsets(schema::kOffsets, samples.extents[0]);
    shard_.crcs_ = read_checked<std::uint32_t>(
        shard_.file_, locate_checked(schema::kSampleCrcs, h5::Element::UInt32, {count_}));
  }

  void read_ids() {
    const Extent at = locate_checked(schema::kIdBytes, h5::Element::UInt8, {kAny});
    std::string bytes(at.size_bytes, '\0');
    shard_.file_.read(at.offset, std::as_writable_bytes(std::span(bytes)));
    auto offsets = read_offsets(schema::kIdOffsets, bytes.size());
    check_crc(std::as_bytes(std::span(bytes)), at);
    shard_.ids_ = TextColumn(std::move(bytes), std::move(offsets));
  }

  void read_columns() {
    for (const auto& name : h5::names_in(file_, schema::kUtteranceGroup)) {
      const std::string path = fmt::format("/{}/{}", schema::kUtteranceGroup, name);
      if (path == schema::kIdBytes || path == schema::kIdOffsets) continue;
      shard_.column_extents_.push_back(locate_checked(path, h5::Element::Int32, {count_}));
      const auto dataset = h5::open_dataset(file_, path);
      shard_.columns_.push_back(
          {name, h5::read_texts(dataset.get(), schema::kCategoriesAttribute)});
    }
  }

  void read_features() {
    if (!h5::has_link(file_, schema::kFeatureGroup)) return;
    for (const auto& name : h5::names_in(file_, schema::kFeatureGroup)) {
      shard_.features_.push_back(feature_called(name));
    }
  }

  [[nodiscard]] Feature feature_called(const std::string& name) const {
    const std::string path = fmt::format("/{}/{}", schema::kFeatureGroup, name);
    const auto dataset = h5::open_dataset(file_, path);
    std::vector<std::uint64_t> expected(h5::layout_of(dataset, path).extents.size(), kAny);
    expected[0] = count_;
    const auto layout = locate(dataset, path, h5::Element::Float16, expected);

    Feature feature;
    feature.offset = layout.offset;
    feature.spec = {name,
                    {layout.extents.begin() + 1, layout.extents.end()},
                    h5::read_text(dataset.get(), schema::kMadeByAttribute)};
    const auto hash = h5::read_text(dataset.get(), schema::kMadeByHashAttribute);
    if (hash != hash_of_maker(feature.spec.made_by)) {
      throw corrupt(fmt::format("{} has {} \"{}\", but its {} has {}", path,
                                schema::kMadeByHashAttribute, hash, schema::kMadeByAttribute,
                                hash_of_maker(feature.spec.made_by)));
    }
    try {
      check_feature_spec(feature.spec);
    } catch (const Error& error) {
      throw corrupt(error.what());
    }
    feature.crcs = read_checked<std::uint32_t>(
        shard_.file_, locate_checked(fmt::format("/{}/{}", schema::kFeatureCrcGroup, name),
                                     h5::Element::UInt32, {count_}));
    return feature;
  }

  /// Number of elements along an axis that the format leaves open.
  static constexpr std::uint64_t kAny = std::numeric_limits<std::uint64_t>::max();

  /// @throws Error(BadData) unless type and extents are as the format has them, within the file
  h5::Layout locate(const h5::Dataset& dataset, std::string_view path, h5::Element element,
                    const std::vector<std::uint64_t>& expected) const {
    if (!h5::holds(dataset, element)) {
      throw corrupt(fmt::format("{} is not of type {}", path, h5::name_of(element)));
    }
    auto layout = h5::layout_of(dataset, path);
    const bool fits =
        std::ranges::equal(layout.extents, expected, [](std::uint64_t found, std::uint64_t wanted) {
          return wanted == kAny || found == wanted;
        });
    if (!fits) {
      throw corrupt(fmt::format("{} has [{}] elements, which isn't what {} utterances have", path,
                                fmt::join(layout.extents, ", "), count_));
    }
    const std::uint64_t file_size = shard_.file_.size();
    std::uint64_t bytes = h5::size_of(element);
    for (const std::uint64_t extent : layout.extents) {
      bytes = extent != 0 && bytes > file_size / extent ? file_size + 1 : bytes * extent;
    }
    if (bytes > file_size || layout.offset > file_size - bytes) {
      throw corrupt(fmt::format("{} goes beyond the file's end at byte {}", path, file_size));
    }
    return layout;
  }

  Extent locate_checked(std::string_view path, h5::Element element,
                        const std::vector<std::uint64_t>& expected) const {
    const auto dataset = h5::open_dataset(file_, path);
    const auto layout = locate(dataset, path, element, expected);
    std::uint64_t bytes = h5::size_of(element);
    for (const std::uint64_t extent : layout.extents) bytes *= extent;
    const auto crc = h5::read_unsigned(dataset.get(), schema::kCrcAttribute);
    return {std::string(path), layout.offset, bytes, static_cast<std::uint32_t>(crc)};
  }

  /// count_ + 1 offsets that tile [0, end]; order and range first, which says more than a CRC.
  std::vector<std::uint64_t> read_offsets(std::string_view path, std::uint64_t end) const {
    const Extent at = locate_checked(path, h5::Element::UInt64, {count_ + 1});
    auto offsets = shard_.file_.read_values<std::uint64_t>(at.offset, count_ + 1);
    check_offsets(offsets, end, path);
    check_crc(std::as_bytes(std::span(offsets)), at);
    return offsets;
  }

  ShardReader& shard_;
  h5::File file_;
  std::uint64_t count_ = 0;
};

ShardReader ShardReader::open(const std::filesystem::path& path) {
  ShardReader shard{RandomAccessFile(path)};
  const h5::Library library;
  try {
    ShardOpener opener(shard);
    opener.check_version();
    opener.read_all();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::BadData) throw;
    throw corrupt(path, error.what());
  }
  return shard;
}

void ShardReader::read(std::uint64_t position, std::vector<float>& samples, bool check_crc) const {
  CT_INVARIANT(position < size(), fmt::format("position {} of {}", position, size()));
  const std::uint64_t first = offsets_[position];
  samples.resize(this->samples(position));
  const std::uint32_t crc = header_.sample_format == SampleFormat::Int16
                                ? read_pcm(first, samples, check_crc)
                                : read_floats(first, samples, check_crc);
  if (check_crc && crc != crcs_[position]) {
    throw corrupt(path(), fmt::format("{} of utterance {} has CRC-32C {:08x}, was written with "
                                      "{:08x}",
                                      schema::kSamples, id(position), crc, crcs_[position]));
  }
}

std::uint32_t ShardReader::read_pcm(std::uint64_t first, std::span<float> samples,
                                    bool with_crc) const {
  // Read, checked and converted piece by piece, while a piece is in the processor's first cache.
  constexpr std::size_t kPiece = 8192;
  std::array<std::int16_t, kPiece> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init): read
  std::uint32_t crc = 0;
  for (std::size_t done = 0; done < samples.size(); done += kPiece) {
    const auto pcm = std::span(piece).first(std::min(kPiece, samples.size() - done));
    const auto bytes = std::as_writable_bytes(pcm);
    file_.read(samples_begin_ + (first + done) * sizeof(std::int16_t), bytes);
    if (with_crc) crc = crc32c(bytes, crc);
    from_pcm(pcm, samples.subspan(done, pcm.size()));
  }
  return crc;
}

std::uint32_t ShardReader::read_floats(std::uint64_t first, std::span<float> samples,
                                       bool with_crc) const {
  const auto bytes = std::as_writable_bytes(samples);
  file_.read(samples_begin_ + first * sizeof(float), bytes);
  return with_crc ? crc32c(bytes) : 0;
}

Column ShardReader::read_column(std::string_view name) const {
  const auto spec = std::ranges::find(columns_, name, &ColumnSpec::name);
  if (spec == columns_.end()) {
    std::vector<std::string_view> names;
    for (const auto& column : columns_) names.push_back(column.name);
    throw Error(ErrorKind::Usage, fmt::format("{} has no column {}, it has: {}", path().string(),
                                              name, fmt::join(names, ", ")));
  }
  const Extent& extent = column_extents_[static_cast<std::size_t>(spec - columns_.begin())];
  try {
    Column column{*spec, read_checked<std::int32_t>(file_, extent)};
    for (const std::int32_t code : column.codes) check_code(*spec, code);
    return column;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::Environment) throw;
    throw corrupt(path(), error.what());
  }
}

std::vector<FeatureSpec> ShardReader::feature_specs() const {
  std::vector<FeatureSpec> specs;
  for (const auto& feature : features_) specs.push_back(feature.spec);
  return specs;
}

const Feature* ShardReader::feature(std::string_view name) const {
  const auto found =
      std::ranges::find_if(features_, [&](const Feature& is) { return is.spec.name == name; });
  return found == features_.end() ? nullptr : &*found;
}

void ShardReader::read_feature(const Feature& feature, std::uint64_t position,
                               std::span<Half> values, bool check_crc) const {
  CT_INVARIANT(position < size() && values.size() == feature.spec.width(),
               fmt::format("position {} of {}, {} values", position, size(), values.size()));
  const auto bytes = std::as_writable_bytes(values);
  file_.read(feature.offset + position * bytes.size(), bytes);
  if (!check_crc) return;
  if (const auto crc = crc32c(bytes); crc != feature.crcs[position]) {
    throw corrupt(path(), fmt::format("/{}/{} of utterance {} has CRC-32C {:08x}, was written with "
                                      "{:08x}",
                                      schema::kFeatureGroup, feature.spec.name, id(position), crc,
                                      feature.crcs[position]));
  }
}

ShardSummary summarize_shard(const std::filesystem::path& path) {
  const auto shard = ShardReader::open(path);
  std::vector<float> samples;
  for (std::uint64_t i = 0; i < shard.size(); ++i) shard.read(i, samples);
  return {path.filename().string(), shard.size(), shard.total_samples(), shard.file_size_bytes(),
          crc32c_of_file(path)};
}

}  // namespace codectrace::shard
