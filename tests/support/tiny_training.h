#pragma once

#include <filesystem>

#include "tests/support/tiny_corpus.h"
#include "train/config.h"

namespace codectrace::test {

/// A training of a fraction of a second an epoch: the smallest W2V2-AASIST on a tiny corpus.
inline train::Config tiny_training(const TinyCorpus& corpus, const std::filesystem::path& out) {
  train::Config config;
  config.model.input_samples = 2400;
  config.model.encoder.conv_dims = {32, 16};
  config.model.encoder.conv_kernels = {64, 3};
  config.model.encoder.conv_strides = {32, 2};
  config.model.encoder.conv_norms = {"batch", "layer"};
  config.model.encoder.conv_starts = {"filterbank", "random"};
  config.model.encoder.energy = true;
  config.model.encoder.dim = 16;
  config.model.encoder.layers = 1;
  config.model.encoder.heads = 2;
  config.model.encoder.ffn_dim = 32;
  config.model.encoder.pos_conv_kernel = 8;
  config.model.encoder.pos_conv_groups = 2;
  config.model.encoder.pretraining_weights = false;
  config.model.backend.projection = 24;
  config.model.backend.channels = {4, 4};
  config.data.corpus = corpus.corpus.string();
  config.data.lists = corpus.lists.string();
  config.data.train_lists = {"train.txt"};
  config.data.dev_lists = {"dev.txt"};
  config.data.taxonomy = corpus.taxonomy.string();
  config.data.crop = train::Crop::Random;
  config.train.epochs = 2;
  config.train.batch_size = 6;
  config.train.threads = 1;
  config.train.device = model::DeviceChoice::Cpu;
  config.optimizer.lr = 1e-3;
  config.augment.rawboost = 0;
  config.log.every_steps = 2;
  config.out = out;
  return config;
}

}  // namespace codectrace::test
