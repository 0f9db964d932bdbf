#pragma once

#include <array>
#include <string>
#include <vector>

#include "comm/comm_config.h"
#include "core/config.h"
#include "protocol/list_config.h"
#include "shard/header.h"

namespace codectrace::shard {

inline constexpr auto enum_names(SampleFormat) {
  return std::array<config::EnumName<SampleFormat>, 2>{
      {{SampleFormat::Int16, "int16"}, {SampleFormat::Float32, "float32"}}};
}

}  // namespace codectrace::shard

namespace codectrace::preprocess {

/// What to do with a file that can't be used at all.
enum class OnUnusable { Fail, Skip };
inline constexpr auto enum_names(OnUnusable) {
  return std::array<config::EnumName<OnUnusable>, 2>{
      {{OnUnusable::Fail, "fail"}, {OnUnusable::Skip, "skip"}}};
}

/// What to do with a file that can be used after a change.
enum class OnOdd { Fail, Skip, Mend };
inline constexpr auto enum_names(OnOdd) {
  return std::array<config::EnumName<OnOdd>, 3>{
      {{OnOdd::Fail, "fail"}, {OnOdd::Skip, "skip"}, {OnOdd::Mend, "mend"}}};
}

/// [shard]
struct ShardConfig {
  int utterances = 2048;  // about 200 MB of CoRS
  shard::SampleFormat sample_format = shard::SampleFormat::Int16;
  int sample_rate_hz = 16000;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("utterances", self.utterances, config::between(1, 1 << 20),
          "utterances a shard; a shard is the unit of work, and a rank holds two in memory");
    visit("sample_format", self.sample_format, config::any(),
          "int16 is exact for 16-bit sources; float32 keeps others whole");
    visit("sample_rate_hz", self.sample_rate_hz, config::between(1000, 768000),
          "what every file is resampled to");
  }
};

/// [policy]
struct PolicyConfig {
  OnUnusable missing = OnUnusable::Fail;
  OnUnusable undecodable = OnUnusable::Fail;
  OnUnusable empty = OnUnusable::Fail;
  OnOdd cut_short = OnOdd::Fail;
  OnOdd non_finite = OnOdd::Fail;
  OnOdd too_short = OnOdd::Mend;
  double min_duration_s = 0.1;
  OnOdd other_rate = OnOdd::Mend;
  OnOdd several_channels = OnOdd::Mend;
  OnOdd clipped = OnOdd::Mend;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("missing", self.missing, config::any(), "a list names it, and it isn't there");
    visit("undecodable", self.undecodable, config::any(), "a folder, no audio, a broken header");
    visit("empty", self.empty, config::any(), "no bytes or no samples");
    visit("cut_short", self.cut_short, config::any(),
          "ends before its header says; mend: keep what is there");
    visit("non_finite", self.non_finite, config::any(), "NaN or infinite samples; mend: zeros");
    visit("too_short", self.too_short, config::any(),
          "shorter than min_duration_s; mend: keep it and count it");
    visit("min_duration_s", self.min_duration_s, config::at_least(0), "see too_short");
    visit("other_rate", self.other_rate, config::any(), "not shard.sample_rate_hz; mend: resample");
    visit("several_channels", self.several_channels, config::any(), "mend: average them");
    visit("clipped", self.clipped, config::any(),
          "samples beyond full scale, int16 only; mend: limit them");
  }
};

struct Config {
  std::string audio;
  std::string out;
  protocol::Layout layout = protocol::Layout::Cors;
  std::vector<std::string> protocol;
  std::string taxonomy = "configs/taxonomy.toml";
  std::string corpus_name;
  bool audio_moved = false;
  ShardConfig shard;
  PolicyConfig policy;
  protocol::ListConfig list;
  comm::CommConfig comm;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("audio", self.audio, config::any(), "folder of the audio files");
    visit("out", self.out, config::any(), "corpus directory to make, or to finish");
    visit("layout", self.layout, config::any(), "how files lie in the folder");
    visit("protocol", self.protocol, config::any(),
          "lists that name what is taken; none: all files of the folder");
    visit("taxonomy", self.taxonomy, config::any(), "classes, and what each codec and system is");
    visit("corpus_name", self.corpus_name, config::any(),
          "value of the column corpus; empty: CoRS, CoSG or list, by layout");
    visit("audio_moved", self.audio_moved, config::any(),
          "go on with a corpus though its audio folder lies elsewhere now; about a thousand files "
          "are compared");
    visit("shard", self.shard, "what shards are like");
    visit("policy", self.policy, "what to do with odd files; every one is counted in the report");
    visit("list", self.list, "how protocol lists are read");
    visit("comm", self.comm, "ranks and what connects them");
  }
};

}  // namespace codectrace::preprocess
