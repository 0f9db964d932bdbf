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
      reader_(corpus, options) {}

std::size_t CorpusScorer::logits_per_utterance() const {
  std::size_t count = 0;
  for (const auto& head : network_->heads()) count += head.classes.size();
  return count;
}

std::vector<float> CorpusScorer::score(std::uint64_t first, std::uint64_t last) const {
  const auto count = static_cast<std::int64_t>(last - first);
  const auto length = network_->input_samples();
  auto waveform = torch::zeros({std::max(count, batch_size_), length});  // [B, T]
  std::vector<float> samples;
  std::vector<bool> readable;
  for (std::int64_t i = 0; i < count; ++i) {
    readable.push_back(reader_.read(utterances_[first + static_cast<std::uint64_t>(i)], samples));
    if (!readable.back()) samples.clear();
    auto* const row = waveform.data_ptr<float>() + i * length;
    model::fit_to_length(samples, 0, {row, static_cast<std::size_t>(length)});
  }

  const auto logits = torch::cat(model::logits_of(*network_, waveform, precision_), 1);  // [B, L]
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
