#include "evaluate/corpus_scorer.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "model/fit_to_length.h"
#include "model/scorer.h"

namespace codectrace::evaluate {

CorpusScorer::CorpusScorer(std::shared_ptr<model::Network> network, const shard::Corpus& corpus,
                           CorpusScoring scoring)
    : network_(std::move(network)),
      scoring_(std::move(scoring)),
      samples_(corpus, scoring_.read),
      reader_(samples_, scoring_.kept) {}

std::size_t CorpusScorer::logits_per_utterance() const {
  std::size_t count = 0;
  for (const auto& head : network_->heads()) count += head.classes.size();
  return scoring_.token_order_seeds.empty() ? count : 2 * count;
}

CorpusScorer::Batch CorpusScorer::read(std::uint64_t first, std::uint64_t last) const {
  const auto count = static_cast<std::int64_t>(last - first);
  const auto length = network_->input_samples();
  const auto rows = std::max(count, scoring_.batch_size);
  Batch batch;
  batch.input.waveform = torch::zeros({rows, length});
  batch.input.features = reader_.rows(rows);
  std::vector<float> samples;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto index = scoring_.utterances[first + static_cast<std::uint64_t>(i)];
    const bool readable = reader_.read(index, samples, batch.input.features, i);
    if (!readable) samples.clear();
    auto* const row = batch.input.waveform.data_ptr<float>() + i * length;
    model::fit_to_length(samples, 0, {row, static_cast<std::size_t>(length)});
    batch.readable.push_back(readable);
  }
  return batch;
}

/// The same batch, to be gone through in drawn orders; what is silence in any.
model::Input CorpusScorer::permuted(const model::Input& input, std::uint64_t first,
                                    std::uint64_t last) const {
  auto result = input;
  result.drawing = model::Drawing::TokenOrder;
  const auto seeds = std::span(scoring_.token_order_seeds).subspan(first, last - first);
  result.seeds.assign(seeds.begin(), seeds.end());
  result.seeds.resize(static_cast<std::size_t>(input.waveform.size(0)));
  return result;
}

std::vector<float> CorpusScorer::score(std::uint64_t first, std::uint64_t last) const {
  const auto batch = read(first, last);
  auto answers = model::answer_of(*network_, batch.input, scoring_.precision).logits;
  if (!scoring_.token_order_seeds.empty()) {
    const auto more =
        model::answer_of(*network_, permuted(batch.input, first, last), scoring_.precision).logits;
    answers.insert(answers.end(), more.begin(), more.end());
  }
  const auto logits = torch::cat(answers, 1);  // [B, L]
  const auto* const values = logits.data_ptr<float>();
  const auto width = logits_per_utterance();
  std::vector<float> result(values, values + batch.readable.size() * width);
  for (std::size_t i = 0; i < batch.readable.size(); ++i) {
    if (batch.readable[i]) continue;
    const auto row = std::span(result).subspan(i * width, width);
    std::ranges::fill(row, std::numeric_limits<float>::quiet_NaN());
  }
  return result;
}

}  // namespace codectrace::evaluate
