#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "core/atomic_file.h"
#include "core/random.h"
#include "core/stop_signal.h"
#include "evaluate/run.h"
#include "model/factory.h"
#include "model/saved_model.h"
#include "protocol/taxonomy.h"
#include "shard/corpus_file.h"
#include "shard/writer.h"
#include "tests/evaluate/scored_list.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_communicator.h"

/// What tests of whole evaluations begin with.
namespace codectrace::evaluate {

namespace fs = std::filesystem;

inline constexpr int kSentences = 9;  // each once as bona fide and once of each codec

inline model::ModelConfig small_model() {
  model::ModelConfig config;
  config.type = model::W2v2AasistType::D_VQ;
  config.input_samples = 2000;
  config.encoder.conv_dims = {8, 8};
  config.encoder.conv_kernels = {10, 8};
  config.encoder.conv_strides = {5, 8};
  config.encoder.dim = 16;
  config.encoder.layers = 1;
  config.encoder.heads = 2;
  config.encoder.ffn_dim = 32;
  config.encoder.pos_conv_kernel = 8;
  config.encoder.pos_conv_groups = 2;
  config.encoder.pretraining_weights = false;
  config.backend.projection = 24;
  config.backend.channels = {4, 4, 8, 8, 8, 8};
  config.backend.graph_dim = 8;
  return config;
}

inline void write_checkpoint(const fs::path& folder,
                             const model::ModelConfig& config = small_model()) {
  const auto taxonomy = protocol::Taxonomy::from_text(test::kSmallTaxonomy, "small");
  std::vector<model::Head> heads;
  for (const auto& task : taxonomy.tasks())
    heads.push_back({task.name, taxonomy.output_classes(config::name_of(config.name), task.name)});
  torch::manual_seed(5);
  const auto network = model::make_network(config, heads);
  fs::create_directories(folder);
  model::save_model(folder, config, taxonomy.text(), *network);
}

/// Noise, louder from one codec to the next.
inline std::vector<std::int16_t> noise(const std::string& id, std::size_t loudness) {
  const CounterRandom random(1, id, 0, 0);
  std::vector<std::int16_t> samples(1500 + random.below(1500, 0));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] =
        static_cast<std::int16_t>(400.0 * static_cast<double>(loudness + 1) * random.normal(i + 1));
  }
  return samples;
}

/// A corpus in one shard, and its list in the order of sentences.
inline void write_corpus_and_list(const fs::path& corpus, const fs::path& list) {
  fs::create_directories(corpus);
  shard::ShardWriter writer(corpus / shard::shard_file_name(0),
                            {16000, shard::SampleFormat::Int16, "0123456789abcdef", "test"}, {});
  std::ofstream lines(list);
  const std::vector<std::string> codecs{"", "_one_a", "_one_b", "_two"};
  for (int sentence = 0; sentence < kSentences; ++sentence) {
    for (std::size_t c = 0; c < codecs.size(); ++c) {
      const auto id = fmt::format("p1_{:03}{}", sentence, codecs[c]);
      writer.add(id, std::span<const std::int16_t>(noise(id, c)), {});
      lines << "p1 " << id << " - - " << (c == 0 ? "bonafide" : "spoof") << "\n";
    }
  }
  shard::finish_corpus(corpus, std::vector{writer.commit()});
}

/// Checkpoint, corpus and list in a folder of the root's that all ranks know; its config has few
/// replicates and an odd batch size.
class EvaluateRun : public testing::Test {
 protected:
  void SetUp() override {
    auto& comm = test::test_communicator();
    if (comm.is_root()) {
      folder_ = std::make_unique<test::TemporaryFolder>();
      write_checkpoint(folder_->path() / "checkpoint");
      write_corpus_and_list(folder_->path() / "corpus", folder_->path() / "list.txt");
    }
    root_ = comm.gathered_texts(folder_ ? folder_->path().string() : "")[0];
    config_.checkpoint = (root_ / "checkpoint").string();
    config_.corpus = (root_ / "corpus").string();
    config_.protocol = (root_ / "list.txt").string();
    config_.out = (root_ / "results").string();
    config_.batch_size = 5;
    config_.device = model::DeviceChoice::Cpu;
    config_.metrics.bootstrap_replicates = 20;
  }
  void TearDown() override { test::test_communicator().barrier(); }

  ExitCode run_here() { return run(config_, test::test_communicator()); }
  [[nodiscard]] std::string result(const std::string& name) const {
    return read_file(fs::path(config_.out) / name);
  }
  void stop_at_once() {
    set_stop_requested(true);
    EXPECT_EQ(run_here(), ExitCode::Interrupted);
    set_stop_requested(false);
    test::test_communicator().barrier();
  }
  /// Done by the root alone, then known to all.
  static void on_root(const std::function<void()>& action) {
    if (test::test_communicator().is_root()) action();
    test::test_communicator().barrier();
  }

  EvaluateConfig config_;
  fs::path root_;

 private:
  std::unique_ptr<test::TemporaryFolder> folder_;
};

}  // namespace codectrace::evaluate
