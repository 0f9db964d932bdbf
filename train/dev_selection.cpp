#include "train/dev_selection.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "comm/agreement.h"
#include "core/error.h"
#include "core/random.h"
#include "metrics/classification.h"
#include "metrics/eer.h"
#include "model/fit_to_length.h"
#include "model/scorer.h"
#include "train/augment/rawboost.h"
#include "train/mask_seed.h"
#include "train/tensor_buffer.h"

namespace codectrace::train {
namespace {

/// One rank's contributions, float64 and counts: summed over ranks they are the whole list's.
struct Sums {
  Sums(std::size_t entries, const std::vector<model::Head>& heads, std::size_t terms)
      : scores(torch::zeros({static_cast<std::int64_t>(entries)}, torch::kFloat64)),
        scored(torch::zeros_like(scores)),
        weights(torch::zeros({static_cast<std::int64_t>(terms)}, torch::kFloat64)),
        losses(torch::zeros_like(weights)) {
    for (const auto& head : heads) {
      const auto classes = static_cast<std::int64_t>(head.classes.size());
      confusion.push_back(torch::zeros({classes, classes}, torch::kInt64));
    }
  }

  void add_over_ranks(comm::Communicator& comm) {
    for (torch::Tensor* part : {&scores, &scored, &weights, &losses}) {
      comm.all_reduce(tensor_buffer(*part), comm::Reduce::Sum).wait();
    }
    for (auto& head : confusion) comm.all_reduce(tensor_buffer(head), comm::Reduce::Sum).wait();
  }

  /// As if the entries of `other` came after these. Tensors may be shared, so none is changed.
  void append(const Sums& other) {
    scores = torch::cat({scores, other.scores});
    scored = torch::cat({scored, other.scored});
    weights = weights + other.weights;
    losses = losses + other.losses;
    for (std::size_t k = 0; k < confusion.size(); ++k)
      confusion[k] = confusion[k] + other.confusion[k];
  }

