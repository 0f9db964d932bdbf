#include "shard/writer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "core/checksum.h"
#include "core/error.h"
#include "shard/h5_image.h"
#include "shard/schema.h"
#include "shard/spool.h"

namespace codectrace::shard {
namespace {

/// A dataset with the CRC of its bytes.
template <class Values>
h5::Dataset write_checked(const h5::File& file, std::string_view path, const Values& values,
                          std::span<const std::uint64_t> extents) {
  constexpr auto kElement = h5::element_of<typename Values::value_type>();
  const auto bytes = std::as_bytes(std::span(values));
  h5::Dataset dataset = h5::create_dataset(file, path, kElement, extents);
  h5::write_all(dataset, kElement, bytes);
  h5::write_attribute(dataset.get(), schema::kCrcAttribute, crc32c(bytes));
  return dataset;
}

template <class Values>
h5::Dataset write_checked(const h5::File& file, std::string_view path, const Values& values) {
  return write_checked(file, path, values, std::vector<std::uint64_t>{values.size()});
}

/// By exponent bits and without a branch, so that it is a loop of vectors.
bool all_finite(std::span<const float> samples) {
  constexpr std::uint32_t kExponent = 0x7F800000;
  std::uint32_t odd = 0;
  for (const float sample : samples) {
    odd |=
        static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(sample) & kExponent) == kExponent);
  }
  return odd == 0;
}

void check_finite(std::span<const float> samples) {
  if (all_finite(samples)) return;
  const auto odd = std::ranges::find_if(samples, [](float x) { return !std::isfinite(x); });
  throw Error(ErrorKind::BadData,
              fmt::format("sample {} is {}, expected a number", odd - samples.begin(), *odd));
}

/// A feature whose rows are being written.
struct OpenFeature {
  FeatureSpec spec;
  h5::Dataset dataset;
  std::vector<std::uint32_t> crcs;  // one a row so far
};

std::string path_in(std::string_view group, std::string_view name) {
  return fmt::format("/{}/{}", group, name);
}

}  // namespace

struct ShardWriter::Impl {
  std::filesystem::path path;
  ShardHeader header;
  std::vector<Column> columns;
  std::vector<std::string> features;  // their names
  TextColumn ids;
  std::unordered_set<std::string> seen;
  std::vector<std::uint64_t> offsets{0};
  std::vector<std::uint32_t> crcs;
  Spool samples;
  std::vector<std::int16_t> pcm;  // of the utterance at hand
  /// All of the file but the samples; begun with the first feature, so that features are written
  /// into it as they come and held nowhere else.
  std::optional<h5::Image> image;
  std::optional<OpenFeature> feature;  // whose rows are coming

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (!image) return;
    const h5::Library library;
    feature.reset();
    image.reset();
  }

  void check(std::string_view id, std::span<const std::int32_t> codes) const {
    check_utterance_id(id);
    if (seen.contains(std::string(id))) {
      throw Error(ErrorKind::BadData, "the shard has an utterance of that id already");
    }
    if (codes.size() != columns.size()) {
      throw Error(ErrorKind::Usage,
                  fmt::format("{} codes for {} columns", codes.size(), columns.size()));
    }
    for (std::size_t i = 0; i < codes.size(); ++i) check_code(columns[i].spec, codes[i]);
  }

  /// What can fail for the data's sake comes before this.
  void append(std::string_view id, std::span<const std::byte> bytes,
              std::span<const std::int32_t> codes) {
    CT_INVARIANT(!image, "utterances come before features");
    seen.emplace(id);
    ids.append(id);
    for (std::size_t i = 0; i < codes.size(); ++i) columns[i].codes.push_back(codes[i]);
    samples.append(bytes);
    crcs.push_back(crc32c(bytes));
    offsets.push_back(offsets.back() + bytes.size() / size_of(header.sample_format));
  }

  void write_header(const h5::File& file) const {
    const hid_t root = file.get();
    h5::write_attribute(root, schema::kMagicAttribute, schema::kMagic);
    h5::write_attribute(root, schema::kVersionAttribute, schema::kVersion);
    h5::write_attribute(root, schema::kSampleRateAttribute, header.sample_rate_hz);
    h5::write_attribute(root, schema::kCountAttribute, std::uint64_t{ids.size()});
    h5::write_attribute(root, schema::kWriterAttribute, std::string_view(header.writer));
    h5::write_attribute(root, schema::kConfigHashAttribute, std::string_view(header.config_hash));
  }

  void write_utterances(const h5::File& file) const {
    h5::create_group(file, schema::kUtteranceGroup);
    write_checked(file, schema::kIdBytes, ids.bytes());
    write_checked(file, schema::kIdOffsets, ids.offsets());
    for (const auto& column : columns) {
      const auto dataset =
          write_checked(file, path_in(schema::kUtteranceGroup, column.spec.name), column.codes);
      h5::write_attribute(dataset.get(), schema::kCategoriesAttribute,
                          std::span(column.spec.categories));
    }
  }

  void begin_image() {
    if (image) return;
    image.emplace();
    write_header(image->file());
    write_utterances(image->file());
  }

  void begin_feature(FeatureSpec spec) {
    begin_image();
    finish_feature();
    if (features.empty()) {
      h5::create_group(image->file(), schema::kFeatureGroup);
      h5::create_group(image->file(), schema::kFeatureCrcGroup);
    }
    std::vector<std::uint64_t> extents{ids.size()};
    extents.insert(extents.end(), spec.shape.begin(), spec.shape.end());
    image->expect(ids.size() * spec.width() * sizeof(Half));
    auto dataset = h5::create_dataset(image->file(), path_in(schema::kFeatureGroup, spec.name),
                                      h5::Element::Float16, extents);
    features.push_back(spec.name);
    feature.emplace(OpenFeature{std::move(spec), std::move(dataset), {}});
  }

  void add_rows(std::span<const Half> values) {
    const auto width = feature->spec.width();
    h5::write_rows(feature->dataset, h5::Element::Float16, feature->crcs.size(),
                   std::as_bytes(values));
    for (; !values.empty(); values = values.subspan(width)) {
      feature->crcs.push_back(crc32c(std::as_bytes(values.first(width))));
    }
  }

  void finish_feature() {
    if (!feature) return;
    const auto& [spec, dataset, row_crcs] = *feature;
    CT_INVARIANT(row_crcs.size() == ids.size(),
                 fmt::format("feature {} has {} rows for {} utterances", spec.name, row_crcs.size(),
                             ids.size()));
    h5::write_attribute(dataset.get(), schema::kMadeByAttribute, std::string_view(spec.made_by));
    h5::write_attribute(dataset.get(), schema::kMadeByHashAttribute,
                        std::string_view(hash_of_maker(spec.made_by)));
    write_checked(image->file(), path_in(schema::kFeatureCrcGroup, spec.name), row_crcs);
    feature.reset();
  }

  void write_audio_index(const h5::File& file) const {
    h5::create_group(file, schema::kAudioGroup);
    write_checked(file, schema::kOffsets, offsets);
    write_checked(file, schema::kSampleCrcs, crcs);
  }

  void reserve_samples(const h5::File& file) const {
    const auto element =
        header.sample_format == SampleFormat::Int16 ? h5::Element::Int16 : h5::Element::Float32;
    const auto dataset = h5::create_dataset(file, schema::kSamples, element,
                                            std::vector<std::uint64_t>{offsets.back()});
  }

  /// The samples come last and go to disk from the spool, so that nobody copies them and the rest
  /// lies together.
  [[nodiscard]] std::vector<std::byte> structure() {
    const h5::Library library;
    begin_image();
    finish_feature();
    write_audio_index(image->file());
    image->settle();
    reserve_samples(image->file());
    const std::uint64_t end = image->end();
    auto bytes = image->close(end - samples.size(), end);
    image.reset();
    return bytes;
  }
};

