#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "core/atomic_file.h"
#include "model/audio_mae/vit_block.h"
#include "model/fusion/cross_modal_layer.h"
#include "model/sast_net/sast_net.h"
#include "model/weights/load.h"
#include "tests/support/difference_table.h"
#include "tests/support/full_size_network.h"

// The full-size SAST Net of each task against numbers that the published Python implementation gave
// on the same made weights and waveforms.
namespace codectrace {
namespace {

using Json = nlohmann::json;
using model::SastNetTask;
using model::TokenChoice;

const Json& expected() {
  static const Json numbers = test::parity_numbers("sast_net.json");
  return numbers;
}

test::DifferenceTable& table() {
  static test::DifferenceTable differences(
      "SAST Net: logits, absolute, and module outputs, of their largest");
  return differences;
}

/// The names of a task's tensors: in the file, "{n}" stands for 0 … n − 1, CLASSES for the task's.
std::set<std::string> published_keys(std::int64_t classes) {
  std::vector<std::string> open;
  std::istringstream lines(read_file(std::string(CT_TEST_DATA) + "/parity/sast_net_keys.txt"));
  for (std::string name, type, shape; lines >> name >> type >> shape;) {
    auto key = fmt::format("{} {}", name, shape == "-" ? "" : shape);
    const std::string word = "CLASSES";
    for (auto at = key.find(word); at != std::string::npos; at = key.find(word))
      key.replace(at, word.size(), std::to_string(classes));
    open.push_back(key);
  }
  std::set<std::string> keys;
  while (!open.empty()) {
    const auto key = open.back();
    open.pop_back();
    const auto begin = key.find('{');
    if (begin == std::string::npos) {
      keys.insert(key);
      continue;
    }
    const auto end = key.find('}');
    for (int i = 0; i < std::stoi(key.substr(begin + 1)); ++i)
      open.push_back(key.substr(0, begin) + std::to_string(i) + key.substr(end + 1));
  }
  return keys;
}

/// The network of a task on made weights, with what Whisper gives, which is the same for all tasks.
struct Subject {
  explicit Subject(SastNetTask task)
      : network(
            std::dynamic_pointer_cast<model::SastNet>(test::full_size_network(task, /*seed=*/1))) {
    network->eval();
  }

  template <class Module>
  Module& part(const std::string& name) const {
    return *network->named_modules()[name]->template as<Module>();
  }

  /// @param kept_as  type that Whisper's features went through
  torch::Tensor logits(const TokenChoice& choice,
                       torch::ScalarType kept_as = torch::kFloat32) const {
    static torch::Tensor pooled;
    model::Input input;
    input.waveform = test::sast_net_waveforms(3);
    if (!pooled.defined()) {
      pooled = part<model::WhisperEncoderImpl>("whisper.model.encoder").pooled(input.waveform);
    }
    input.features = pooled.to(kept_as).to(torch::kFloat32);
    return network->forward(input, choice).logits[0];
  }

