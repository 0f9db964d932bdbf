#include "train/material.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "core/checksum.h"
#include "core/error.h"
#include "core/log.h"
#include "core/rank.h"

namespace codectrace::train {
namespace {

shard::Corpus open_corpus(const std::string& folder) {
  shard::Corpus corpus = shard::Corpus::open(folder);
  constexpr std::uint32_t kSampleRate = 16000;
  if (corpus.sample_rate_hz() != kSampleRate) {
    throw Error(ErrorKind::BadData, fmt::format("{} is sampled at {} Hz, networks take {}", folder,
                                                corpus.sample_rate_hz(), kSampleRate));
  }
  return corpus;
}

/// The list's entries by the class of one task; those without one aren't trained on.
std::vector<std::vector<std::uint64_t>> by_class(const LabelledSet& set, const std::string& task,
                                                 const std::vector<model::Head>& heads) {
  const auto head = std::ranges::find(heads, task, &model::Head::task);
  if (head == heads.end()) {
    throw Error(
        ErrorKind::Usage,
        fmt::format("data.balance_classes_of is {}, which this model doesn't answer", task));
  }
  const auto column = static_cast<std::size_t>(head - heads.begin());
  std::vector<std::vector<std::uint64_t>> classes(head->classes.size());
  for (std::uint64_t entry = 0; entry < set.size(); ++entry) {
    const auto target = set.targets[entry][column];
    if (target >= 0) classes[static_cast<std::size_t>(target)].push_back(entry);
  }
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (!classes[i].empty()) continue;
    throw Error(ErrorKind::Usage,
                fmt::format("data.balance_classes_of is {}, but the training lists have no "
                            "utterance of its class {}",
                            task, head->classes[i]));
  }
  return classes;
}

Sampling sampling_of(const Config& config, const LabelledSet& train,
                     const std::vector<model::Head>& heads) {
  const std::size_t entries = train.size();
  Sampling sampling;
  sampling.entries = entries;
  if (const auto& task = config.data.balance_classes_of; !task.empty())
    sampling.classes = by_class(train, task, heads);
  sampling.batch_size = static_cast<std::uint64_t>(config.train.batch_size);
  sampling.micro_batches = static_cast<std::uint64_t>(config.train.micro_batches);
  sampling.seed = config.train.seed;
  sampling.last_batch = config.train.last_batch;
  if (steps_per_epoch(sampling) == 0) {
    throw Error(ErrorKind::Usage,
                fmt::format("train.batch_size is {}, but the training lists have only {} "
                            "utterances",
                            sampling.batch_size, entries));
  }
  return sampling;
}

void check_that_dev_can_select(const LabelledSet& dev, SelectionMetric metric) {
  const auto has = [&](protocol::Label label) {
    return std::ranges::find(dev.labels, label) != dev.labels.end();
  };
  if (metric != SelectionMetric::Eer) return;
  if (has(protocol::Label::BonaFide) && has(protocol::Label::Spoof)) return;
  throw Error(ErrorKind::Usage,
              "selection.metric is eer, but the dev lists lack bona fide or spoof utterances");
}

/// Such a dev set says less than it seems to; every rank sees it, one tells.
void warn_of_shared_utterances(const LabelledSet& train, const LabelledSet& dev) {
  if (this_rank().rank != 0) return;
  const std::unordered_set<std::uint64_t> trained_on(train.utterances.begin(),
                                                     train.utterances.end());
  const auto shared = std::ranges::count_if(
      dev.utterances, [&](std::uint64_t utterance) { return trained_on.contains(utterance); });
  if (shared == 0) return;
  log::warn(
      "{} of {} dev utterances are trained on too: the best checkpoint is chosen by what the "
      "model has seen; take them out of one of the lists",
      shared, dev.size());
}

}  // namespace

Material::Material(const Config& config)
    : taxonomy(protocol::Taxonomy::from_file(config.data.taxonomy)),
      corpus(open_corpus(config.data.corpus)),
      reader(corpus, {.check_crc = config.data.check_crc,
                      .on_bad_data = config.data.on_bad_audio == OnBadAudio::Fail
                                         ? shard::OnBadData::Fail
                                         : shard::OnBadData::Skip}) {}

void Material::read_lists(const Config& config, const std::vector<model::Head>& heads) {
  inputs = {{"the corpus", crc_text(corpus.checksum())},
            {"the taxonomy", crc_text(crc32c(std::as_bytes(std::span(taxonomy.text()))))}};
  const auto& data = config.data;
  const auto test_lists = config.compat.reference ? data.test_lists : std::vector<std::string>{};
  for (const auto* names : {&data.train_lists, &data.dev_lists, &test_lists}) {
    for (const auto& name : *names) {
      inputs["list " + name] = crc_text(crc32c_of_file(list_paths(data, {name}).front()));
    }
  }
  const auto options = config.list.options(data.layout);
  const auto read = [&](const std::vector<std::string>& names) {
    if (names.empty()) return LabelledSet{};
    return read_labelled_set(list_paths(data, names), options, taxonomy, heads, corpus);
  };
  train = read(data.train_lists);
  sampling = sampling_of(config, train, heads);
  dev = read(data.dev_lists);
  if (dev.size() > 0) check_that_dev_can_select(dev, config.selection.metric);
  warn_of_shared_utterances(train, dev);
  for (const auto& name : data.watched_lists) watched[name] = read({name});
  test = read(test_lists);
}

}  // namespace codectrace::train
