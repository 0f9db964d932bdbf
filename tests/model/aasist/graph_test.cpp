#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "model/aasist/graph_attention.h"
#include "model/aasist/graph_pooling.h"

// Graph layers in evaluation mode against their equations, written as loops over nodes.
namespace codectrace::model {
namespace {

using Weights = torch::OrderedDict<std::string, torch::Tensor>;

torch::Tensor linear(const Weights& w, const std::string& name, const torch::Tensor& x) {
  return torch::mv(w[name + ".weight"], x) + w[name + ".bias"];
}

std::vector<double> softmax(std::vector<double> logits) {
  const double largest = std::ranges::max(logits);
  for (auto& value : logits) value = std::exp(value - largest);
  const double sum = std::reduce(logits.begin(), logits.end());
  for (auto& value : logits) value /= sum;
  return logits;
}

/// Running statistics, affine part, SELU.
torch::Tensor finished(const Weights& w, const Weights& buffers, const torch::Tensor& y) {
  const auto normal = (y - buffers["bn.running_mean"]) /
                          torch::sqrt(buffers["bn.running_var"] + 1e-5) * w["bn.weight"] +
                      w["bn.bias"];
  constexpr double kAlpha = 1.6732632423543772;
  constexpr double kScale = 1.0507009873554805;
  return kScale * torch::where(normal > 0, normal, kAlpha * (torch::exp(normal) - 1));
}

template <class Module>
void randomise(Module& module) {
  const torch::NoGradGuard no_grad;
  module->to(torch::kFloat64);
  module->eval();
  for (const auto& parameter : module->parameters()) parameter.normal_(0.0, 0.5);
  auto buffers = module->named_buffers();
  if (auto* mean = buffers.find("bn.running_mean")) mean->normal_();
  if (auto* variance = buffers.find("bn.running_var")) variance->uniform_(0.5, 2.0);
}

/// Σ_j softmax_j(logit(i, j)) x_j for each i.
template <class Logit>
torch::Tensor attended(const torch::Tensor& x, double temperature, Logit logit) {
  std::vector<torch::Tensor> rows;
  for (std::int64_t i = 0; i < x.size(0); ++i) {
    std::vector<double> logits;
    for (std::int64_t j = 0; j < x.size(0); ++j) logits.push_back(logit(i, j) / temperature);
    const auto weights = softmax(logits);
    auto row = torch::zeros_like(x[0]);
    for (std::int64_t j = 0; j < x.size(0); ++j) row += weights[static_cast<std::size_t>(j)] * x[j];
    rows.push_back(row);
  }
  return torch::stack(rows);
}

double inner_product(const torch::Tensor& column, const torch::Tensor& x) {
  return torch::dot(column.squeeze(1), x).item<double>();
}

TEST(GraphAttention, IsItsEquation) {
  torch::manual_seed(1);
  const torch::NoGradGuard no_grad;
  constexpr double kTemperature = 2.0;
  GraphAttention layer(5, 4, kTemperature, 0.2);
  randomise(layer);
  const auto w = layer->named_parameters();
  const auto nodes = torch::randn({2, 6, 5}, torch::kFloat64);

  const auto out = layer(nodes);

  for (std::int64_t b = 0; b < nodes.size(0); ++b) {
    const auto x = nodes[b];
    const auto mixed = attended(x, kTemperature, [&](std::int64_t i, std::int64_t j) {
      return inner_product(w["att_weight"], torch::tanh(linear(w, "att_proj", x[i] * x[j])));
    });
    for (std::int64_t i = 0; i < x.size(0); ++i) {
      const auto y = linear(w, "proj_with_att", mixed[i]) + linear(w, "proj_without_att", x[i]);
      const auto expected = finished(w, layer->named_buffers(), y);
      EXPECT_LE((out[b][i] - expected).abs().max().item<double>(), 1e-12);
    }
  }
}

TEST(HeterogeneousGraphAttention, IsItsEquations) {
  torch::manual_seed(2);
  const torch::NoGradGuard no_grad;
  constexpr double kTemperature = 3.0;  // not the network's 100, where weights hardly matter
  constexpr std::int64_t kTemporal = 4;
  HeterogeneousGraphAttention layer(5, 3, kTemperature, 0.2);
  randomise(layer);
  const auto w = layer->named_parameters();
  const HeterogeneousNodes nodes{torch::randn({2, kTemporal, 5}, torch::kFloat64),
                                 torch::randn({2, 3, 5}, torch::kFloat64),
                                 torch::randn({2, 1, 5}, torch::kFloat64)};

  const auto out = layer(nodes);

  for (std::int64_t b = 0; b < 2; ++b) {
    std::vector<torch::Tensor> rows;
    for (std::int64_t i = 0; i < kTemporal; ++i) {
      rows.push_back(linear(w, "proj_type1", nodes.temporal[b][i]));
    }
    for (std::int64_t i = 0; i < 3; ++i) {
      rows.push_back(linear(w, "proj_type2", nodes.spectral[b][i]));
    }
    const auto x = torch::stack(rows);
    const auto mixed = attended(x, kTemperature, [&](std::int64_t i, std::int64_t j) {
      const bool both_temporal = i < kTemporal && j < kTemporal;
      const bool both_spectral = i >= kTemporal && j >= kTemporal;
      const auto* weight = both_temporal   ? "att_weight11"
                           : both_spectral ? "att_weight22"
                                           : "att_weight12";
      return inner_product(w[weight], torch::tanh(linear(w, "att_proj", x[i] * x[j])));
    });
    for (std::int64_t i = 0; i < x.size(0); ++i) {
      const auto y = linear(w, "proj_with_att", mixed[i]) + linear(w, "proj_without_att", x[i]);
      const auto expected = finished(w, layer->named_buffers(), y);
      const auto& mine = i < kTemporal ? out.temporal[b][i] : out.spectral[b][i - kTemporal];
      EXPECT_LE((mine - expected).abs().max().item<double>(), 1e-12);
    }

    const auto master = nodes.master[b][0];
    std::vector<double> logits;
    for (std::int64_t i = 0; i < x.size(0); ++i) {
      logits.push_back(
          inner_product(w["att_weightM"], torch::tanh(linear(w, "att_projM", x[i] * master))) /
          kTemperature);
    }
    const auto weights = softmax(logits);
    auto gathered = torch::zeros_like(x[0]);
    for (std::int64_t i = 0; i < x.size(0); ++i) {
      gathered += weights[static_cast<std::size_t>(i)] * x[i];
    }
    const auto expected =
        linear(w, "proj_with_attM", gathered) + linear(w, "proj_without_attM", master);
    EXPECT_LE((out.master[b][0] - expected).abs().max().item<double>(), 1e-12);
  }
}

TEST(GraphPool, KeepsTheBetterHalfInOrderScaledByItsScore) {
  torch::manual_seed(3);
  const torch::NoGradGuard no_grad;
  GraphPool pool(4, 0.3);
  randomise(pool);
  const auto w = pool->named_parameters();
  for (const std::int64_t count : {1, 2, 7, 8}) {
    const auto nodes = torch::randn({2, count, 4}, torch::kFloat64);

    const auto kept = pool(nodes);

    ASSERT_EQ(kept.size(1), std::max<std::int64_t>(count / 2, 1));
    for (std::int64_t b = 0; b < 2; ++b) {
      std::vector<std::pair<double, std::int64_t>> scored;
      for (std::int64_t i = 0; i < count; ++i) {
        scored.emplace_back(1 / (1 + std::exp(-linear(w, "proj", nodes[b][i]).item<double>())), i);
      }
      std::ranges::sort(scored, std::greater<>{});
      for (std::int64_t k = 0; k < kept.size(1); ++k) {
        const auto [score, index] = scored[static_cast<std::size_t>(k)];
        const auto expected = nodes[b][index] * score;
        EXPECT_LE((kept[b][k] - expected).abs().max().item<double>(), 1e-12);
      }
    }
  }
}

}  // namespace
}  // namespace codectrace::model
