#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "comm/comm_config.h"
#include "core/config.h"
#include "model/device_choice.h"
#include "model/kept/cached_features.h"
#include "model/precision.h"
#include "protocol/compat_config.h"
#include "protocol/list_config.h"

namespace codectrace::evaluate {

enum class OnBadAudio { Fail, Skip };
constexpr std::array<config::EnumName<OnBadAudio>, 2> enum_names(OnBadAudio) {
  return {{{OnBadAudio::Fail, "fail"}, {OnBadAudio::Skip, "skip"}}};
}

/// What a bootstrap draws with replacement within each class.
enum class BootstrapClusters {
  None,    ///< utterances
  Speaker  ///< speakers, with all their utterances
};
constexpr std::array<config::EnumName<BootstrapClusters>, 2> enum_names(BootstrapClusters) {
  return {{{BootstrapClusters::None, "none"}, {BootstrapClusters::Speaker, "speaker"}}};
}

/// [metrics]
struct MetricsConfig {
  int bootstrap_replicates = 1000;
  std::uint64_t bootstrap_seed = 1;
  BootstrapClusters bootstrap_clusters = BootstrapClusters::None;
  std::vector<double> duration_edges_s{2, 4, 8};
  double training_prior = 0.5;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("bootstrap_replicates", self.bootstrap_replicates, config::between(10, 1e6),
          "resamplings behind a 95 % interval");
    visit("bootstrap_seed", self.bootstrap_seed, config::any(), "of the resamplings");
    visit(
        "bootstrap_clusters", self.bootstrap_clusters, config::any(),
        "what they draw within each class: none, utterances; speaker, all utterances of a speaker "
        "together, where speakers are known");
    visit(
        "duration_edges_s", self.duration_edges_s, config::at_least(0),
        "figures by how long utterances are: edges of the bands, in seconds, rising; none: no such "
        "figures");
    visit("training_prior", self.training_prior, config::between(0.001, 0.999),
          "P(bona fide) the model was trained to: what actDCF and Cllr take scores as ratios by");
  }
};

/// [report]
struct ReportConfig {
  int worst_utterances = 12;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("worst_utterances", self.worst_utterances, config::between(0, 1000),
          "most confident mistakes listed of each task");
  }
};

/// What `codectrace evaluate` does.
struct EvaluateConfig {
  std::string checkpoint;
  std::string corpus;
  std::string protocol;
  std::string out;
  std::string taxonomy;
  std::string model_config;
  protocol::Layout dataset = protocol::Layout::Cors;
  int batch_size = 16;
  model::Precision precision = model::Precision::Fp32;
  model::DeviceChoice device = model::DeviceChoice::Auto;
  OnBadAudio on_bad_audio = OnBadAudio::Fail;
  bool check_crc = true;
  model::CachedFeatures cached_features = model::CachedFeatures::Auto;
  protocol::ListConfig list;
  MetricsConfig metrics;
  ReportConfig report;
  comm::CommConfig comm;
  protocol::CompatConfig compat;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("checkpoint", self.checkpoint, config::any(),
          "checkpoint folder; a run directory: its best checkpoint; a file of published weights");
    visit("corpus", self.corpus, config::any(), "corpus directory that preprocess made");
    visit("protocol", self.protocol, config::any(), "protocol list: which utterances");
    visit("out", self.out, config::any(), "results directory to make");
    visit("taxonomy", self.taxonomy, config::any(),
          "taxonomy file; empty: the checkpoint's own; of published weights configs/taxonomy.toml");
    visit("model_config", self.model_config, config::any(),
          "of published weights: their model's config, as model.toml; empty: recognised");
    visit("dataset", self.dataset, config::any(),
          "cors: reports by codec, cosg: by system, list: as cors");
    visit("batch_size", self.batch_size, config::between(1, 65536), "utterances scored at once");
    visit("precision", self.precision, config::any(),
          "of the network's products; tf32 is for GPUs, a CPU computes float32");
    visit("device", self.device, config::any(), "auto: a GPU where there is one");
    visit("on_bad_audio", self.on_bad_audio, config::any(),
          "a corrupt utterance: stop, or leave it out and count it");
    visit("check_crc", self.check_crc, config::any(), "check samples as they are read");
    visit("cached_features", self.cached_features, config::any(),
          "what the corpus keeps of the network's frozen part: auto reads it where it is there, "
          "require stops where it isn't, never computes");
    visit("list", self.list, "how the list is read");
    visit("metrics", self.metrics, "how figures are computed");
    visit("report", self.report, "what report.html shows");
    visit("comm", self.comm, "ranks and what connects them");
    visit("compat", self.compat, "the reference's bugs");
  }
};

/// @throws Error(Usage) if edges of bands don't rise
void require_rising_edges(const MetricsConfig& metrics);

/// @throws Error(Usage) naming what lacks: checkpoint, corpus, protocol or out
void require_paths(const EvaluateConfig& config);

}  // namespace codectrace::evaluate
