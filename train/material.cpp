#include "train/material.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "core/checksum.h"
#include "core/distinct_names.h"
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

std::string checksum_of(const std::string& list, const DataConfig& data) {
  return crc_text(crc32c_of_file(list_paths(data, {list}).front()));
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

void check_that_dev_can_select(const std::vector<ScoredSet>& dev, SelectionMetric metric) {
  const auto has = [&](protocol::Label label) {
    return std::ranges::any_of(dev, [&](const ScoredSet& part) {
      return std::ranges::find(part.set.labels, label) != part.set.labels.end();
    });
  };
  if (metric != SelectionMetric::Eer) return;
  if (has(protocol::Label::BonaFide) && has(protocol::Label::Spoof)) return;
  throw Error(ErrorKind::Usage,
              "selection.metric is eer, but the dev lists lack bona fide or spoof utterances");
}

/// Such a dev set says less than it seems to; every rank sees it, one tells.
void warn_of_shared_utterances(const LabelledSet& train, const std::vector<ScoredSet>& parts) {
  if (this_rank().rank != 0) return;
  const auto of_training = std::ranges::find(parts, std::size_t{0}, &ScoredSet::corpus);
  if (of_training == parts.end()) return;
  const auto& dev = of_training->set;
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
      reading_({.check_crc = config.data.check_crc,
                .on_bad_data = config.data.on_bad_audio == OnBadAudio::Fail
                                   ? shard::OnBadData::Fail
                                   : shard::OnBadData::Skip}) {
  open(config.data.corpus);
  for (const auto& lists : {dev_lists(config.data), watched_lists(config.data)}) {
    for (const auto& list : lists) {
      try {
        open(list.corpus);
      } catch (const Error& error) {
        throw error.within(fmt::format("the corpus of {}", list.key));
      }
    }
  }
  std::vector<std::string> folders;
  for (const auto& each : corpora) folders.push_back(each.corpus.folder().string());
  corpus_names = distinct_names(folders);
}

/// Folders of one content are one corpus, on every rank alike, whatever links or copies there are.
std::size_t Material::open(const std::string& folder) {
  if (const auto found = places_.find(folder); found != places_.end()) return found->second;
  auto corpus = open_corpus(folder);
  const auto same = std::ranges::find(corpora, corpus.checksum(),
                                      [](const auto& each) { return each.corpus.checksum(); });
  const auto place = static_cast<std::size_t>(same - corpora.begin());
  if (same == corpora.end()) corpora.emplace_back(std::move(corpus), reading_);
  return places_[folder] = place;
}

std::size_t Material::place_of(const PlacedList& list) const { return places_.at(list.corpus); }

std::size_t Material::dev_size() const {
  std::size_t size = 0;
  for (const auto& part : dev) size += part.set.size();
  return size;
}

/// A list's checksum, and that of its corpus if another one is named for it: by name and not by
/// content, since ranks that see other contents have to find that out.
void Material::note(const PlacedList& list, const DataConfig& data,
                    std::map<std::string, std::string>& into) const {
  into["list " + list.name] = checksum_of(list.name, data);
  if (list.corpus == data.corpus) return;
  into[fmt::format("the corpus of {}", list.key)] =
      crc_text(corpora[place_of(list)].corpus.checksum());
}

void Material::read_dev(const Config& config, const std::vector<model::Head>& heads) {
  std::map<std::size_t, std::vector<PlacedList>> lists_of;
  for (const auto& list : dev_lists(config.data)) {
    auto& lists = lists_of[place_of(list)];
    if (!lists.empty() && lists.front().layout != list.layout) {
      throw Error(ErrorKind::Usage,
                  fmt::format("data.dev_layouts: {} and {} have different layouts but lie in one "
                              "corpus, {}",
                              lists.front().name, list.name, list.corpus));
    }
    lists.push_back(list);
    note(list, config.data, inputs);
  }
  for (const auto& [place, lists] : lists_of) {
    std::vector<std::string> names;
    for (const auto& list : lists) names.push_back(list.name);
    dev.push_back({place, read_labelled_set(list_paths(config.data, names),
                                            config.list.options(lists.front().layout), taxonomy,
                                            heads, corpora[place].corpus)});
  }
}

void Material::read_watched(const Config& config, const std::vector<model::Head>& heads) {
  for (const auto& list : watched_lists(config.data)) {
    const auto place = place_of(list);
    const auto name =
        place == 0 ? list.name : fmt::format("{} of {}", list.name, corpus_names[place]);
    note(list, config.data, watched_inputs);
    watched[name] = {place, read_labelled_set(list_paths(config.data, {list.name}),
                                              config.list.options(list.layout), taxonomy, heads,
                                              corpora[place].corpus)};
  }
}

void Material::read_lists(const Config& config, const std::vector<model::Head>& heads) {
  inputs = {{"the corpus", crc_text(training().corpus.checksum())},
            {"the taxonomy", crc_text(crc32c(std::as_bytes(std::span(taxonomy.text()))))}};
  const auto& data = config.data;
  const auto read = [&](const std::vector<std::string>& names) {
    if (names.empty()) return LabelledSet{};
    for (const auto& name : names) inputs["list " + name] = checksum_of(name, data);
    return read_labelled_set(list_paths(data, names), config.list.options(data.layout), taxonomy,
                             heads, training().corpus);
  };
  train = read(data.train_lists);
  sampling = sampling_of(config, train, heads);
  read_dev(config, heads);
  if (!dev.empty()) check_that_dev_can_select(dev, config.selection.metric);
  warn_of_shared_utterances(train, dev);
  read_watched(config, heads);
  if (config.compat.reference) test = read(data.test_lists);
}

}  // namespace codectrace::train
