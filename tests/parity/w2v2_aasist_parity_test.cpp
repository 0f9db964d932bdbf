#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "core/atomic_file.h"
#include "model/aasist/aasist_backend.h"
#include "model/aasist/graph_attention.h"
#include "model/aasist/graph_pooling.h"
#include "model/wav2vec2/conv_layer.h"
#include "model/wav2vec2/encoder_block.h"
#include "model/wav2vec2/ssl_frontend.h"
#include "model/weights/load.h"
#include "tests/support/difference_table.h"
#include "tests/support/full_size_network.h"

// The full-size network against numbers that the published Python implementation gave on the same
// made weights and waveforms.
namespace codectrace {
namespace {

using Json = nlohmann::json;

/// "name [shape]" of every tensor of M1: in the file, layers and branches stand once.
std::set<std::string> published_keys() {
  std::set<std::string> keys;
  std::istringstream lines(read_file(std::string(CT_TEST_DATA) + "/parity/w2v2_aasist_keys.txt"));
  const auto replaced = [](std::string text, const std::string& what, const std::string& by) {
    const auto at = text.find(what);
    return at == std::string::npos ? text : text.replace(at, what.size(), by);
  };
  const std::map<std::string, std::string> branches{{"binary_branch", "2"},
                                                    {"multiclass_branch_as", "4"},
                                                    {"multiclass_branch_ds", "3"},
                                                    {"multiclass_branch_qs", "4"}};
  for (std::string name, type, shape; lines >> name >> type >> shape;) {
    const auto key = fmt::format("{} {}", name, shape == "-" ? "" : shape);
    if (name.find(".*.") != std::string::npos) {
      for (int i = 0; i < 24; ++i) keys.insert(replaced(key, ".*.", fmt::format(".{}.", i)));
    } else if (name.starts_with("BRANCH")) {
      for (const auto& [branch, classes] : branches) {
        keys.insert(replaced(replaced(key, "BRANCH", branch), "CLASSES", classes));
      }
    } else {
      keys.insert(key);
    }
  }
  return keys;
}

std::set<std::string> keys_of(const model::Network& network) {
  std::set<std::string> keys;
  for (const auto& [name, tensor] : model::state_of(network)) {
    keys.insert(fmt::format("{} {}", name, fmt::join(tensor.sizes(), ",")));
  }
  return keys;
}

class W2v2AasistParity : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    torch::set_num_threads(2);
    expected_ = new Json(test::parity_numbers("w2v2_aasist.json"));
    network_ = new std::shared_ptr(test::full_size_network(model::W2v2AasistType::M1, /*seed=*/1));
    table_ = new test::DifferenceTable("Logits, absolute, and module outputs, of their largest");
  }
  static void TearDownTestSuite() {
    delete table_;
    delete network_;
    delete expected_;
  }

  static model::Network& network() { return **network_; }
  static const Json& expected() { return *expected_; }

  template <class Module>
  static Module& part(const std::string& name) {
    return *network().named_modules()[name]->template as<Module>();
  }

  static void expect(const std::string& what, double found, double allowed) {
    table_->expect(what, found, allowed);
  }

  /// Elements first and last, mean, deviation and largest value, relative to the largest.
  static void compare(const std::string& name, const torch::Tensor& output) {
    const auto& wanted = expected()["intermediate"][name];
    ASSERT_EQ(output.sizes().vec(), wanted["shape"].get<std::vector<std::int64_t>>()) << name;
    const auto flat = output.contiguous().flatten().to(torch::kCPU, torch::kFloat64);
    const auto difference = [](const torch::Tensor& found, const Json& numbers) {
      const auto list = numbers.is_array() ? numbers.get<std::vector<double>>()
                                           : std::vector<double>{numbers.get<double>()};
      return (found - torch::tensor(list, torch::kFloat64)).abs().max().item<double>();
    };
    const double largest =
        std::max({difference(flat.mean(), wanted["mean"]),
                  difference(flat.std(/*unbiased=*/false), wanted["std"]),
                  difference(flat.abs().max(), wanted["abs_max"]),
                  difference(flat.narrow(0, 0, 8), wanted["first8"]),
                  difference(flat.narrow(0, flat.numel() - 4, 4), wanted["last4"])});
    expect(name, largest / wanted["abs_max"].get<double>(), 1e-4);
  }

