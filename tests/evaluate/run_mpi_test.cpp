#include "evaluate/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "comm/self.h"
#include "core/atomic_file.h"
#include "core/random.h"
#include "core/stop_signal.h"
#include "evaluate/results.h"
#include "evaluate/results_folder.h"
#include "evaluate/token_order.h"
#include "metrics/eer.h"
#include "model/factory.h"
#include "model/fit_to_length.h"
#include "model/saved_model.h"
#include "model/scorer.h"
#include "protocol/taxonomy.h"
#include "shard/batch_reader.h"
#include "shard/corpus.h"
#include "shard/corpus_file.h"
#include "shard/writer.h"
#include "tests/evaluate/scored_list.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_communicator.h"
#include "tests/support/tiny_sast_net.h"

namespace codectrace::evaluate {
namespace {

namespace fs = std::filesystem;
using test::test_communicator;

constexpr int kSentences = 9;  // each once as bona fide and once of each codec

model::ModelConfig small_model() {
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

void write_checkpoint(const fs::path& folder, const model::ModelConfig& config = small_model()) {
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
std::vector<std::int16_t> noise(const std::string& id, std::size_t loudness) {
  const CounterRandom random(1, id, 0, 0);
  std::vector<std::int16_t> samples(1500 + random.below(1500, 0));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] =
        static_cast<std::int16_t>(400.0 * static_cast<double>(loudness + 1) * random.normal(i + 1));
  }
  return samples;
}

/// A corpus in one shard, and its list in the order of sentences.
void write_corpus_and_list(const fs::path& corpus, const fs::path& list) {
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
    auto& comm = test_communicator();
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
  void TearDown() override { test_communicator().barrier(); }

  ExitCode run_here() { return run(config_, test_communicator()); }
  [[nodiscard]] std::string result(const std::string& name) const {
    return read_file(fs::path(config_.out) / name);
  }
  void stop_at_once() {
    set_stop_requested(true);
    EXPECT_EQ(run_here(), ExitCode::Interrupted);
    set_stop_requested(false);
    test_communicator().barrier();
  }
  /// Done by the root alone, then known to all.
  static void on_root(const std::function<void()>& action) {
    if (test_communicator().is_root()) action();
    test_communicator().barrier();
  }

  EvaluateConfig config_;
  fs::path root_;

 private:
  std::unique_ptr<test::TemporaryFolder> folder_;
};

TEST_F(EvaluateRun, MakesTheSameFilesAsOneRank) {
  EXPECT_EQ(run_here(), ExitCode::Done);

  on_root([&] {
    auto alone = config_;
    alone.out = (root_ / "alone").string();
    comm::SelfCommunicator self;
    EXPECT_EQ(run(alone, self), ExitCode::Done);
    for (const auto* name : {"scores.tsv", "results.csv", "bin_score.txt", "vq_score.txt"}) {
      EXPECT_EQ(result(name), read_file(fs::path(alone.out) / name)) << name;
    }
  });
}

TEST_F(EvaluateRun, WritesEveryFileAndLeavesNothingElse) {
  ASSERT_EQ(run_here(), ExitCode::Done);

  for (const auto* name :
       {"scores.tsv", "results.json", "results.csv", "report.html", "config.toml", "taxonomy.toml",
        "bin_score.txt", "vq_score.txt", "results.txt"}) {
    EXPECT_TRUE(fs::exists(fs::path(config_.out) / name)) << name;
  }
  EXPECT_FALSE(fs::exists(config_.out + ".partial"));
  EXPECT_EQ(std::ranges::count(result("scores.tsv"), '\n'), 1 + 4 * kSentences);
}

TEST_F(EvaluateRun, TakesAFolderNamedWithASlashAtItsEndAsTheSame) {
  config_.out += "/";
  ASSERT_EQ(run_here(), ExitCode::Done);

  EXPECT_TRUE(fs::exists(root_ / "results" / "results.json"));
  EXPECT_FALSE(fs::exists(root_ / "results" / ".partial"));
  EXPECT_FALSE(fs::exists(root_ / "results.partial"));
}

TEST_F(EvaluateRun, StoppedAndRunAgainEqualsUndisturbed) {
  stop_at_once();
  EXPECT_FALSE(fs::exists(config_.out));
  test_communicator().barrier();

  EXPECT_EQ(run_here(), ExitCode::Done);

  EXPECT_EQ(std::ranges::count(result("scores.tsv"), '\n'), 1 + 4 * kSentences);
}

/// Evaluations of overlapping lists in one pass.
class EvaluateLists : public EvaluateRun {
 protected:
  void SetUp() override {
    EvaluateRun::SetUp();
    on_root([&] {  // what both others have is in the first
      std::istringstream whole(read_file(root_ / "list.txt"));
      std::ofstream part(root_ / "part.txt");
      std::ofstream rest(root_ / "rest.txt");
      int number = 0;
      for (std::string line; std::getline(whole, line); ++number) {
        if (number < 20) part << line << "\n";
        if (number % 3 != 0) rest << line << "\n";
      }
    });
    for (const auto* name : {"list", "rest", "part"}) {
      auto& list = lists_.emplace_back(config_);
      list.protocol = (root_ / (std::string(name) + ".txt")).string();
      list.out = (root_ / name).string();
      list.dataset = name == std::string("rest") ? protocol::Layout::List : protocol::Layout::Cors;
    }
  }
  ExitCode run_together() { return run_lists(lists_, root_ / "scores", test_communicator()); }
  [[nodiscard]] std::string all_files(const fs::path& folder) const {
    std::string text;
    for (const auto* name : {"scores.tsv", "results.json", "results.csv", "report.html",
                             "config.toml", "bin_score.txt", "results.txt"}) {
      text += std::string(name) + "\n" + read_file(folder / name);
    }
    return text;
  }