ShardWriter::ShardWriter(std::filesystem::path path, ShardHeader header,
                         std::vector<ColumnSpec> columns)
    : impl_(std::make_unique<Impl>()) {
  check_column_specs(columns);
  impl_->path = std::move(path);
  impl_->header = std::move(header);
  for (auto& spec : columns) impl_->columns.push_back({std::move(spec), {}});
}

ShardWriter::ShardWriter(ShardWriter&&) noexcept = default;
ShardWriter& ShardWriter::operator=(ShardWriter&&) noexcept = default;
ShardWriter::~ShardWriter() = default;

PcmLoss ShardWriter::add(std::string_view id, std::span<const float> samples,
                         std::span<const std::int32_t> codes) try {
  impl_->check(id, codes);
  check_finite(samples);
  if (impl_->header.sample_format == SampleFormat::Float32) {
    impl_->append(id, std::as_bytes(samples), codes);
    return {};
  }
  impl_->pcm.resize(samples.size());
  const PcmLoss loss = to_pcm(samples, impl_->pcm);
  impl_->append(id, std::as_bytes(std::span(impl_->pcm)), codes);
  return loss;
} catch (const Error& error) {
  throw error.within(fmt::format("utterance {}", id));
}

PcmLoss ShardWriter::add(std::string_view id, std::span<const std::int16_t> samples,
                         std::span<const std::int32_t> codes) {
  if (impl_->header.sample_format == SampleFormat::Float32) {
    std::vector<float> whole(samples.size());
    from_pcm(samples, whole);
    return add(id, std::span<const float>(whole), codes);
  }
  try {
    impl_->check(id, codes);
  } catch (const Error& error) {
    throw error.within(fmt::format("utterance {}", id));
  }
  impl_->append(id, std::as_bytes(samples), codes);
  return {};
}

void ShardWriter::add_feature(FeatureSpec spec) {
  check_feature_spec(spec);
  if (std::ranges::find(impl_->features, spec.name) != impl_->features.end()) {
    throw Error(ErrorKind::Usage, fmt::format("two features are called {}", spec.name));
  }
  const h5::Library library;
  impl_->begin_feature(std::move(spec));
}

void ShardWriter::add_rows(std::span<const Half> values) {
  CT_INVARIANT(impl_->feature && values.size() % impl_->feature->spec.width() == 0,
               "rows of a feature that is begun");
  const h5::Library library;
  impl_->add_rows(values);
}

std::uint64_t ShardWriter::size() const { return impl_->ids.size(); }

std::uint64_t ShardWriter::size_bytes() const { return impl_->samples.size(); }

ShardSummary ShardWriter::commit() try {
  const auto spent = std::move(impl_);
  AtomicFile output(spent->path);
  const auto structure = spent->structure();
  std::uint32_t crc = crc32c(structure);
  output.write(structure);
  for (const auto& block : spent->samples.blocks()) {
    crc = crc32c(block, crc);
    output.write(block);
  }
  output.commit();
  return {spent->path.filename().string(), spent->ids.size(), spent->offsets.back(),
          structure.size() + spent->samples.size(), crc};
} catch (const std::bad_alloc&) {
  throw Error(ErrorKind::Environment, "out of memory: make smaller shards");
}

std::string shard_file_name(std::uint64_t number) { return fmt::format("shard-{:05}.h5", number); }

}  // namespace codectrace::shard
