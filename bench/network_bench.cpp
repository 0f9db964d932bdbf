// What a full-size network takes on this machine, beside the machine's own GEMM rate in the same
// process. bench/against_python.py runs it in turns with the same network in Python.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <functional>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/profiler_kineto.h>
#include <torch/torch.h>
#include <CLI/CLI.hpp>

#include "comm/self.h"
#include "core/error.h"
#include "core/heap.h"
#include "model/autocast.h"
#include "model/factory.h"
#include "model/saved_model.h"
#include "model/scorer.h"
#include "train/peak_memory.h"
#include "train/step.h"

namespace {

using namespace codectrace;

struct Options {
  std::string weights;
  model::Architecture model = model::Architecture::W2v2Aasist;
  bool cached = false;
  std::string mode = "infer";
  model::Precision precision = model::Precision::Fp32;
  torch::Device device = torch::kCPU;
  int batch = 1;
  int threads = 2;
  int repeats = 5;
  std::string trace;
};

bool by_cpu_time = false;

/// Of the clock on the wall, or of this process's threads together.
double now() {
  timespec time{};
  clock_gettime(by_cpu_time ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// A GPU's queued work too.
double seconds_of(torch::Device device, const std::function<void()>& work) {
  const double begun = now();
  work();
  if (device.is_cuda()) torch::cuda::synchronize();
  return now() - begun;
}

/// One more run, in the form that chrome://tracing and Perfetto read.
void trace(const Options& options, const std::function<void()>& work) {
  if (options.trace.empty()) return;
  namespace profiler = torch::profiler::impl;
  using torch::autograd::profiler::disableProfiler;
  const profiler::ProfilerConfig config(profiler::ProfilerState::KINETO);
  std::set<profiler::ActivityType> activities{profiler::ActivityType::CPU};
  if (options.device.is_cuda()) activities.insert(profiler::ActivityType::CUDA);
  torch::autograd::profiler::prepareProfiler(config, activities);
  torch::autograd::profiler::enableProfiler(config, activities);
  seconds_of(options.device, work);
  disableProfiler()->save(options.trace);
}

/// Shortest of several runs after one that warms up: what other programs take is left out.
double shortest(const Options& options, const std::function<void()>& work) {
  work();
  double best = std::numeric_limits<double>::max();
  for (int i = 0; i < options.repeats; ++i) best = std::min(best, seconds_of(options.device, work));
  return best;
}

/// FLOP/s of a product of two square matrices, large enough to fill the device: of float32 on a
/// CPU, in the precision that is asked for on a GPU.
double gemm_rate(const Options& options) {
  const bool gpu = options.device.is_cuda();
  const std::int64_t size = gpu ? 8192 : 2048;
  const auto type =
      gpu && options.precision == model::Precision::Bf16 ? torch::kBFloat16 : torch::kFloat32;
  const torch::NoGradGuard no_grad;
  model::set_gpu_products(options.precision);
  const auto in_place = torch::dtype(type).device(options.device);
  const auto a = torch::randn({size, size}, in_place);
  const auto b = torch::randn({size, size}, in_place);
  auto c = torch::empty({size, size}, in_place);
  const double flops = 2.0 * std::pow(static_cast<double>(size), 3);
  return flops / shortest(options, [&] { torch::mm_out(c, a, b); });
}

/// Of the process on a CPU, of the GPU's memory on a GPU.
double peak_mib(const Options& options) {
  return options.device.is_cuda() ? train::peak_gpu_memory_mib(torch::Device(torch::kCUDA, 0))
                                  : train::peak_memory_mib();
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
  auto network =
      options.weights.empty()
          ? model::make_network(config, heads())
          : model::open_weights(model::WeightFile(options.weights), config, heads(), "").network;
  network->to(options.device);
  return network;
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
    input.features = network.frozen_part()->compute(input.waveform.to(options.device)).cpu();
  }
  return input;
}

void infer(const Options& options) {
  const auto network = network_of(options);
  const auto input = input_of(options, *network);
  const double gemm_before = gemm_rate(options);
  const model::AutocastScope cast_once(options.precision, options.device.type());
  std::vector<torch::Tensor> logits;
  const auto answer = [&] { logits = model::answer_of(*network, input, options.precision).logits; };
  const double seconds = shortest(options, answer) / options.batch;
  trace(options, answer);
  const double gemm = std::max(gemm_before, gemm_rate(options));
  fmt::print("gemm_gflops {:.1f}\nseconds_per_utterance {:.6f}\n", gemm / 1e9, seconds);
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
  const bool on_gpu = options.device.is_cuda();
  train::WeightedLoss loss(
      tasks, reconstructs ? train::TaskWeighting::Uncertainty : train::TaskWeighting::Fixed,
      std::vector<double>{}, reconstructs ? std::optional(0.1) : std::nullopt);
  loss->to(options.device);
  train::OptimizerConfig optimizer_config;
  if (reconstructs) optimizer_config.kind = train::OptimizerKind::AdamW;
  train::Optimizer optimizer(train::trained_parameters(*network, loss), optimizer_config,
                             "ssl_model.");
  train::StepOptions step_options;
  step_options.precision = options.precision;
  step_options.device = options.device;
  train::TrainingStep step(*network, loss, optimizer, comm, step_options);
  const auto input = input_of(options, *network);
  train::Batch batch;
  batch.waveform = on_gpu ? input.waveform.pin_memory() : input.waveform;
  batch.features = input.features;
  batch.targets =
      torch::ones({options.batch, static_cast<std::int64_t>(tasks.size())}, torch::kInt64);
  for (int i = 0; i < options.batch; ++i) batch.mask_seeds.push_back(static_cast<std::uint64_t>(i));
  const auto nameless = [](std::uint64_t) { return std::string(); };

  train::StepReport best;
  double seconds = std::numeric_limits<double>::max();
  for (int i = 0; i <= options.repeats; ++i) {
    train::StepReport report;
    const auto take_step = [&] {
      report = step.run(static_cast<std::uint64_t>(i), 1.0, std::span(&batch, 1), nameless);
    };
    const double taken = seconds_of(options.device, take_step);
    if (i == options.repeats) trace(options, take_step);
    if (i == 0 || taken >= seconds) continue;  // the first one warms up
    seconds = taken;
    best = report;
  }
  fmt::print("seconds_per_step {:.5f}\nforward_s {:.5f}\nbackward_s {:.5f}\noptimizer_s {:.5f}\n",
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
  fmt::print("peak_mib {:.0f}\n", peak_mib(options));
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
  app.add_option("--precision", precision)->check(CLI::IsMember({"fp32", "tf32", "bf16"}));
  std::string device = "cpu";
  app.add_option("--device", device)->check(CLI::IsMember({"cpu", "cuda"}));
  app.add_option("--batch", options.batch, "utterances")->check(CLI::PositiveNumber);
  app.add_option("--threads", options.threads)->check(CLI::PositiveNumber);
  app.add_flag("--cpu-time", by_cpu_time,
               "CPU time in place of the clock's: for a busy machine, with "
               "OMP_WAIT_POLICY=passive or one thread");
  app.add_option("--repeats", options.repeats, "the shortest counts")->check(CLI::PositiveNumber);
  app.add_option("--trace", options.trace, "file for a trace of one run");
  CLI11_PARSE(app, argc, argv);
  if (model == "sast-net") options.model = model::Architecture::SastNet;
  options.device = torch::Device(device);
  for (const auto& [value, name] : enum_names(options.precision))
    if (name == precision) options.precision = value;
  try {
    run(options);
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return static_cast<int>(error.exit_code());
  }
  return 0;
}
