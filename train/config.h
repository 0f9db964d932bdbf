#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "comm/comm_config.h"
#include "core/config.h"
#include "model/device_choice.h"
#include "model/kept/cached_features.h"
#include "model/model_config.h"
#include "model/precision.h"
#include "protocol/compat_config.h"
#include "protocol/list_config.h"
#include "train/gradient_buckets.h"
#include "train/loss.h"
#include "train/optimizer.h"
#include "train/sampler.h"
#include "train/schedule.h"

namespace codectrace::train {

using config::EnumName;

/// By whose classes the published lists draw as many spoof utterances of each.
enum class BalancedBy { Aux, Vq, Dec };
inline constexpr auto enum_names(BalancedBy) {
  return std::array<EnumName<BalancedBy>, 3>{
      {{BalancedBy::Aux, "AUX"}, {BalancedBy::Vq, "VQ"}, {BalancedBy::Dec, "DEC"}}};
}
enum class Crop { Start, Random };
inline constexpr auto enum_names(Crop) {
  return std::array<EnumName<Crop>, 2>{{{Crop::Start, "start"}, {Crop::Random, "random"}}};
}

enum class OnBadAudio { Fail, Replace };
inline constexpr auto enum_names(OnBadAudio) {
  return std::array<EnumName<OnBadAudio>, 2>{
      {{OnBadAudio::Fail, "fail"}, {OnBadAudio::Replace, "replace"}}};
}
/// What becomes of a step whose loss, or whose gradients, aren't finite.
enum class OnBadLoss { Stop, Skip };
inline constexpr auto enum_names(OnBadLoss) {
  return std::array<EnumName<OnBadLoss>, 2>{{{OnBadLoss::Stop, "stop"}, {OnBadLoss::Skip, "skip"}}};
}
enum class SelectionMetric { Eer, Accuracy, F1, Loss };
inline constexpr auto enum_names(SelectionMetric) {
  return std::array<EnumName<SelectionMetric>, 4>{{{SelectionMetric::Eer, "eer"},
                                                   {SelectionMetric::Accuracy, "accuracy"},
                                                   {SelectionMetric::F1, "f1"},
                                                   {SelectionMetric::Loss, "loss"}}};
}

/// [data]
struct DataConfig {
  std::string corpus;
  std::string lists;
  BalancedBy sampling = BalancedBy::Aux;
  std::vector<std::string> train_lists{"train_mult_learn.txt"};
  std::vector<std::string> dev_lists{"dev_mult_learn.txt"};
  std::vector<std::string> test_lists{"test_mult_learn.txt"};
  std::vector<std::string> watched_lists;
  std::vector<std::string> dev_corpora;
  std::vector<std::string> dev_layouts;
  std::vector<std::string> watched_corpora;
  std::vector<std::string> watched_layouts;
  std::string balance_classes_of;
  std::string taxonomy = "configs/taxonomy.toml";
  protocol::Layout layout = protocol::Layout::Cors;
  Crop crop = Crop::Start;
  OnBadAudio on_bad_audio = OnBadAudio::Fail;
  bool check_crc = true;
  model::CachedFeatures cached_features = model::CachedFeatures::Auto;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("corpus", self.corpus, config::any(), "corpus directory that preprocess made");
    visit("lists", self.lists, config::any(), "folder that the lists' names are relative to");
    visit("sampling", self.sampling, config::any(),
          "task whose classes the published lists balance: the default of the three keys of lists");
    if constexpr (!std::is_const_v<Self>) self.apply_sampling();
    visit("train_lists", self.train_lists, config::any(), "protocol lists to train on, joined");
    visit("dev_lists", self.dev_lists, config::any(),
          "protocol lists that choose the best checkpoint, joined; none: no selection");
    visit("test_lists", self.test_lists, config::any(),
          "with compat.reference only: lists scored beside dev, and reported, joined");
    visit(
        "watched_lists", self.watched_lists, config::any(),
        "lists scored whenever dev is, each by itself, for the curves; nothing is chosen by them");
    visit("dev_corpora", self.dev_corpora, config::any(),
          "corpora of dev_lists, one each or one for all; none, or an empty text: data.corpus");
    visit("dev_layouts", self.dev_layouts, config::any(),
          "layouts of dev_lists, likewise; none: data.layout");
    visit("watched_corpora", self.watched_corpora, config::any(),
          "corpora of watched_lists, as dev_corpora");
    visit("watched_layouts", self.watched_layouts, config::any(),
          "layouts of watched_lists, as dev_layouts");
    visit("balance_classes_of", self.balance_classes_of, config::any(),
          "task whose classes take turns in an epoch, however rare they are; empty: every "
          "utterance once an epoch");
    visit("taxonomy", self.taxonomy, config::any(), "classes, class weights, codecs");
    visit("layout", self.layout, config::any(),
          "what an id is: cors and list UTTERANCE, cosg SYSTEM/UTT");
    visit("crop", self.crop, config::any(), "which part of an utterance that is too long");
    visit("on_bad_audio", self.on_bad_audio, config::any(),
          "corrupt utterance: stop, or take the list's next one instead and warn");
    visit("check_crc", self.check_crc, config::any(), "check each utterance's checksum on reading");
    visit("cached_features", self.cached_features, config::any(),
          "what the corpus keeps of the network's frozen part: auto reads it where the waveform "
          "isn't augmented or cropped at random, require stops where it can't, never computes");
  }