  std::vector<EvaluateConfig> lists_;
};

/// Texts that differ in the last digits of numbers alone are one.
void expect_near_texts(const std::string& found, const std::string& expected) {
  std::istringstream one(found);
  std::istringstream other(expected);
  std::string a;
  std::string b;
  while (one >> a && other >> b) {
    if (a == b) continue;
    EXPECT_NEAR(std::stod(a), std::stod(b), 1e-4) << a << " " << b;
  }
  EXPECT_EQ(std::ranges::count(found, '\n'), std::ranges::count(expected, '\n'));
}

TEST_F(EvaluateLists, GiveTheResultsOfSeparateEvaluationsTheFirstToTheByte) {
  ASSERT_EQ(run_together(), ExitCode::Done);
  EXPECT_FALSE(fs::exists(root_ / "scores"));

  for (const auto& list : lists_) {
    on_root([&] { fs::rename(list.out, list.out + ".together"); });
    ASSERT_EQ(run(list, test_communicator()), ExitCode::Done);
    on_root([&] {
      const fs::path together = list.out + ".together";
      expect_near_texts(read_file(together / "scores.tsv"), read_file(list.out + "/scores.tsv"));
      if (list.out == lists_.front().out) {
        EXPECT_EQ(all_files(together), all_files(list.out));
      }
    });
  }
}

TEST_F(EvaluateLists, MakeTheResultsThatLackFromScoresThatAreKept) {
  set_stop_requested(true);
  EXPECT_EQ(run_together(), ExitCode::Interrupted);
  set_stop_requested(false);
  EXPECT_TRUE(fs::exists(root_ / "scores" / "inputs.json"));
  test_communicator().barrier();
  ASSERT_EQ(run(lists_[1], test_communicator()), ExitCode::Done);  // meanwhile, by itself
  const auto written = fs::last_write_time(fs::path(lists_[1].out) / "results.json");

  EXPECT_EQ(run_together(), ExitCode::Done);

  EXPECT_EQ(fs::last_write_time(fs::path(lists_[1].out) / "results.json"), written);
  EXPECT_TRUE(fs::exists(fs::path(lists_[2].out) / "results.json"));
  EXPECT_FALSE(fs::exists(root_ / "scores"));
}

TEST_F(EvaluateRun, TakesScoresThatAreKeptFromAnotherList) {
  stop_at_once();
  on_root([&] { std::ofstream(config_.protocol, std::ios::app) << "\n"; });

  EXPECT_EQ(run_here(), ExitCode::Done);
}

TEST_F(EvaluateRun, StoppedSaysHowToGoOn) {
  testing::internal::CaptureStderr();
  stop_at_once();

  const auto said = testing::internal::GetCapturedStderr();
  if (test_communicator().is_root()) {
    EXPECT_THAT(said, testing::HasSubstr("the same command goes on"));
  }
}

TEST_F(EvaluateRun, KeepsScoresThoughFiguresAreToBeMadeInAnotherWay) {
  stop_at_once();
  config_.metrics.bootstrap_replicates = 30;
  config_.report.worst_utterances = 3;

  EXPECT_EQ(run_here(), ExitCode::Done);
}

TEST_F(EvaluateRun, RefusesKeptScoresOfOtherSettings) {
  stop_at_once();
  config_.batch_size = 6;

  test::expect_error(
      ErrorKind::Usage, [&] { (void)run_here(); }, "results.partial", "batch_size is 6, was 5");
}

TEST_F(EvaluateRun, RecognisesFinishedResultsOfTheSameInputs) {
  ASSERT_EQ(run_here(), ExitCode::Done);
  const auto written = fs::last_write_time(fs::path(config_.out) / "results.json");
  test_communicator().barrier();

  EXPECT_EQ(run_here(), ExitCode::Done);

  EXPECT_EQ(fs::last_write_time(fs::path(config_.out) / "results.json"), written);
}

TEST_F(EvaluateRun, RefusesResultsOfOtherInputsAndSaysWhatDiffers) {
  ASSERT_EQ(run_here(), ExitCode::Done);
  on_root([&] { std::ofstream(config_.protocol, std::ios::app) << "\n\n"; });

  test::expect_error(
      ErrorKind::Usage, [&] { (void)run_here(); }, "results", "list crc32c");
}

TEST_F(EvaluateRun, RefusesOtherSettingsAndNamesThem) {
  ASSERT_EQ(run_here(), ExitCode::Done);
  config_.batch_size = 6;

  test::expect_error(
      ErrorKind::Usage, [&] { (void)run_here(); }, "settings (batch_size is 6, was 5)");
}

TEST_F(EvaluateRun, RefusesAFolderOfSomethingElse) {
  on_root([&] {
    fs::create_directories(config_.out);
    std::ofstream(fs::path(config_.out) / "thesis.tex") << "…";
  });

  test::expect_error(
      ErrorKind::Usage, [&] { (void)run_here(); }, "isn't a results directory");
}

TEST_F(EvaluateRun, TakesTheBestCheckpointOfARunDirectory) {
  on_root([&] {
    fs::create_directories(root_ / "run");
    fs::create_directory_symlink(root_ / "checkpoint", root_ / "run" / "best");
  });
  config_.checkpoint = (root_ / "run").string();

  EXPECT_EQ(run_here(), ExitCode::Done);
}

TEST_F(EvaluateRun, RefusesATaxonomyOfOtherClassesByTask) {
  on_root([&] {
    std::string text = test::kSmallTaxonomy;
    const std::string classes = R"("REAL", "MVQ", "SVQ", "SQ")";
    text.replace(text.find(classes), classes.size(), R"("REAL", "SVQ", "MVQ", "SQ")");
    std::ofstream(root_ / "other.toml") << text;
  });
  config_.taxonomy = (root_ / "other.toml").string();

  test::expect_error(
      ErrorKind::Usage, [&] { (void)run_here(); }, "task VQ", "REAL, MVQ, SVQ, SQ",
      "REAL, SVQ, MVQ, SQ");
}

TEST_F(EvaluateRun, NamesUtterancesThatTheCorpusLacks) {
  on_root([&] { std::ofstream(config_.protocol, std::ios::app) << "p9 p9_001 - - bonafide\n"; });

  test::expect_error(
      ErrorKind::BadData, [&] { (void)run_here(); }, "p9_001");
}

TEST_F(EvaluateRun, ItsReportIsDrawnAnewFromItsFiles) {
  ASSERT_EQ(run_here(), ExitCode::Done);

  on_root([&] {
    const auto before = result("report.html");
    fs::remove(fs::path(config_.out) / "report.html");
    const auto path = render_report(config_.out, {config_.report.worst_utterances});
    EXPECT_EQ(read_file(path), before);
  });
}

TEST_F(EvaluateRun, AsTheReferenceTakesTheCodecFromAFixedPlaceInTheId) {
  ASSERT_EQ(run_here(), ExitCode::Done);
  auto reference = config_;
  reference.out = (root_ / "reference").string();
  reference.compat.reference = true;

  ASSERT_EQ(run(reference, test_communicator()), ExitCode::Done);

  on_root([&] {  // of p1_003_one_a the reference takes "e_a"
    const auto ours = read_results(fs::path(config_.out) / "results.json");
    const auto theirs = read_results(fs::path(reference.out) / "results.json");
    EXPECT_EQ(ours.at("counts").at("unknown_origins"), 0);
    EXPECT_EQ(theirs.at("counts").at("unknown_origins"), 3 * kSentences);
    EXPECT_EQ(pooled(ours).at("tasks").at("VQ").at("n"), 3 * kSentences);
    EXPECT_EQ(pooled(theirs).at("tasks").at("VQ").at("n"), kSentences);  // bona fide only
    EXPECT_EQ(pooled(theirs).at("tasks").at("BIN").at("eer"),
              pooled(theirs).at("tasks").at("BIN").at("eer_reference"));
  });
}

/// The columns of a SAST Net's scores.tsv that its network alone decides.
std::string ids_and_logits(const std::string& scores) {
  std::string text;
  std::istringstream lines(scores);
  for (std::string line; std::getline(lines, line);) {
    auto logits = line.size();
    for (int column = 0; column < 4; ++column) logits = line.rfind('\t', logits - 1);
    text += line.substr(0, line.find('\t')) + line.substr(logits) + "\n";
  }
  return text;
}

/// Evaluations of a SAST Net with and without compat.reference.
class SastNetEvaluateRun : public EvaluateRun {
 protected:
  void SetUp() override {
    EvaluateRun::SetUp();
    use(model::SastNetTask::Vq);
  }
  void use(model::SastNetTask task) {
    const auto name = "sast-net-" + std::string(config::name_of(task));
    on_root([&] { write_checkpoint(root_ / name, test::tiny_sast_net(task)); });
    config_.checkpoint = (root_ / name).string();
  }
  /// The results directory of an evaluation as the reference does it.
  [[nodiscard]] fs::path by_reference() {
    auto reference = config_;
    reference.out = (root_ / "reference").string();
    reference.compat.reference = true;
    EXPECT_EQ(run(reference, test_communicator()), ExitCode::Done);
    return reference.out;
  }
  /// The network's logits of one utterance alone, its tokens in the order of its seed.
  [[nodiscard]] std::vector<float> shuffled_logits(const std::string& id) const {
    const auto corpus = shard::Corpus::open(config_.corpus);
    const shard::UtteranceReader reader(corpus, {});
    std::vector<float> samples;
    EXPECT_TRUE(reader.read(corpus.find(id).value(), samples));
    const auto saved = model::open_model(config_.checkpoint);
    model::Input input;
    input.waveform = torch::empty({1, saved.network->input_samples()});
    model::fit_to_length(samples, 0,
                         {input.waveform.data_ptr<float>(),
                          static_cast<std::size_t>(saved.network->input_samples())});
    input.drawing = model::Drawing::TokenOrder;
    input.seeds = {token_order_seed(id)};
    const auto logits = model::answer_of(*saved.network, input, model::Precision::Fp32).logits[0];
    return {logits.data_ptr<float>(), logits.data_ptr<float>() + logits.numel()};
  }
};

TEST_F(SastNetEvaluateRun, AsTheReferenceScoresShuffledTokensTooAndWritesThemInItsFiles) {
  ASSERT_EQ(run_here(), ExitCode::Done);
  const auto reference = by_reference();

  on_root([&] {
    std::istringstream lines(read_file(reference / "vq_scores.txt"));
    int utterances = 0;
    for (std::string line; std::getline(lines, line); ++utterances) {
      std::istringstream words(line);
      std::string id;
      words >> id;
      for (const float expected : shuffled_logits(id)) {
        float found = 0;
        words >> found;
        EXPECT_NEAR(found, expected, 1e-5) << id;  // a batch of another size rounds otherwise
      }
    }
    EXPECT_EQ(utterances, 4 * kSentences);
    EXPECT_EQ(ids_and_logits(result("scores.tsv")),  // own order
              ids_and_logits(read_file(reference / "scores.tsv")));
    EXPECT_NE(result("vq_scores.txt"), read_file(reference / "vq_scores.txt"));
    const auto ours = read_results(fs::path(config_.out) / "results.json");
    const auto theirs = read_results(reference / "results.json");
    EXPECT_FALSE(ours.contains(kShuffledTokens));
    const auto& shuffled = theirs.at(kShuffledTokens).at("tasks").at("VQ");
    EXPECT_THAT(read_file(reference / "VQ_task_CoRS_result.txt"),
                testing::HasSubstr(fmt::format(": {:.2f}% F1 score.",
                                               100 * shuffled.at("f1_weighted").get<double>())));
    EXPECT_THAT(read_file(reference / "report.html"), testing::HasSubstr("<h2 id=tokens>"));
  });
}

TEST_F(SastNetEvaluateRun, GivesTheSameFilesOnAnyNumberOfRanks) {
  const auto together = by_reference();

  on_root([&] {
    auto alone = config_;
    alone.out = (root_ / "alone").string();
    alone.compat.reference = true;
    comm::SelfCommunicator self;
    EXPECT_EQ(run(alone, self), ExitCode::Done);
    for (const auto* name : {"scores.tsv", "results.csv", "vq_scores.txt"}) {
      EXPECT_EQ(read_file(together / name), read_file(fs::path(alone.out) / name)) << name;
    }
  });
}

TEST_F(SastNetEvaluateRun, GoesOnFromScoresOfBothOrders) {
  config_.compat.reference = true;
  stop_at_once();

  ASSERT_EQ(run_here(), ExitCode::Done);

  EXPECT_TRUE(read_results(fs::path(config_.out) / "results.json").contains(kShuffledTokens));
}

TEST_F(SastNetEvaluateRun, OfBinRanksByTheLogitOfBonaFideAsTheReferenceDoes) {
  use(model::SastNetTask::Bin);
  const auto reference = by_reference();

  on_root([&] {
    std::vector<double> bonafide;
    std::vector<double> spoof;
    std::istringstream lines(read_file(reference / "bin_scores.txt"));
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string id;
      double score = 0;
      words >> id >> score;
      (id.size() == 6 ? bonafide : spoof).push_back(score);  // p1_003, p1_003_one_a
    }
    const auto eer = metrics::eer_reference(metrics::detection_curve(bonafide, spoof)).eer;
    const auto results = read_results(reference / "results.json");
    EXPECT_EQ(results.at(kShuffledTokens).at("tasks").at("BIN").at("eer_reference"), eer);
    EXPECT_EQ(read_file(reference / "Bin_task_CoRS_result.txt"),
              fmt::format("SAST-Net on binary spoof detection task (CoRS dataset) : {:.2f}% EER.",
                          100 * eer));
  });
}

TEST_F(EvaluateRun, TheListBalancedByAuxGoesByTheNameOfTheOthersToo) {
  on_root([&] { fs::rename(root_ / "list.txt", root_ / "dev.txt"); });
  config_.protocol = (root_ / "dev_bal_aux.txt").string();

  EXPECT_EQ(run_here(), ExitCode::Done);
}

TEST_F(EvaluateRun, WithoutACheckpointSaysWhatToGive) {
  config_.checkpoint.clear();

  test::expect_error(
      ErrorKind::Usage, [&] { (void)run_here(); }, "--checkpoint");
}

}  // namespace
}  // namespace codectrace::evaluate
