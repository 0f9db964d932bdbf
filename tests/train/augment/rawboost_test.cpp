#include "train/augment/rawboost.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "tests/support/expect_error.h"

namespace codectrace::train {
namespace {

using Json = nlohmann::json;

const Json& reference() {
  static const Json json = Json::parse(read_file(CT_TEST_DATA "/train/rawboost.json"));
  return json;
}

/// The draws that the published code made, in its order.
class RecordedDraws final : public RawboostDraws {
 public:
  explicit RecordedDraws(const Json& draws) : draws_(draws) {}
  double uniform(double low, double high) override {
    const double value = next().get<double>();
    EXPECT_GE(value, std::min(low, high));
    EXPECT_LE(value, std::max(low, high));
    return value;
  }
  std::vector<std::size_t> positions(std::size_t, std::size_t count) override {
    return list<std::size_t>(count);
  }
  std::vector<double> uniforms(std::size_t count) override { return list<double>(count); }
  std::vector<double> normals(std::size_t count) override { return list<double>(count); }

  [[nodiscard]] bool used_up() const { return used_ == draws_.size(); }

 private:
  const Json& next() { return draws_.at(used_++); }
  template <class T>
  std::vector<T> list(std::size_t count) {
    const auto values = next().get<std::vector<T>>();
    EXPECT_EQ(values.size(), count);
    return values;
  }

  const Json& draws_;
  std::size_t used_ = 0;
};

class RawboostAgainstTheReference : public testing::TestWithParam<std::size_t> {};

TEST_P(RawboostAgainstTheReference, GivesItsSamplesForItsDraws) {
  const Json& expected = reference().at("cases").at(GetParam());
  const auto waveform = reference().at("waveform").get<std::vector<float>>();
  RecordedDraws draws(expected.at("draws"));

  const auto found = rawboost(waveform, expected.at("algorithm").get<int>(), draws);

  EXPECT_TRUE(draws.used_up());
  constexpr double kRounding = 1e-6;  // of float32 results of size 1
  ASSERT_EQ(found.size(), waveform.size());
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_NEAR(found[i], expected.at("first16").at(i).get<double>(), kRounding) << i;
  }
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(found[found.size() - 4 + i], expected.at("last4").at(i).get<double>(), kRounding);
  }
  double squares = 0;
  for (const float value : found) squares += static_cast<double>(value) * value;
  EXPECT_NEAR(std::sqrt(squares), expected.at("l2").get<double>(), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Cases, RawboostAgainstTheReference, testing::Range<std::size_t>(0, 7));

TEST(Rawboost, IsAFunctionOfItsDrawsAlone) {
  const auto waveform = reference().at("waveform").get<std::vector<float>>();
  for (int algorithm = 0; algorithm <= 8; ++algorithm) {
    CounterDraws draws(CounterRandom(1, "rawboost", 0, 5));
    CounterDraws again(CounterRandom(1, "rawboost", 0, 5));
    CounterDraws others(CounterRandom(1, "rawboost", 0, 6));

    const auto result = rawboost(waveform, algorithm, draws);

    EXPECT_EQ(result, rawboost(waveform, algorithm, again));
    EXPECT_EQ(result == rawboost(waveform, algorithm, others), algorithm == 0);
  }
}

TEST(Rawboost, DrawsDifferentPositions) {
  CounterDraws draws(CounterRandom(1, "rawboost", 0, 5));

  const auto positions = draws.positions(50, 20);

  EXPECT_EQ(std::set<std::size_t>(positions.begin(), positions.end()).size(), 20U);
  EXPECT_LT(*std::ranges::max_element(positions), 50U);
}

TEST(Rawboost, AnAlgorithmThatIsNotThereIsAnError) {
  CounterDraws draws(CounterRandom(1, "rawboost", 0, 5));
  const std::vector<float> waveform(100, 0.1F);

  test::expect_error(
      ErrorKind::Usage, [&] { (void)rawboost(waveform, 9, draws); }, "0 to 8");
}

TEST(Rawboost, SilenceStaysFinite) {
  CounterDraws draws(CounterRandom(1, "rawboost", 0, 5));

  const auto result = rawboost(std::vector<float>(300, 0.0F), 4, draws);

  EXPECT_TRUE(std::ranges::all_of(result, [](float value) { return std::isfinite(value); }));
}

}  // namespace
}  // namespace codectrace::train