  std::shared_ptr<model::SastNet> network;
};

TokenChoice order(const std::string& key) {
  std::vector<torch::Tensor> rows;
  for (const auto& row : expected()[key])
    rows.push_back(torch::tensor(row.get<std::vector<std::int64_t>>(), torch::kInt64));
  return {torch::stack(rows).to(test::parity_device())};
}

void compare_logits(const std::string& task, const std::string& order, const torch::Tensor& found) {
  // Nearer than this, rounding decides which of two pooled nodes comes first, and a logit jumps: by
  // 0.03 as the reference saw it.
  constexpr double kTie = 1e-5;
  constexpr double kJump = 0.05;
  const auto& rows = expected()["logits"][task][order];
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto wanted = torch::tensor(rows[i].get<std::vector<double>>(), torch::kFloat64);
    const auto difference =
        found[static_cast<std::int64_t>(i)].to(torch::kCPU, torch::kFloat64) - wanted;
    const bool tie = expected()["smallest_gap"][task][order][i].get<double>() < kTie;
    table().expect(fmt::format("{} {}, utterance {}{}", task, order, i, tie ? " (near tie)" : ""),
                   difference.abs().max().item<double>(), tie ? kJump : 1e-4);
  }
}

void compare_task(const Subject& subject, const std::vector<std::string>& tasks) {
  const std::map<std::string, TokenChoice> orders{
      {"ordered", {}},
      {"shuffled", order("orders")},
      {"reference_seed42", order("orders_reference_seed42")}};
  for (const auto& [name, choice] : orders) {
    const auto logits = subject.logits(choice);
    for (const auto& task : tasks) compare_logits(task, name, logits);
  }
}

/// As shards keep features.
void compare_features_in_float16(const Subject& subject) {
  const auto difference = subject.logits({}, torch::kFloat16) - subject.logits({});
  table().expect("VQ, Whisper's features through float16", difference.abs().max().item<double>(),
                 1e-3);
}

void compare_names(const Subject& subject, const std::string& task) {
  std::set<std::string> keys;
  for (const auto& [name, tensor] : model::state_of(*subject.network))
    keys.insert(fmt::format("{} {}", name, fmt::join(tensor.sizes(), ",")));
  const auto classes = subject.network->heads()[0].classes.size();
  EXPECT_EQ(keys, published_keys(static_cast<std::int64_t>(classes)));
  std::int64_t all = 0;
  std::int64_t trained = 0;
  for (const auto& parameter : subject.network->parameters()) {
    all += parameter.numel();
    if (parameter.requires_grad()) trained += parameter.numel();
  }
  const auto& counts = expected()["parameters_by_task"][task];
  EXPECT_EQ(all, counts[0].get<std::int64_t>());
  EXPECT_EQ(trained, counts[1].get<std::int64_t>());
}

/// Elements first and last, mean, deviation and largest value, relative to the largest.
void compare(const std::string& name, const torch::Tensor& output) {
  const auto& wanted = expected()["intermediate"]["VQ"][name];
  ASSERT_EQ(output.sizes().vec(), wanted["shape"].get<std::vector<std::int64_t>>()) << name;
  const auto flat = output.contiguous().flatten().to(torch::kCPU, torch::kFloat64);
  const auto difference = [](const torch::Tensor& found, const Json& numbers) {
    const auto list = numbers.is_array() ? numbers.get<std::vector<double>>()
                                         : std::vector<double>{numbers.get<double>()};
    return (found - torch::tensor(list, torch::kFloat64)).abs().max().item<double>();
  };
  const auto edge = [&](std::int64_t from, const std::string& key) {
    const auto count = static_cast<std::int64_t>(wanted[key].size());
    return difference(flat.narrow(0, from < 0 ? flat.numel() - count : from, count), wanted[key]);
  };
  const double largest = std::max({difference(flat.mean(), wanted["mean"]),
                                   difference(flat.std(/*unbiased=*/false), wanted["std"]),
                                   difference(flat.abs().max(), wanted["abs_max"]),
                                   edge(0, "first8"), edge(-1, "last4")});
  table().expect(name, largest / wanted["abs_max"].get<double>(), 1e-4);
}

/// @return  its tokens, [B, 129, 768]
torch::Tensor compare_autoencoder(const Subject& subject, const torch::Tensor& image) {
  const std::string encoder = "MAE.encoder.";
  const auto weights = subject.network->named_parameters();
  auto x = subject.part<torch::nn::Conv2dImpl>(encoder + "patch_embed.proj")
               .forward(image.unsqueeze(1))
               .flatten(2)
               .transpose(1, 2);  // [B, 128, 768]
  compare("MAE.encoder.patch_embed", x);
  const auto cls = weights[encoder + "cls_token"].expand({x.size(0), -1, -1});
  x = torch::cat({cls, x}, 1) + weights[encoder + "pos_embed"];
  for (int i = 0; i < 12; ++i) {
    const auto name = fmt::format("{}blocks.{}", encoder, i);
    x = subject.part<model::VitBlockImpl>(name).forward(x);
    if (i == 0 || i == 11) compare(name, x);
  }
  const auto patches = torch::im2col(image.unsqueeze(1), {16, 16}, {1, 1}, {0, 0}, {16, 16});
  x = subject.part<model::AudioMaeEncoderImpl>("MAE.encoder").forward(patches.transpose(1, 2), {});
  compare("MAE.encoder", x);
  const std::string decoder = "MAE.all_decoders.0.";
  auto y = subject.part<torch::nn::LinearImpl>(decoder + "decoder_embed").forward(x);
  compare(decoder + "decoder_embed", y);
  y = y + weights[decoder + "decoder_pos_embed"];
  compare(decoder + "decoder_blocks.0",
          subject.part<model::VitBlockImpl>(decoder + "decoder_blocks.0").forward(y));
  std::vector<torch::Tensor> predictions;
  for (int d = 0; d < 4; ++d) {
    const auto name = fmt::format("MAE.all_decoders.{}", d);
    predictions.push_back(subject.part<model::AudioMaeDecoderImpl>(name).forward(x, {}));
    compare(name, predictions.back());
  }
  const auto interleaved = torch::stack(predictions, 2).flatten(1, 2);  // [B, 512, 256]
  const auto k = subject.part<torch::nn::LinearImpl>("MAE.proj_k").forward(interleaved);
  const auto v = subject.part<torch::nn::LinearImpl>("MAE.proj_v").forward(interleaved);
  compare("MAE.proj_k", k);
  compare("MAE.proj_v", v);
  compare("MAE.attn", subject.part<model::PackedAttentionImpl>("MAE.attn").forward(x, k, v));
  return subject.part<model::AudioMaeImpl>("MAE").forward(image, {}).tokens;
}

/// @return  [B, Tq, 768]
torch::Tensor compare_transformer(const Subject& subject, const std::string& name,
                                  const torch::Tensor& query, const torch::Tensor& other) {
  const auto embedded = [](const torch::Tensor& x) {
    return std::sqrt(768.0) * x + model::sequence_positions(x.size(1), x.size(2)).to(x.device());
  };
  const auto sequence_first = [](const torch::Tensor& x) { return x.transpose(0, 1); };
  const auto q = embedded(query);
  const auto k = embedded(other);
  const auto layer = name + ".layers.0";
  auto& norm = subject.part<torch::nn::LayerNormImpl>(layer + ".layer_norms.0");
  auto& attention = subject.part<model::PackedAttentionImpl>(layer + ".self_attn");
  compare(layer + ".self_attn",
          sequence_first(attention.forward(norm.forward(q), norm.forward(k), norm.forward(k))));
  compare(layer, sequence_first(subject.part<model::CrossModalLayerImpl>(layer).forward(q, k, k)));
  auto result = subject.part<model::CrossModalTransformerImpl>(name).forward(query, other);
  compare(name, sequence_first(result));
  return result;
}

/// @param x  [B, 129, 768]
void compare_back_end(const Subject& subject, torch::Tensor x) {
  x = subject.part<torch::nn::LinearImpl>("LL").forward(x);
  compare("LL", x);
  x = torch::max_pool2d(x.transpose(1, 2).unsqueeze(1), {3, 3});
  compare("max_pool", x);
  x = subject.part<model::BatchNormImpl>("first_bn").forward(x);
  compare("first_bn", x);
  x = torch::selu(x);
  for (int i = 0; i < 6; ++i) {
    const auto name = fmt::format("encoder.{}", i);
    x = subject.part<model::ResidualBlockImpl>(name + ".0").forward(x);
    compare(name, x);
  }
  x = subject.part<model::BatchNormImpl>("first_bn1").forward(x);
  compare("first_bn1", x);
  x = torch::selu(x);
  auto w = torch::selu(subject.part<torch::nn::Conv2dImpl>("attention.0").forward(x));
  w = subject.part<torch::nn::Conv2dImpl>("attention.3")
          .forward(subject.part<model::BatchNormImpl>("attention.2").forward(w));
  compare("attention", w);
  const auto weights = subject.network->named_parameters();
  const std::string branch = "multiclass_branch.";
  auto spectral = (x * torch::softmax(w, 3)).sum(3).transpose(1, 2) + weights[branch + "pos_S"];
  auto temporal = (x * torch::softmax(w, 2)).sum(2).transpose(1, 2);
  spectral = subject.part<model::GraphAttentionImpl>(branch + "GAT_layer_S").forward(spectral);
  temporal = subject.part<model::GraphAttentionImpl>(branch + "GAT_layer_T").forward(temporal);
  compare(branch + "GAT_layer_S", spectral);
  compare(branch + "GAT_layer_T", temporal);
  compare(branch + "pool_S",
          subject.part<model::GraphPoolImpl>(branch + "pool_S").forward(spectral));
  compare(branch + "pool_T",
          subject.part<model::GraphPoolImpl>(branch + "pool_T").forward(temporal));
}

void compare_intermediate_outputs(const Subject& subject) {
  const auto waveforms = test::sast_net_waveforms(3);
  auto x = subject.part<model::SslFrontendImpl>("SSL_model.model").forward(waveforms);
  compare("SSL_model", x);
  const auto image = subject.part<torch::nn::LinearImpl>("SSL_proj").forward(x);
  compare("SSL_proj", image);
  const auto audio = compare_autoencoder(subject, image);
  const auto text =
      subject.part<model::WhisperEncoderImpl>("whisper.model.encoder").pooled(waveforms);
  compare("whisper.pooled", text);
  const auto a = compare_transformer(subject, "at_transformer", audio, text);
  const auto t = compare_transformer(subject, "ta_transformer", text, audio);
  compare_back_end(subject, compare_transformer(subject, "at_ta_transformer", a, t));
}

class SastNetParity : public testing::Test {
 protected:
  static void SetUpTestSuite() { torch::set_num_threads(2); }