  static void compare_layers(torch::Tensor x);
  static void compare_binary_branch(const torch::Tensor& x, const torch::Tensor& w);

  /// The first values of the first frame alone: the reference's layers have a padded frame, whose
  /// values count in all other figures.
  static void compare_first_frame(const std::string& name, const torch::Tensor& output) {
    const auto& wanted = expected()["intermediate"][name];
    const auto first = torch::tensor(wanted["first8"].get<std::vector<double>>(), torch::kFloat64);
    const auto found =
        output[0][0].narrow(0, 0, 8).to(torch::kCPU, torch::kFloat64);  // of [B, F, D]
    const double largest = (found - first).abs().max().item<double>();
    expect(name + ", first frame", largest / wanted["abs_max"].get<double>(), 1e-4);
  }

 private:
  static inline std::shared_ptr<model::Network>* network_ = nullptr;
  static inline Json* expected_ = nullptr;
  static inline test::DifferenceTable* table_ = nullptr;
};

/// The positional convolution and the transformer's layers. @param x  [B, F, D], what they begin
/// with
void W2v2AasistParity::compare_layers(torch::Tensor x) {
  const std::string ssl = "ssl_model.model.";
  const auto weights = network().named_parameters();
  const auto& v = weights[ssl + "encoder.pos_conv.0.weight_v"];
  const auto weight = v * weights[ssl + "encoder.pos_conv.0.weight_g"] /
                      v.norm(2, torch::IntArrayRef({0, 1}), true);
  auto position = torch::conv1d(x.transpose(1, 2), weight, weights[ssl + "encoder.pos_conv.0.bias"],
                                1, 64, 1, 16);
  position = torch::gelu(position.narrow(2, 0, x.size(1)));
  compare("ssl.encoder.pos_conv", position);
  x = x + position.transpose(1, 2);
  for (int i = 0; i < 24; ++i) {
    x = part<model::EncoderBlockImpl>(fmt::format("{}encoder.layers.{}", ssl, i)).forward(x);
    const auto name = fmt::format("ssl.encoder.layers.{}", i);
    if (expected()["intermediate"].contains(name)) compare_first_frame(name, x);
  }
}

/// @param x, w  [B, C, frequency, time], features and attention
void W2v2AasistParity::compare_binary_branch(const torch::Tensor& x, const torch::Tensor& w) {
  const std::string branch = "binary_branch.";
  const auto compared = [&](const std::string& name, const torch::Tensor& output) {
    compare(branch + name, output);
    return output;
  };
  const auto attention = [&](const std::string& name, const torch::Tensor& nodes) {
    return compared(name, part<model::GraphAttentionImpl>(branch + name).forward(nodes));
  };
  const auto pool = [&](const std::string& name, const torch::Tensor& nodes) {
    return part<model::GraphPoolImpl>(branch + name).forward(nodes);
  };
  const auto weights = network().named_parameters();
  auto spectral = (x * torch::softmax(w, 3)).sum(3).transpose(1, 2) + weights[branch + "pos_S"];
  auto temporal = (x * torch::softmax(w, 2)).sum(2).transpose(1, 2);
  spectral = compared("pool_S", pool("pool_S", attention("GAT_layer_S", spectral)));
  temporal = compared("pool_T", pool("pool_T", attention("GAT_layer_T", temporal)));
  for (const std::string path : {"1", "2"}) {
    const auto layer = [&](const std::string& number, const model::HeterogeneousNodes& nodes) {
      const auto name = "HtrgGAT_layer_ST" + path + number;
      auto output = part<model::HeterogeneousGraphAttentionImpl>(branch + name).forward(nodes);
      compare(branch + name, output.temporal);
      return output;
    };
    const auto master = weights[branch + "master" + path].expand({x.size(0), -1, -1});
    const auto first = layer("1", {temporal, spectral, master});
    const model::HeterogeneousNodes pooled{pool("pool_hT" + path, first.temporal),
                                           pool("pool_hS" + path, first.spectral), first.master};
    if (path == "1") {
      compare(branch + "pool_hT1", pooled.temporal);
      compare(branch + "pool_hS1", pooled.spectral);
    }
    layer("2", pooled);
  }
}

