#include "evaluate/corpus_scorer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "model/fit_to_length.h"
#include "model/scorer.h"

namespace codectrace::evaluate {

CorpusScorer::CorpusScorer(std::shared_ptr<model::Network> network, const shard::Corpus& corpus,
                           std::vector<std::uint64_t> utterances, std::int64_t batch_size,
                           model::Precision precision, shard::ReadOptions options)
    : network_(std::move(network)),
      utterances_(std::move(utterances)),
      batch_size_(batch_size),
      precision_(precision),
      reader_(corpus, options) {
  const auto* part = network_->frozen_part();
  if (part == nullptr) return;
  const auto shape = part->shape();
  shard::FeatureSpec wanted{part->name(), {shape.begin(), shape.end()}, part->provenance()};
  if (corpus.keeps(wanted)) kept_ = std::move(wanted);
}

std::size_t CorpusScorer::logits_per_utterance() const {
  std::size_t count = 0;
  for (const auto& head : network_->heads()) count += head.classes.size();
  return count;
}

CorpusScorer::Batch CorpusScorer::read(std::uint64_t first, std::uint64_t last) const {
  const auto count = static_cast<std::int64_t>(last - first);
  const auto length = network_->input_samples();
  const auto rows = std::max(count, batch_size_);
  Batch batch;
  batch.waveform = torch::zeros({rows, length});
  const auto width = static_cast<std::int64_t>(kept_ ? kept_->width() : 0);
  if (kept_) batch.features = torch::zeros({rows, width}, torch::kHalf);
  std::vector<float> samples;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto index = utterances_[first + static_cast<std::uint64_t>(i)];
    bool readable = reader_.read(index, samples);
    if (kept_) {
      auto* const row = static_cast<shard::Half*>(batch.features.data_ptr()) + i * width;
      readable = readable &&
                 reader_.read_feature(index, kept_->name, {row, static_cast<std::size_t>(width)});
    }
    if (!readable) samples.clear();
    auto* const row = batch.waveform.data_ptr<float>() + i * length;
    model::fit_to_length(samples, 0, {row, static_cast<std::size_t>(length)});
    batch.readable.push_back(readable);
  }
  if (kept_) {
    std::vector<std::int64_t> shape{rows};
    shape.insert(shape.end(), kept_->shape.begin(), kept_->shape.end());
    batch.features = batch.features.view(shape);
  }
  return batch;
}

std::vector<float> CorpusScorer::score(std::uint64_t first, std::uint64_t last) const {
  const auto batch = read(first, last);
  const auto& readable = batch.readable;
  model::Input input;
  input.waveform = batch.waveform;
  input.features = batch.features;
  const auto answers = model::answer_of(*network_, input, precision_).logits;
  const auto logits = torch::cat(answers, 1);  // [B, L]
  const auto* const values = logits.data_ptr<float>();
  const auto width = logits_per_utterance();
  std::vector<float> result(values, values + readable.size() * width);
  for (std::size_t i = 0; i < readable.size(); ++i) {
    if (readable[i]) continue;
    const auto row = std::span(result).subspan(i * width, width);
    std::ranges::fill(row, std::numeric_limits<float>::quiet_NaN());
  }
  return result;
}

}  // namespace codectrace::evaluate