  /// Names the published lists that are balanced by `sampling`.
  void apply_sampling();
};

/// [train]
struct LoopConfig {
  std::int64_t epochs = 20;
  std::int64_t max_steps = 0;
  std::int64_t batch_size = 8;
  std::int64_t micro_batches = 1;
  LastBatch last_batch = LastBatch::Drop;
  std::uint64_t seed = 1234;
  model::Precision precision = model::Precision::Fp32;
  double clip_norm = 0.0;
  double average_decay = 0.0;
  bool deterministic = false;
  OnBadLoss on_bad_loss = OnBadLoss::Stop;
  std::int64_t most_skipped_steps = 10;
  Compression compress_gradients = Compression::None;
  model::DeviceChoice device = model::DeviceChoice::Auto;
  int threads = 0;
  int loader_threads = 1;
  std::string start_from;
  std::string pretrained_encoder;
  std::string pretrained_audio_mae;
  std::string pretrained_whisper;
  std::string tuned_weights;
  model::Architecture architecture = {};  ///< the model's, no key: says whose files there are

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("epochs", self.epochs, config::at_least(1), "passes over the training lists");
    visit("max_steps", self.max_steps, config::at_least(0), "stop earlier, after so many; 0: no");
    visit("batch_size", self.batch_size, config::at_least(1),
          "utterances a step over all ranks and micro-batches");
    visit("micro_batches", self.micro_batches, config::at_least(1),
          "parts a batch goes through the network in, to save memory");
    visit("last_batch", self.last_batch, config::any(), "an epoch's incomplete last batch");
    visit("seed", self.seed, config::any(),
          "of weights, order, crops, augmentation, masks, dropout");
    visit("precision", self.precision, config::any(),
          "of the network's products; weights stay float32. tf32 is for GPUs, a CPU computes "
          "float32");
    visit("clip_norm", self.clip_norm, config::at_least(0), "limit of the gradient norm; 0: none");
    visit("average_decay", self.average_decay, config::half_open(0, 1),
          "of a moving average of the weights, which then is what dev scores and checkpoints hold; "
          "0.999 remembers about 1000 steps; 0: none");
    visit("deterministic", self.deterministic, config::any(),
          "on a GPU only kernels that give the same bits each time; a CPU does anyway");
    visit(
        "on_bad_loss", self.on_bad_loss, config::any(),
        "a loss that isn't finite: stop, or warn and leave the weights as they are for that step");
    visit("most_skipped_steps", self.most_skipped_steps, config::at_least(1),
          "of a run with on_bad_loss = skip; it stops at one more");
    visit("compress_gradients", self.compress_gradients, config::any(),
          "what they travel between ranks as; bf16: half the bytes, rounded to 8 bits");
    visit("device", self.device, config::any(), "auto: a GPU a rank where there are enough");
    visit("threads", self.threads, config::at_least(0),
          "of computation a rank; 0: OMP_NUM_THREADS, or the machine's cores shared by its ranks");
    visit("loader_threads", self.loader_threads, config::between(1, 64), "readers a rank");
    visit(
        "start_from", self.start_from, config::any(),
        "weight file, checkpoint or run directory of the same architecture and size, whose classes "
        "may be others: outputs of those start afresh; empty: none");
    visit("pretrained_encoder", self.pretrained_encoder, config::any(),
          "weight file that the wav2vec 2.0 encoder starts from; empty: fresh weights");
    if (self.architecture == model::Architecture::SastNet) {
      visit("pretrained_audio_mae", self.pretrained_audio_mae, config::any(),
            "weight file that the masked autoencoder starts from; empty: fresh weights");
      visit("pretrained_whisper", self.pretrained_whisper, config::any(),
            "weight file of Whisper, which isn't trained on; empty: fresh weights");
      visit("tuned_weights", self.tuned_weights, config::any(),
            "weight file whose wav2vec 2.0 encoder then takes the place of pretrained_encoder's; "
            "empty: none");
    }
  }
};

