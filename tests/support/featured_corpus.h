#pragma once

#include <filesystem>
#include <vector>

#include <torch/torch.h>

#include "model/fit_to_length.h"
#include "model/frozen_part.h"
#include "model/kept/kept_features.h"
#include "shard/batch_reader.h"
#include "shard/corpus.h"
#include "shard/corpus_file.h"
#include "shard/writer.h"

namespace codectrace::test {

/// Makes a corpus of one shard, without columns, keep what a frozen part gives for each utterance.
inline shard::Corpus with_features(const std::filesystem::path& folder, model::FrozenPart& part) {
  const auto corpus = shard::Corpus::open(folder);
  const shard::UtteranceReader reader(corpus, {});
  shard::ShardWriter writer(corpus.shard(0).path(), corpus.header(), {});
  std::vector<torch::Tensor> rows;
  for (std::uint64_t u = 0; u < corpus.size(); ++u) {
    std::vector<float> samples;
    if (!reader.read(u, samples)) continue;
    writer.add(corpus.id(u), std::span<const float>(samples), {});
    rows.push_back(torch::empty({part.input_samples()}));
    model::fit_to_length(
        samples, 0,
        {rows.back().data_ptr<float>(), static_cast<std::size_t>(part.input_samples())});
  }
  const torch::NoGradGuard no_grad;
  const auto features = part.compute(torch::stack(rows)).to(torch::kHalf).contiguous();
  writer.add_feature(model::feature_spec(part));
  writer.add_rows({static_cast<const shard::Half*>(features.data_ptr()),
                   static_cast<std::size_t>(features.numel())});
  shard::finish_corpus(folder, std::vector{writer.commit()});
  return shard::Corpus::open(folder);
}

}  // namespace codectrace::test