 private:
  torch::NoGradGuard no_grad_;
};

TEST_F(SastNetParity, GivesTheReferencesLogitsAndIntermediateOutputsOfVqAndAux) {
  const Subject subject(SastNetTask::Vq);

  compare_names(subject, "VQ");
  compare_intermediate_outputs(subject);
  compare_features_in_float16(subject);
  compare_task(subject, {"VQ", "AUX"});  // made weights depend on names, which are the same
}

TEST_F(SastNetParity, GivesTheReferencesLogitsOfDec) {
  const Subject subject(SastNetTask::Dec);

  compare_names(subject, "DEC");
  compare_task(subject, {"DEC"});
}

TEST_F(SastNetParity, GivesTheReferencesLogitsOfBin) {
  const Subject subject(SastNetTask::Bin);

  compare_names(subject, "Bin");
  compare_task(subject, {"Bin"});
}

TEST_F(SastNetParity, FindsSeedsThatDrawTheMasksOfTheRecordedTraining) {
  for (const auto& kept : expected()["mask"]["kept_tokens"]) {
    const auto tokens = kept.get<std::vector<std::int64_t>>();

    EXPECT_EQ(tokens.size(), 72U);
    EXPECT_NO_THROW(test::seed_of_masks(tokens));
  }
}

TEST_F(SastNetParity, ComputesTheSameInFloat32AsInFloat64OnOtherWeightsAndWaveforms) {
  constexpr std::uint64_t kSeed = 7;
  auto config = test::full_size(SastNetTask::Dec);
  config.whisper.decoder_weights = false;
  const auto network = test::made_network(config, kSeed);
  network->eval();
  const auto waveforms = test::sast_net_waveforms(1, kSeed);

  const auto single = network->logits(waveforms)[0];
  network->train();  // lets go of what evaluation laid out
  network->to(torch::kFloat64);
  network->eval();
  const auto wide = network->logits(waveforms.to(torch::kFloat64))[0];

  table().expect("seed 7, float32 beside float64",
                 (single.to(torch::kFloat64) - wide).abs().max().item<double>(), 1e-4);
}

}  // namespace
}  // namespace codectrace