/// [checkpoint]
struct CheckpointConfig {
  std::int64_t every_steps = 0;
  double every_minutes = 0;
  std::int64_t every_epochs = 1;
  int keep_last = 2;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("every_steps", self.every_steps, config::at_least(0), "0: not by steps");
    visit("every_minutes", self.every_minutes, config::at_least(0), "0: not by time");
    visit("every_epochs", self.every_epochs, config::at_least(0), "0: only the last one");
    visit("keep_last", self.keep_last, config::at_least(1), "how many to keep beside the best");
  }
};

/// [selection]
struct SelectionConfig {
  SelectionMetric metric = SelectionMetric::Eer;
  std::int64_t every_epochs = 1;
  std::int64_t patience = 0;
  std::int64_t batch_size = 64;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("metric", self.metric, config::any(),
          "on the dev lists; eer and loss: less is better; f1: weighted by class, mean over tasks");
    visit("every_epochs", self.every_epochs, config::at_least(1), "how often dev is scored");
    visit("patience", self.patience, config::at_least(0),
          "end the run after so many scorings without a better one; 0: never");
    visit("batch_size", self.batch_size, config::at_least(1), "utterances a rank at a time");
  }
};

/// [augment]
struct AugmentConfig {
  int rawboost = 5;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("rawboost", self.rawboost, config::between(0, 8),
          "RawBoost algorithm; 0: none, 5: 1 and then 2, the reference's");
  }
};

/// [log]
struct LogConfig {
  std::int64_t every_steps = 20;
  bool tensorboard = true;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("every_steps", self.every_steps, config::at_least(1), "steps a line of metrics.jsonl");
    visit("tensorboard", self.tensorboard, config::any(), "write event files too");
  }
};

/// Where a run starts from.
struct Resume {
  enum class Kind {
    Auto,   ///< the run directory's last checkpoint, if it has one
    Never,  ///< from the beginning; a run directory that has checkpoints is an error
    From    ///< `checkpoint`, whatever config it was made with
  };
  Kind kind = Kind::Auto;
  std::filesystem::path checkpoint;
};
/// "auto", "never" or a path.
[[nodiscard]] Resume parse_resume(std::string_view text);

/// A training job: its keys, and what the command line says beside them. Defaults are the
/// reference's.
struct Config {
  model::ModelConfig model;
  DataConfig data;
  protocol::ListConfig list;
  LoopConfig train;
  OptimizerConfig optimizer;
  ScheduleConfig schedule;
  LossConfig loss;
  AugmentConfig augment;
  SelectionConfig selection;
  CheckpointConfig checkpoint;
  LogConfig log;
  comm::CommConfig comm;
  protocol::CompatConfig compat;

  std::filesystem::path out;  ///< run directory
  Resume resume;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("model", self.model, "the network");
    visit("data", self.data, "what is trained on");
    visit("list", self.list, "how protocol lists are read");
    if constexpr (!std::is_const_v<Self>) self.train.architecture = self.model.name;
    visit("train", self.train, "the loop");
    visit("optimizer", self.optimizer, "how weights change");
    visit("schedule", self.schedule, "the learning rate's course");
    visit("loss", self.loss, "what is minimised");
    visit("augment", self.augment, "what is done to waveforms");
    visit("selection", self.selection, "which checkpoint is the best");
    visit("checkpoint", self.checkpoint, "when checkpoints are written and which are kept");
    visit("log", self.log, "curves");
    visit("comm", self.comm, "ranks and what connects them");
    visit("compat", self.compat, "the reference's bugs");
  }
};

/// Paths of the lists named in the config: relative ones are relative to data.lists, and names are
/// taken as protocol::published_path takes them.
[[nodiscard]] std::vector<std::filesystem::path> list_paths(const DataConfig& data,
                                                            const std::vector<std::string>& names);

/// What can't be said of one key alone. @throws Error(Usage)
void check(const Config& config, int num_ranks);

/// The keys that decide what the run computes, as TOML: without where things lie, how often they
/// are logged or saved, and threads. Two runs with equal text and data compute the same.
[[nodiscard]] std::string decisive_keys(const Config& config);

}  // namespace codectrace::train