TEST_F(W2v2AasistParity, MakesTheReferencesWaveforms) {
  for (const auto& wave : expected()["waves"]) {
    const auto made = test::made_waveform(wave["seed"], wave["samples"]);
    EXPECT_NEAR(made.sum(torch::kFloat64).item<double>(), wave["sum"].get<double>(), 1e-4);
    EXPECT_FLOAT_EQ(made[3].item<float>(), wave["first4"][3].get<float>());
  }
}

TEST_F(W2v2AasistParity, HasTheNamesAndShapesOfPublishedWeights) {
  const auto keys = keys_of(network());

  EXPECT_EQ(keys, published_keys());
  std::int64_t parameters = 0;
  for (const auto& parameter : network().parameters()) parameters += parameter.numel();
  EXPECT_EQ(parameters, 318'102'663);
}

TEST_F(W2v2AasistParity, GivesTheLogitsOfAllNineTypes) {
  const torch::NoGradGuard no_grad;
  network().eval();

  const auto logits = network().logits(test::parity_waveforms(3));

  // Made weights depend on their names alone, so a type's head is the same head in M1.
  const auto& heads = network().heads();
  for (const auto& [type, of_type] : expected()["logits"].items()) {
    double largest = 0;
    for (const auto& [task, rows] : of_type.items()) {
      const auto head = std::ranges::find(heads, task, &model::Head::task);
      const auto& found = logits[static_cast<std::size_t>(head - heads.begin())];  // [B, classes]
      for (std::size_t row = 0; row < rows.size(); ++row) {
        const auto wanted = torch::tensor(rows[row].get<std::vector<double>>(), torch::kFloat64);
        const auto difference =
            found[static_cast<std::int64_t>(row)].to(torch::kCPU, torch::kFloat64) - wanted;
        largest = std::max(largest, difference.abs().max().item<double>());
      }
    }
    expect(type + ": logits", largest, 1e-4);
  }
}

TEST_F(W2v2AasistParity, GivesTheReferencesIntermediateOutputs) {
  const torch::NoGradGuard no_grad;
  network().eval();
  const std::string ssl = "ssl_model.model.";

  auto x = test::parity_waveforms(3).unsqueeze(1);  // [B, 1, T]
  for (int i = 0; i < 7; ++i) {
    const auto name = fmt::format("{}feature_extractor.conv_layers.{}", ssl, i);
    x = part<model::ConvLayerImpl>(name).forward(x);
  }
  compare("ssl.feature_extractor", x);
  x = part<torch::nn::LayerNormImpl>(ssl + "layer_norm").forward(x.transpose(1, 2));
  compare("ssl.layer_norm", x);
  x = part<torch::nn::LinearImpl>(ssl + "post_extract_proj").forward(x);
  compare("ssl.post_extract_proj", x);
  compare_layers(x);
  x = part<model::SslFrontendImpl>("ssl_model.model").forward(test::parity_waveforms(3));
  compare("ssl", x);
  x = part<torch::nn::LinearImpl>("LL").forward(x);
  compare("LL", x);
  x = torch::max_pool2d(x.transpose(1, 2).unsqueeze(1), {3, 3});
  x = part<model::BatchNormImpl>("first_bn").forward(x);
  compare("first_bn", x);
  x = torch::selu(x);
  for (int i = 0; i < 6; ++i) {
    const auto name = fmt::format("encoder.{}", i);
    x = part<model::ResidualBlockImpl>(name + ".0").forward(x);
    compare(name, x);
  }
  x = part<model::BatchNormImpl>("first_bn1").forward(x);
  compare("first_bn1", x);
  x = torch::selu(x);
  auto w = torch::selu(part<torch::nn::Conv2dImpl>("attention.0").forward(x));
  w = part<torch::nn::Conv2dImpl>("attention.3")
          .forward(part<model::BatchNormImpl>("attention.2").forward(w));
  compare("attention", w);
  compare_binary_branch(x, w);
}

}  // namespace
}  // namespace codectrace
