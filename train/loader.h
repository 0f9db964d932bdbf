#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <torch/torch.h>

#include "core/bounded_queue.h"
#include "model/kept/feature_reader.h"
#include "shard/batch_reader.h"
#include "train/config.h"
#include "train/labelled_set.h"
#include "train/sampler.h"

namespace codectrace::train {

/// One rank's part of a micro-batch.
struct Batch {
  torch::Tensor waveform;                 ///< [b, T] float32 on the CPU
  torch::Tensor targets;                  ///< [b, heads] int64, −1 where nothing is to be learned
  std::vector<std::uint64_t> utterances;  ///< corpus indices, for messages
  std::vector<std::uint64_t> mask_seeds;  ///< one an utterance, see mask_seed.h
  /// [b, …] float16, of the network's frozen part; undefined: it computes them.
  torch::Tensor features = {};
};

struct LoaderOptions {
  std::int64_t samples = 0;  ///< T
  Crop crop = Crop::Start;
  int rawboost = 0;
  /// Of the frozen part, to be read from the corpus; only where the network is given what they were
  /// made of: without augmentation, from an utterance's first sample on.
  std::optional<shard::FeatureSpec> features = {};
  bool pinned_memory = false;  ///< for copies to a GPU that overlap
  int threads = 1;
};

/// Reads, augments and cuts batches ahead of training.
///
/// What a batch holds is a pure function of sampling, step and rank; threads only decide how early
/// it is ready. Each thread makes whole micro-batches and is at most two of its own ahead.
class Loader {
 public:
  /// Delivers each step's micro-batches from `first_step` to `end_step`, not included. References
  /// live as long as the loader; `reader` with OnBadData::Skip: a corrupt utterance is replaced by
  /// the list's next readable one.
  Loader(const LabelledSet& set, const shard::UtteranceReader& reader, const Sampling& sampling,
         const LoaderOptions& options, std::uint64_t rank, std::uint64_t ranks,
         std::uint64_t first_step, std::uint64_t end_step);
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;
  ~Loader();

  /// The next micro-batch. @throws what reading it threw
  Batch next();

  /// Seconds that next() has waited so far.
  [[nodiscard]] double waited_s() const { return waited_s_; }

 private:
  Batch make(std::uint64_t unit) const;
  void fill(const Draw& draw, std::uint64_t epoch, std::int64_t row, Batch& batch) const;
  void produce(std::uint64_t first_unit, BoundedQueue<Batch>& queue);

  const LabelledSet& set_;
  model::FeatureReader reader_;
  Sampling sampling_;
  LoaderOptions options_;
  std::uint64_t rank_;
  std::uint64_t ranks_;
  std::uint64_t next_unit_;  // a unit is a micro-batch; counted over all steps
  std::uint64_t end_unit_;
  double waited_s_ = 0;
  std::vector<std::unique_ptr<BoundedQueue<Batch>>> queues_;  // one a thread, taken in turn
  std::vector<std::thread> threads_;
};

}  // namespace codectrace::train
