#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/network.h"
#include "protocol/taxonomy.h"
#include "shard/batch_reader.h"
#include "shard/corpus.h"
#include "train/config.h"
#include "train/labelled_set.h"
#include "train/placed_list.h"
#include "train/sampler.h"

namespace codectrace::train {

/// A corpus of the run and its utterances.
struct OpenCorpus {
  OpenCorpus(shard::Corpus opened, const shard::ReadOptions& options)
      : corpus(std::move(opened)), reader(corpus, options) {}

  shard::Corpus corpus;
  shard::UtteranceReader reader;
};

/// Lists of one corpus that are scored together.
struct ScoredSet {
  std::size_t corpus = 0;  ///< in Material::corpora
  LabelledSet set;
};

/// What is trained on, opened and checked; every rank has all of it but the audio.
struct Material {
  /// @throws Error as Taxonomy::from_file, Corpus::open and dev_lists; BadData if a corpus isn't at
  ///         16 kHz; corpora of dev and watched lists are named with the list's key
  explicit Material(const Config& config);

  /// Fills the members below `corpora`. @throws Error as read_labelled_set; Usage if the training
  /// lists don't fill a batch, dev lacks what selection needs, or lists of one corpus are given two
  /// layouts
  void read_lists(const Config& config, const std::vector<model::Head>& heads);

  protocol::Taxonomy taxonomy;
  std::deque<OpenCorpus> corpora;  ///< data.corpus, then those of dev and watched lists alone
  std::vector<std::string> corpus_names;  ///< by corpus: its folder's, as far as that is distinct
  LabelledSet train;
  std::vector<ScoredSet> dev;  ///< dev lists, joined where they are of one corpus
  /// data.watched_lists, by name: the list's, "dev.txt of cosg" in another corpus than data.corpus.
  std::map<std::string, ScoredSet> watched;
  LabelledSet test;  ///< empty but with compat.reference
  Sampling sampling;
  /// What decides the run was read from, by content: "list train.txt" → checksum.
  std::map<std::string, std::string> inputs;
  /// Likewise what is only watched: ranks have to agree on it, a run that goes on may have others.
  std::map<std::string, std::string> watched_inputs;

  /// data.corpus
  [[nodiscard]] const OpenCorpus& training() const { return corpora.front(); }
  [[nodiscard]] std::size_t dev_size() const;

 private:
  std::size_t open(const std::string& folder);
  [[nodiscard]] std::size_t place_of(const PlacedList& list) const;
  void read_dev(const Config& config, const std::vector<model::Head>& heads);
  void read_watched(const Config& config, const std::vector<model::Head>& heads);
  void note(const PlacedList& list, const DataConfig& data,
            std::map<std::string, std::string>& into) const;

  shard::ReadOptions reading_;
  std::map<std::string, std::size_t> places_;  // folder as it is told → corpus
};

}  // namespace codectrace::train
