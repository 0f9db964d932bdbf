#include "evaluate/model_on_corpus.h"

#include <utility>

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "evaluate/corpus_scorer.h"
#include "evaluate/evaluated_model.h"
#include "evaluate/inputs.h"
#include "evaluate/score_run.h"
#include "evaluate/token_order.h"
#include "model/autocast.h"
#include "model/device.h"
#include "model/kept/kept_features.h"

namespace codectrace::evaluate {
namespace {

namespace fs = std::filesystem;

CorpusScoring scoring_of(const EvaluateConfig& config, const ModelOnCorpus& model,
                         std::span<const std::uint64_t> utterances) {
  CorpusScoring scoring;
  scoring.utterances.assign(utterances.begin(), utterances.end());
  scoring.batch_size = config.batch_size;
  scoring.precision = config.precision;
  scoring.read = {config.check_crc, config.on_bad_audio == OnBadAudio::Fail
                                        ? shard::OnBadData::Fail
                                        : shard::OnBadData::Skip};
  scoring.kept = model.kept;
  if (scores_both_orders(config, model)) {
    for (const auto utterance : utterances)
      scoring.token_order_seeds.push_back(token_order_seed(model.corpus.id(utterance)));
  }
  return scoring;
}

}  // namespace

ModelOnCorpus open_model_on_corpus(const EvaluateConfig& config) {
  auto corpus = shard::Corpus::open(config.corpus);
  auto [checkpoint, model] =
      open_evaluated_model({config.checkpoint, config.model_config, config.taxonomy});
  auto taxonomy = agreed_taxonomy(model.taxonomy_text, config.taxonomy, model.network->heads());
  auto inputs = inputs_of_model(checkpoint, model.config, taxonomy, corpus);
  auto kept = model::kept_features(model.network->frozen_part(), corpus, config.cached_features);
  return {std::move(checkpoint), std::move(model), std::move(taxonomy),
          std::move(corpus),     std::move(kept),  std::move(inputs)};
}

bool scores_both_orders(const EvaluateConfig& config, const ModelOnCorpus& model) {
  return config.compat.reference &&
         model.model.network->reference_program() == model::ReferenceProgram::SastNet;
}

std::optional<std::vector<float>> score_utterances(const EvaluateConfig& config,
                                                   const ModelOnCorpus& model,
                                                   std::span<const std::uint64_t> utterances,
                                                   const fs::path& folder,
                                                   comm::Communicator& comm) {
  const auto network = model.model.network;
  const auto device = model::device_of_rank(config.device, comm.local_rank());
  network->to(device);
  const model::AutocastScope cast_once(config.precision, device.type());
  const CorpusScorer scorer(network, model.corpus, scoring_of(config, model, utterances));
  const ScoringWork work{{utterances.begin(), utterances.end()},
                         static_cast<std::uint64_t>(config.batch_size),
                         scorer.logits_per_utterance()};
  const auto batch = [&](std::uint64_t first, std::uint64_t last) {
    return scorer.score(first, last);
  };
  return score_run(work, folder, batch, comm);
}

void prepare_scores_folder(const fs::path& folder, const Json& inputs) {
  const auto note = folder / "inputs.json";
  make_folders(folder);
  if (!fs::exists(note)) {
    write_file_atomically(note, inputs.dump(1) + "\n");
    return;
  }
  try {
    require_same_inputs(Json::parse(read_file(note)), inputs, folder);
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::BadData, fmt::format("{}: {}; remove the folder {}", note.string(),
                                                error.what(), folder.string()));
  }
}

}  // namespace codectrace::evaluate
