#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/network.h"
#include "protocol/taxonomy.h"
#include "shard/batch_reader.h"
#include "shard/corpus.h"
#include "train/config.h"
#include "train/labelled_set.h"
#include "train/sampler.h"

namespace codectrace::train {

/// What is trained on, opened and checked; every rank has all of it but the audio.
struct Material {
  /// @throws Error as Taxonomy::from_file and Corpus::open; BadData if the corpus isn't at 16 kHz
  explicit Material(const Config& config);

  /// Fills the members below `reader`. @throws Error as read_labelled_set; Usage if the training
  /// lists don't fill a batch, or dev lacks what selection needs
  void read_lists(const Config& config, const std::vector<model::Head>& heads);

  protocol::Taxonomy taxonomy;
  shard::Corpus corpus;
  shard::UtteranceReader reader;
  LabelledSet train;
  LabelledSet dev;                             ///< empty if there are no dev lists
  std::map<std::string, LabelledSet> watched;  ///< data.watched_lists, by name
  LabelledSet test;                            ///< empty but with compat.reference
  Sampling sampling;
  /// What all of this was read from, by content: "list train.txt" → checksum.
  std::map<std::string, std::string> inputs;
};

}  // namespace codectrace::train
