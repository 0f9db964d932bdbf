#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>

#include "core/atomic_file.h"
#include "tests/support/difference_table.h"
#include "tests/support/made_tensors.h"
#include "train/augment/rawboost.h"

// RawBoost against the published Python implementation, given the random numbers that it drew.
namespace codectrace::train {
namespace {

using Json = nlohmann::json;

/// The draws that the reference made, in its order. Fails the test where another is asked for.
class RecordedDraws final : public RawboostDraws {
 public:
  explicit RecordedDraws(const Json& draws) : draws_(draws) {}

  double uniform(double low, double high) override {
    const Json& draw = next("uniform");
    const auto limits = draw.at("uniform").get<std::vector<double>>();
    EXPECT_EQ(limits, (std::vector<double>{low, high}));
    return draw.at("value").get<double>();
  }
  std::vector<std::size_t> positions(std::size_t size, std::size_t count) override {
    const Json& draw = next("permutation");
    EXPECT_EQ(draw.at("permutation").get<std::size_t>(), size);
    return list<std::size_t>(draw, count);
  }
  std::vector<double> uniforms(std::size_t count) override {
    return list<double>(next("rand"), count);
  }
  std::vector<double> normals(std::size_t count) override {
    return list<double>(next("normal"), count);
  }

  [[nodiscard]] bool used_up() const { return used_ == draws_.size(); }

 private:
  const Json& next(const std::string& kind) {
    const Json& draw = draws_.at(used_++);
    EXPECT_TRUE(draw.contains(kind)) << "draw " << used_ << " of the reference is not " << kind;
    return draw;
  }
  template <class T>
  static std::vector<T> list(const Json& draw, std::size_t count) {
    auto values = draw.at("value").get<std::vector<T>>();
    EXPECT_EQ(values.size(), count);
    return values;
  }

  const Json& draws_;
  std::size_t used_ = 0;
};

class RawboostParity : public testing::TestWithParam<int> {
 protected:
  static void SetUpTestSuite() {
    numbers_ = new Json(Json::parse(read_file(CT_TEST_DATA "/parity/rawboost.json")));
    table_ = new test::DifferenceTable("RawBoost, of the largest sample");
  }
  static void TearDownTestSuite() {
    delete table_;
    delete numbers_;
  }

  static const Json& expected() {
    return *std::ranges::find_if(numbers_->at("cases"), [](const Json& recorded) {
      return recorded.at("algorithm").get<int>() == GetParam();
    });
  }

  static inline test::DifferenceTable* table_ = nullptr;

 private:
  static inline Json* numbers_ = nullptr;
};

double largest_difference(std::span<const float> found, const Json& expected) {
  EXPECT_EQ(found.size(), expected.size());
  double largest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::abs(found[i] - expected.at(i).get<double>()));
  }
  return largest;
}

TEST_P(RawboostParity, GivesTheReferencesSamplesForItsDraws) {
  constexpr std::uint64_t kSeed = 5;
  constexpr std::size_t kSamples = 600;
  const auto made = test::made_waveform(kSeed, kSamples);
  const std::span<const float> waveform(made.data_ptr<float>(), kSamples);
  RecordedDraws draws(expected().at("draws"));

  const auto found = rawboost(waveform, GetParam(), draws);

  EXPECT_TRUE(draws.used_up());
  ASSERT_EQ(found.size(), kSamples);
  const std::span<const float> samples(found);
  const double peak = std::abs(
      *std::ranges::max_element(samples, {}, [](float sample) { return std::abs(sample); }));
  const double sum = std::accumulate(found.begin(), found.end(), 0.0);
  const double energy = std::inner_product(found.begin(), found.end(), found.begin(), 0.0);
  const double l2 = expected().at("l2").get<double>();
  const double largest = std::max({
      largest_difference(samples.first(16), expected().at("first16")),
      largest_difference(samples.subspan(kSamples / 2, 16), expected().at("middle16")),
      largest_difference(samples.last(4), expected().at("last4")),
      std::abs(peak - expected().at("max_abs").get<double>()),
  });
  const std::string name = "algorithm " + std::to_string(GetParam());
  // Samples are float32; a wrong filter or order of draws changes them by percents.
  table_->expect(name + ": samples", largest / expected().at("max_abs").get<double>(), 1e-6);
  table_->expect(name + ": norm", std::abs(std::sqrt(energy) - l2) / l2, 1e-6);
  table_->expect(name + ": mean", std::abs(sum - expected().at("sum").get<double>()) / kSamples,
                 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Algorithms, RawboostParity, testing::Range(0, 9));

}  // namespace
}  // namespace codectrace::train
