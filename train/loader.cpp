#include "train/loader.h"

#include <chrono>
#include <exception>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/random.h"
#include "model/fit_to_length.h"
#include "train/augment/crop.h"
#include "train/augment/rawboost.h"
#include "train/mask_seed.h"

namespace codectrace::train {

Loader::Loader(const LabelledSet& set, const shard::UtteranceReader& reader,
               const Sampling& sampling, const LoaderOptions& options, std::uint64_t rank,
               std::uint64_t ranks, std::uint64_t first_step, std::uint64_t end_step)
    : set_(set),
      reader_(reader, options.features),
      sampling_(sampling),
      options_(options),
      rank_(rank),
      ranks_(ranks),
      next_unit_(first_step * sampling.micro_batches),
      end_unit_(end_step * sampling.micro_batches) {
  constexpr std::size_t kAhead = 2;
  for (int i = 0; i < options_.threads; ++i) {
    queues_.push_back(std::make_unique<BoundedQueue<Batch>>(kAhead));
  }
  // The threads take units in turn, and next() takes from their queues in the same order.
  for (std::uint64_t unit = next_unit_; unit < next_unit_ + queues_.size(); ++unit) {
    threads_.emplace_back([this, unit] { produce(unit, *queues_[unit % queues_.size()]); });
  }
}

Loader::~Loader() {
  for (auto& queue : queues_) queue->close();
  for (auto& thread : threads_) thread.join();
}

void Loader::produce(std::uint64_t first_unit, BoundedQueue<Batch>& queue) {
  try {
    for (std::uint64_t unit = first_unit; unit < end_unit_; unit += queues_.size()) {
      if (!queue.push(make(unit))) return;
    }
    queue.finish();
  } catch (...) {
    queue.fail(std::current_exception());
  }
}

Batch Loader::next() {
  CT_INVARIANT(next_unit_ < end_unit_, "a batch after the last one");
  const auto begun = std::chrono::steady_clock::now();
  std::optional<Batch> batch = queues_[next_unit_++ % queues_.size()]->pop();
  waited_s_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  CT_INVARIANT(batch.has_value(), "the loader ended early");
  return std::move(*batch);
}

Batch Loader::make(std::uint64_t unit) const {
  const std::uint64_t step = unit / sampling_.micro_batches;
  const auto draws = draw_share(
      sampling_, step, {.micro = unit % sampling_.micro_batches, .rank = rank_, .ranks = ranks_});
  const auto rows = static_cast<std::int64_t>(draws.size());
  const auto heads = static_cast<std::int64_t>(set_.targets.front().size());

  Batch batch;
  batch.waveform =
      torch::empty({rows, options_.samples},
                   torch::dtype(torch::kFloat32).pinned_memory(options_.pinned_memory));
  batch.targets = torch::full({rows, heads}, -1, torch::kInt64);
  batch.features = reader_.rows(rows, options_.pinned_memory);
  const std::uint64_t epoch = step / steps_per_epoch(sampling_);
  for (std::int64_t row = 0; row < rows; ++row) {
    fill(draws[static_cast<std::size_t>(row)], epoch, row, batch);
  }
  return batch;
}

void Loader::fill(const Draw& draw, std::uint64_t epoch, std::int64_t row, Batch& batch) const {
  std::vector<float> samples;
  std::uint64_t entry = draw.entry;
  std::size_t tries = 0;
  while (!reader_.read(set_.utterances[entry], samples, batch.features, row)) {
    entry = (entry + 1) % set_.size();
    if (++tries == set_.size()) {
      throw Error(ErrorKind::BadData, "no utterance of the training lists can be read");
    }
  }
  if (options_.rawboost != 0) {
    CounterDraws random(CounterRandom(sampling_.seed, "rawboost", epoch, entry));
    samples = rawboost(samples, options_.rawboost, random);
  }
  const auto length = static_cast<std::size_t>(options_.samples);
  const std::size_t start =
      options_.crop == Crop::Random
          ? random_crop_start(samples.size(), length,
                              CounterRandom(sampling_.seed, "crop", epoch, entry))
          : 0;
  model::fit_to_length(samples, start,
                       {batch.waveform.data_ptr<float>() + row * options_.samples, length});

  batch.utterances.push_back(set_.utterances[entry]);
  batch.mask_seeds.push_back(mask_seed(sampling_.seed, epoch, set_.utterances[entry]));
  if (!draw.counts) return;
  auto* targets = batch.targets.data_ptr<std::int64_t>() + row * batch.targets.size(1);
  std::ranges::copy(set_.targets[entry], targets);
}

}  // namespace codectrace::train