  torch::Tensor scores;   // [entries], higher = more likely bona fide; 0 where another rank's
  torch::Tensor scored;   // [entries], 1 where this rank has scored
  torch::Tensor weights;  // [terms], what each is divided by
  torch::Tensor losses;   // [terms], before that
  std::vector<torch::Tensor> confusion;  // by head: [truth, answer], labelled examples alone
};

/// Entries that one rank has in a batch of its own.
std::vector<std::vector<std::uint64_t>> batches_of(std::size_t entries, std::int64_t batch_size,
                                                   const comm::Communicator& comm) {
  std::vector<std::vector<std::uint64_t>> batches;
  const auto step = static_cast<std::uint64_t>(comm.size());
  for (auto entry = static_cast<std::uint64_t>(comm.rank()); entry < entries; entry += step) {
    if (batches.empty() || std::ssize(batches.back()) == batch_size) batches.emplace_back();
    batches.back().push_back(entry);
  }
  return batches;
}

struct DevBatch {
  torch::Tensor waveform;              // [b, T]
  torch::Tensor features;              // [b, …]; undefined: the network computes them
  torch::Tensor targets;               // [b, K]
  std::vector<std::uint64_t> entries;  // b of them: what can't be read is left out
};

DevBatch read_batch(const std::vector<std::uint64_t>& entries, std::int64_t samples,
                    const LabelledSet& dev, const model::FeatureReader& reader,
                    const DevOptions& options) {
  DevBatch batch;
  std::vector<torch::Tensor> rows;
  std::vector<torch::Tensor> targets;
  std::vector<float> utterance;
  const auto features = reader.rows(std::ssize(entries));
  for (const std::uint64_t entry : entries) {
    if (!reader.read(dev.utterances[entry], utterance, features, std::ssize(rows))) continue;
    if (options.rawboost != 0) {
      CounterDraws draws(CounterRandom(options.seed, "rawboost of dev", options.epoch, entry));
      utterance = rawboost(utterance, options.rawboost, draws);
    }
    const auto row = torch::empty({samples}, torch::kFloat32);
    model::fit_to_length(utterance, 0, {row.data_ptr<float>(), static_cast<std::size_t>(samples)});
    rows.push_back(row);
    targets.push_back(torch::tensor(dev.targets[entry], torch::kInt64));
    batch.entries.push_back(entry);
  }
  if (rows.empty()) return batch;
  batch.waveform = torch::stack(rows);
  if (features.defined()) batch.features = features.slice(0, 0, std::ssize(rows));
  batch.targets = torch::stack(targets);
  return batch;
}

/// Unmasked logits, and the errors of reconstruction of a network that reconstructs.
model::Output answer_of(model::Network& network, const DevBatch& batch, const LabelledSet& dev,
                        const DevOptions& options) {
  model::Input input;
  input.waveform = batch.waveform;
  input.features = batch.features;
  model::Output answer = model::answer_of(network, input, options.precision);
  if (!network.reconstructs()) return answer;
  input.drawing = model::Drawing::Masks;
  for (const std::uint64_t entry : batch.entries) {
    input.seeds.push_back(mask_seed(options.seed, /*epoch=*/0, dev.utterances[entry]));
  }
  answer.reconstruction_errors =
      model::answer_of(network, input, options.precision).reconstruction_errors;
  return answer;
}

/// Of row `row` of a batch; higher = more likely bona fide.
double bonafide_score(const std::vector<torch::Tensor>& logits,
                      const std::vector<model::Head>& heads, std::int64_t row, DevFigures figures) {
  std::vector<std::span<const float>> answers;
  for (const torch::Tensor& head : logits) {
    const auto classes = static_cast<std::size_t>(head.size(1));
    answers.emplace_back(head.const_data_ptr<float>() + row * head.size(1), classes);
  }
  const auto score = model::detection_score(heads, answers);
  return figures == DevFigures::Reference ? static_cast<float>(score.probability) : score.llr;
}

void add_batch(const DevBatch& batch, const model::Output& answer,
               const std::vector<model::Head>& heads, DevFigures figures, WeightedLoss& loss,
               Sums& sums) {
  const auto& logits = answer.logits;
  for (std::size_t i = 0; i < batch.entries.size(); ++i) {
    const auto entry = static_cast<std::int64_t>(batch.entries[i]);
    sums.scores[entry] = bonafide_score(logits, heads, static_cast<std::int64_t>(i), figures);
    sums.scored[entry] = 1.0;
  }
  for (std::size_t k = 0; k < logits.size(); ++k) {
    const auto column = static_cast<std::int64_t>(k);
    const torch::Tensor targets = batch.targets.select(1, column);
    const auto labelled = targets.ge(0);
    const auto classes = logits[k].size(1);
    const auto cells = (targets * classes + logits[k].argmax(1)).masked_select(labelled);
    sums.confusion[k] += torch::bincount(cells, {}, classes * classes).view({classes, classes});
  }
  sums.weights += loss->weight_sums(batch.targets);
  const auto ones = torch::ones_like(sums.weights);  // leaves the sums unnormalised
  sums.losses += loss->forward(answer, batch.targets, ones).by_term.to(torch::kFloat64);
}

double equal_error_rate(const Sums& sums, std::span<const protocol::Label> labels,
                        DevFigures figures) {
  std::vector<double> bonafide;
  std::vector<double> spoof;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto entry = static_cast<std::int64_t>(i);
    if (sums.scored[entry].item<double>() == 0) continue;
    (labels[i] == protocol::Label::BonaFide ? bonafide : spoof)
        .push_back(sums.scores[entry].item<double>());
  }
  if (bonafide.empty() || spoof.empty()) return std::numeric_limits<double>::quiet_NaN();
  return metrics::eer(metrics::detection_curve(bonafide, spoof), figures == DevFigures::Reference
                                                                     ? metrics::EerRule::Reference
                                                                     : metrics::EerRule::TieCorrect)
      .eer;
}

/// Terms without labelled examples count as 0, as in training.
void add_loss(const Sums& sums, const WeightedLoss& loss, DevResult& result) {
  const auto term_weights = loss->term_weights().detach().to(torch::kCPU, torch::kFloat64);
  result.loss = loss->penalty().item<double>();
  for (std::int64_t k = 0; k < sums.losses.size(0); ++k) {
    const double weights = sums.weights[k].item<double>();
    const double term = sums.losses[k].item<double>() / weights;
    result.loss_by_term.push_back(weights > 0 ? term : std::numeric_limits<double>::quiet_NaN());
    if (weights > 0) result.loss += term_weights[k].item<double>() * term;
  }
}

metrics::ConfusionMatrix confusion_of(const torch::Tensor& counts) {
  metrics::ConfusionMatrix confusion(static_cast<std::size_t>(counts.size(0)));
  std::ranges::copy(std::span(counts.const_data_ptr<std::int64_t>(), confusion.cells().size()),
                    confusion.cells().begin());
  return confusion;
}

DevResult result_of(const Sums& sums, std::span<const protocol::Label> labels,
                    const WeightedLoss& loss, const std::vector<model::Head>& heads,
                    DevFigures figures) {
  DevResult result;
  result.eer = equal_error_rate(sums, labels, figures);
  add_loss(sums, loss, result);
  int tasks = 0;
  for (std::size_t k = 0; k < heads.size(); ++k) {
    const auto confusion = confusion_of(sums.confusion[k]);
    if (confusion.total() == 0) {
      result.accuracy_by_task.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    const auto found = metrics::classification(confusion);
    result.accuracy_by_task.push_back(found.accuracy);
    const bool traces = heads[k].task != "BIN";
    if (traces || figures == DevFigures::Ours || heads.size() == 1) {
      ++tasks;
      result.accuracy += found.accuracy;
      result.f1 += found.f1_weighted;
    }
  }
  result.accuracy /= std::max(tasks, 1);
  result.f1 /= std::max(tasks, 1);
  return result;
}

/// This rank's part.
Sums score_part(model::Network& network, WeightedLoss& loss, const DevSet& dev,
                const DevOptions& options, const comm::Communicator& comm) {
  Sums sums(dev.set.size(), network.heads(), loss->terms().size());
  for (const auto& entries : batches_of(dev.set.size(), options.batch_size, comm)) {
    const DevBatch batch =
        read_batch(entries, network.input_samples(), dev.set, dev.reader, options);
    if (batch.entries.empty()) continue;
    const auto answer = answer_of(network, batch, dev.set, options);
    add_batch(batch, answer, network.heads(), options.figures, loss, sums);
  }
  return sums;
}

}  // namespace

double selected(const DevResult& result, SelectionMetric metric) {
  switch (metric) {
    case SelectionMetric::Eer:
      return result.eer;
    case SelectionMetric::Accuracy:
      return result.accuracy;
    case SelectionMetric::F1:
      return result.f1;
    case SelectionMetric::Loss:
      return result.loss;
  }
  invariant_failed("metric", "unknown selection metric");
}

bool is_better(SelectionMetric metric, double value, double other) {
  const bool more = metric == SelectionMetric::Accuracy || metric == SelectionMetric::F1;
  return more ? value > other : value < other;
}

DevResults score_dev(model::Network& network, WeightedLoss& loss, std::span<const DevSet> sets,
                     const DevOptions& options, comm::Communicator& comm) {
  const torch::NoGradGuard no_grad;
  const bool was_training = network.is_training();
  std::vector<Sums> parts;
  comm::together(comm, [&] {
    for (const DevSet& dev : sets) parts.push_back(score_part(network, loss, dev, options, comm));
  });
  for (Sums& part : parts) part.add_over_ranks(comm);
  network.train(was_training);

  const auto& heads = network.heads();
  DevResults results;
  Sums all = parts.front();
  std::vector<protocol::Label> labels = sets.front().set.labels;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const auto& of_set = sets[i].set.labels;
    results.by_set.push_back(result_of(parts[i], of_set, loss, heads, options.figures));
    if (i == 0) continue;
    all.append(parts[i]);
    labels.insert(labels.end(), of_set.begin(), of_set.end());
  }
  results.joined = sets.size() == 1 ? results.by_set.front()
                                    : result_of(all, labels, loss, heads, options.figures);
  return results;
}

}  // namespace codectrace::train
