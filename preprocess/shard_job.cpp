#include "preprocess/shard_job.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "shard/pcm.h"

namespace codectrace::preprocess {
namespace {

/// NaN and infinities become silence.
void silence_non_finite(std::vector<float>& samples) {
  for (float& sample : samples) {
    if (!std::isfinite(sample)) sample = 0;
  }
}

/// Samples that 16 bits can't hold; counted in blocks with small counters, as a loop of vectors.
std::uint64_t count_clipped(std::span<const float> samples) {
  constexpr float kHighest = 32767.5F / 32768;  // from here on it rounds to 32768
  constexpr float kLowest = -32768.5F / 32768;  // down to here it rounds to −32768
  constexpr std::size_t kBlock = 1 << 16;
  std::uint64_t count = 0;
  for (std::size_t first = 0; first < samples.size(); first += kBlock) {
    std::uint32_t in_block = 0;
    for (const float sample : samples.subspan(first, std::min(kBlock, samples.size() - first))) {
      in_block += static_cast<std::uint32_t>(sample >= kHighest) |
                  static_cast<std::uint32_t>(sample < kLowest);
    }
    count += in_block;
  }
  return count;
}

}  // namespace

ShardMaker::ShardMaker(const Config& config, const WorkList& work, std::string config_hash)
    : config_(config),
      work_(work),
      header_{static_cast<std::uint32_t>(config.shard.sample_rate_hz), config.shard.sample_format,
              std::move(config_hash), writer_name()} {}

std::optional<MadeShard> ShardMaker::make(std::uint64_t number, const std::filesystem::path& path,
                                          const std::function<bool()>& on_utterance) {
  const auto per_shard = static_cast<std::size_t>(config_.shard.utterances);
  const std::size_t begin = number * per_shard;
  const std::size_t end = std::min(work_.size(), begin + per_shard);
  MadeShard made{shard::ShardWriter(path, header_, work_.columns), {}, {}};
  InputPolicy policy(config_.policy, made.tally);
  for (std::size_t i = begin; i < end; ++i) {
    add(i, policy, made.tally, made.writer);
    if (is_spot_checked(i, work_.size())) {
      made.marks.push_back(mark_of(work_.file(i).string(), decoder_.file_bytes()));
    }
    if (!on_utterance()) return std::nullopt;
  }
  return made;
}

void ShardMaker::add(std::size_t index, InputPolicy& policy, Tally& tally,
                     shard::ShardWriter& writer) {
  const std::string_view id = work_.ids[index];
  if (!decode(index, policy)) return;
  tally.note_source(audio_.sample_rate_hz, audio_.channels);
  if (!is_acceptable(id, policy) || !resample(id, policy)) return;

  if (audio_.is_int16) {
    writer.add(id, std::span<const std::int16_t>(audio_.pcm), work_.codes_of(index));
  } else {
    const bool to_int16 = header_.sample_format == shard::SampleFormat::Int16;
    const std::uint64_t clipped = to_int16 ? count_clipped(audio_.samples) : 0;
    if (clipped > 0 && !policy.accepts(Oddity::Clipped, clipped, id,
                                       fmt::format("{} samples beyond full scale", clipped))) {
      return;
    }
    const auto loss = writer.add(id, std::span<const float>(audio_.samples), work_.codes_of(index));
    if (loss.rounded > 0) {
      tally.note(Oddity::Rounded, false, loss.rounded, id,
                 fmt::format("{} samples between two 16-bit steps", loss.rounded));
    }
  }
  tally.note_written(audio_.size());
}

bool ShardMaker::decode(std::size_t index, InputPolicy& policy) {
  const std::filesystem::path path = config_.audio / work_.file(index);
  try {
    decoder_.decode(path, audio_);
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::BadData) throw;
    // Asked only now: looking at every file beforehand is slow where there are a million.
    std::error_code absent;
    const auto status = std::filesystem::status(path, absent);
    Oddity oddity = Oddity::Undecodable;
    if (!std::filesystem::exists(status)) {
      oddity = Oddity::Missing;
    } else if (std::filesystem::is_regular_file(status) &&
               std::filesystem::file_size(path, absent) == 0) {
      oddity = Oddity::Empty;
    }
    return policy.accepts(oddity, 0, work_.ids[index], error.what());
  }
}

bool ShardMaker::is_acceptable(std::string_view id, InputPolicy& policy) {
  const auto& audio = audio_;
  if (!audio.cut_short.empty() && !policy.accepts(Oddity::CutShort, 0, id, audio.cut_short)) {
    return false;
  }
  if (audio.size() == 0) return policy.accepts(Oddity::Empty, 0, id, "has no samples");
  if (audio.non_finite > 0) {
    const auto detail = fmt::format("{} samples are NaN or infinite", audio.non_finite);
    if (!policy.accepts(Oddity::NonFinite, audio.non_finite, id, detail)) return false;
    silence_non_finite(audio_.samples);
  }
  const double seconds = static_cast<double>(audio.size()) / audio.sample_rate_hz;
  if (seconds < config_.policy.min_duration_s &&
      !policy.accepts(Oddity::TooShort, audio.size(), id, fmt::format("lasts {:.4f} s", seconds))) {
    return false;
  }
  return audio.channels == 1 ||
         policy.accepts(Oddity::SeveralChannels, 0, id, fmt::format("{} channels", audio.channels));
}

bool ShardMaker::resample(std::string_view id, InputPolicy& policy) {
  const auto wanted = header_.sample_rate_hz;
  if (audio_.sample_rate_hz == wanted) return true;
  if (!policy.accepts(Oddity::OtherRate, audio_.size(), id,
                      fmt::format("{} Hz", audio_.sample_rate_hz))) {
    return false;
  }
  if (audio_.is_int16) {
    audio_.samples.resize(audio_.pcm.size());
    shard::from_pcm(audio_.pcm, audio_.samples);
    audio_.is_int16 = false;
  }
  auto resampler = resamplers_.find(audio_.sample_rate_hz);
  if (resampler == resamplers_.end()) {
    resampler =
        resamplers_.emplace(audio_.sample_rate_hz, audio::Resampler(audio_.sample_rate_hz, wanted))
            .first;
  }
  resampler->second.resample(audio_.samples, resampled_);
  std::swap(audio_.samples, resampled_);
  return true;
}

std::uint64_t num_shards(const Config& config, std::size_t utterances) {
  const auto per_shard = static_cast<std::size_t>(config.shard.utterances);
  return (utterances + per_shard - 1) / per_shard;
}

}  // namespace codectrace::preprocess
