// What a full-size network takes on this machine, beside the machine's own GEMM rate in the same
// process. bench/against_python.py runs it in turns with the same network in Python.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/torch.h>
#include <CLI/CLI.hpp>

#include "comm/self.h"
#include "core/error.h"
#include "core/heap.h"
#include "model/factory.h"
#include "model/saved_model.h"
#include "model/scorer.h"
#include "train/step.h"

namespace {

using namespace codectrace;

struct Options {
  std::string weights;
  model::Architecture model = model::Architecture::W2v2Aasist;
  bool cached = false;
  std::string mode = "infer";
  model::Precision precision = model::Precision::Fp32;
  int batch = 1;
  int threads = 2;
  int repeats = 5;
};

bool by_cpu_time = false;

/// Of the clock on the wall, or of this process's threads together.
double now() {
  timespec time{};
  clock_gettime(by_cpu_time ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double seconds_of(const std::function<void()>& work) {
  const double begun = now();
  work();
  return now() - begun;
}

/// Shortest of several runs after one that warms up: what other programs take is left out.
double shortest(int repeats, const std::function<void()>& work) {
  work();
  double best = std::numeric_limits<double>::max();
  for (int i = 0; i < repeats; ++i) best = std::min(best, seconds_of(work));
  return best;
}

/// FLOP/s of a product of two 2048 x 2048 matrices of float32.
double gemm_rate(int repeats) {
  constexpr std::int64_t kSize = 2048;
  const torch::NoGradGuard no_grad;
  const auto a = torch::randn({kSize, kSize});
  const auto b = torch::randn({kSize, kSize});
  auto c = torch::empty({kSize, kSize});
  return 2.0 * kSize * kSize * kSize / shortest(repeats, [&] { torch::mm_out(c, a, b); });
}

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

std::vector<train::TaskLoss> losses() {
  return {{"BIN", {0.1, 0.9}},
          {"AUX", {0.1, 0.3, 0.3, 0.3}},
          {"DEC", {0.1, 0.45, 0.45}},
          {"VQ", {0.1, 0.3, 0.3, 0.3}}};
}

/// Of a taxonomy with as many classes as there are class weights.
std::vector<model::Head> heads() {
  std::vector<model::Head> heads;
  for (const auto& loss : losses()) {
    auto& head = heads.emplace_back(model::Head{loss.task, {}});
    for (std::size_t i = 0; i < loss.class_weights.size(); ++i)
      head.classes.push_back(std::to_string(i));
  }
  return heads;
}

std::shared_ptr<model::Network> network_of(const Options& options) {
  torch::manual_seed(1);
  model::ModelConfig config;
  config.name = options.model;
  config.apply_preset();
  config.whisper.decoder_weights = false;  // nothing computes with them
  if (options.weights.empty()) return model::make_network(config, heads());
  return model::open_weights(model::WeightFile(options.weights), config, heads(), "").network;
}

/// Two tones an utterance, the same in Python. [batch, samples]
torch::Tensor waveforms(std::int64_t batch, std::int64_t samples) {
  const auto time = torch::arange(samples, torch::kFloat64) / 16000.0;
  std::vector<torch::Tensor> waves;
  for (std::int64_t i = 0; i < batch; ++i) {
    const double hz = 200.0 + 50.0 * static_cast<double>(i);
    waves.push_back(0.3 * torch::sin(6.283185307179586 * hz * time) +
                    0.1 * torch::sin(6.283185307179586 * 7.3 * hz * time));
  }
  return torch::stack(waves).to(torch::kFloat32);
}

/// A batch, with the frozen part's features where they are to be at hand.
model::Input input_of(const Options& options, model::Network& network) {
  model::Input input;
  input.waveform = waveforms(options.batch, network.input_samples());
  if (options.cached) {
    const torch::InferenceMode inference;
    input.features = network.frozen_part()->compute(input.waveform);
  }
  return input;
}

void infer(const Options& options) {
  const auto network = network_of(options);
  const auto input = input_of(options, *network);
  const double gemm_before = gemm_rate(options.repeats);
  std::vector<torch::Tensor> logits;
  const double seconds =
      shortest(options.repeats,
               [&] { logits = model::answer_of(*network, input, options.precision).logits; }) /
      options.batch;
  const double gemm = std::max(gemm_before, gemm_rate(options.repeats));
  fmt::print("gemm_gflops {:.1f}\nseconds_per_utterance {:.4f}\n", gemm / 1e9, seconds);
  fmt::print("logits");
  const auto first = torch::cat(logits, 1)[0];
  for (std::int64_t i = 0; i < first.numel(); ++i) fmt::print(" {:.7f}", first[i].item<float>());
  fmt::print("\n");
}

/// Steps with the reference's optimiser; the shortest one, and where its time went.
void train(const Options& options) {
  const auto network = network_of(options);
  comm::SelfCommunicator comm;
  auto tasks = losses();
  std::erase_if(tasks, [&](const train::TaskLoss& loss) {
    return std::ranges::find(network->heads(), loss.task, &model::Head::task) ==
           network->heads().end();
  });
  const bool reconstructs = network->reconstructs();
  train::WeightedLoss loss(
      tasks, reconstructs ? train::TaskWeighting::Uncertainty : train::TaskWeighting::Fixed,
      std::vector<double>{}, reconstructs ? std::optional(0.1) : std::nullopt);
  train::OptimizerConfig optimizer_config;
  if (reconstructs) optimizer_config.kind = train::OptimizerKind::AdamW;
  train::Optimizer optimizer(train::trained_parameters(*network, loss), optimizer_config,
                             "ssl_model.");
  train::StepOptions step_options;
  step_options.precision = options.precision;
  train::TrainingStep step(*network, loss, optimizer, comm, step_options);
  const auto input = input_of(options, *network);
  train::Batch batch;
  batch.waveform = input.waveform;
  batch.features = input.features;
  batch.targets =
      torch::ones({options.batch, static_cast<std::int64_t>(tasks.size())}, torch::kInt64);
  for (int i = 0; i < options.batch; ++i) batch.mask_seeds.push_back(static_cast<std::uint64_t>(i));
  const auto nameless = [](std::uint64_t) { return std::string(); };

  train::StepReport best;
  double seconds = std::numeric_limits<double>::max();
  for (int i = 0; i <= options.repeats; ++i) {
    train::StepReport report;
    const double taken = seconds_of([&] {
      report = step.run(static_cast<std::uint64_t>(i), 1.0, std::span(&batch, 1), nameless);
    });
    if (i == 0 || taken >= seconds) continue;  // the first one warms up
    seconds = taken;
    best = report;
  }
  fmt::print("seconds_per_step {:.3f}\nforward_s {:.3f}\nbackward_s {:.3f}\noptimizer_s {:.3f}\n",
             seconds, best.times.forward_s, best.times.backward_s, best.times.optimizer_s);
}

void run(const Options& options) {
  keep_freed_memory();
  at::set_num_threads(options.threads);
  if (options.mode == "train") {
    train(options);
  } else {
    infer(options);
  }
  fmt::print("peak_mib {:.0f}\n", peak_mib());
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  std::string precision = "fp32";
  CLI::App app("A full-size network: seconds an utterance or a training step");
  std::string model = "w2v2-aasist";
  app.add_option("--model", model, "of type M1, or for the task VQ")
      ->check(CLI::IsMember({"w2v2-aasist", "sast-net"}));
  app.add_option("--weights", options.weights, "any weight file of that; none: random ones");
  app.add_flag("--cached", options.cached, "the frozen part's features are at hand");
  app.add_option("--mode", options.mode)->check(CLI::IsMember({"infer", "train"}));
  app.add_option("--precision", precision)->check(CLI::IsMember({"fp32", "bf16"}));
  app.add_option("--batch", options.batch, "utterances")->check(CLI::PositiveNumber);
  app.add_option("--threads", options.threads)->check(CLI::PositiveNumber);
  app.add_flag("--cpu-time", by_cpu_time,
               "CPU time in place of the clock's: for a busy machine, with "
               "OMP_WAIT_POLICY=passive or one thread");
  app.add_option("--repeats", options.repeats, "the shortest counts")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  if (model == "sast-net") options.model = model::Architecture::SastNet;
  options.precision = precision == "bf16" ? model::Precision::Bf16 : model::Precision::Fp32;
  try {
    run(options);
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return static_cast<int>(error.exit_code());
  }
  return 0;
}
