#include "model/whisper/log_mel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <string>
#include <vector>

#include "core/atomic_file.h"
#include "model/autocast.h"
#include "tests/support/expect_error.h"
#include "tests/support/made_tensors.h"

namespace codectrace::model {
namespace {

using Json = nlohmann::json;

const Json& stored() {
  static const Json numbers =
      Json::parse(read_file(std::string(CT_TEST_DATA) + "/parity/whisper.json"));
  return numbers;
}

double distance(const torch::Tensor& found, const Json& wanted) {
  const auto numbers = wanted.is_array() ? wanted.get<std::vector<double>>()
                                         : std::vector<double>{wanted.get<double>()};
  return (found.flatten().to(torch::kFloat64) - torch::tensor(numbers, torch::kFloat64))
      .abs()
      .max()
      .item<double>();
}

double distance(const torch::Tensor& a, const torch::Tensor& b) {
  return (a.to(torch::kFloat64) - b.to(torch::kFloat64)).abs().max().item<double>();
}

torch::Tensor stored_wave(const Json& wave) {
  const auto made = test::made_waveform(wave["seed"], wave["samples"]);
  return test::of_length(made, 82200).unsqueeze(0);
}

/// By the definition, in double, one frame and bin at a time. [mels, frames]
torch::Tensor slow_log_mel(const std::vector<double>& waveform, std::int64_t mels,
                           std::int64_t frames) {
  const auto length = frames * 160;
  const auto sample = [&](std::int64_t i) {  // reflected at both ends of the padded signal
    if (i < 0) i = -i;
    if (i >= length) i = 2 * (length - 1) - i;
    const auto at = static_cast<std::size_t>(i);
    return at < waveform.size() ? waveform[at] : 0.0;
  };
  const auto filters = mel_filters(mels).to(torch::kFloat64);
  auto result = torch::zeros({mels, frames}, torch::kFloat64);
  for (std::int64_t t = 0; t < frames; ++t) {
    auto power = torch::zeros({201}, torch::kFloat64);
    for (std::int64_t bin = 0; bin < 201; ++bin) {
      double real = 0;
      double imag = 0;
      for (std::int64_t n = 0; n < 400; ++n) {
        const double turn = 2 * std::numbers::pi * static_cast<double>(n) / 400;
        const double x = sample(160 * t + n - 200) * (0.5 - 0.5 * std::cos(turn));
        real += x * std::cos(turn * static_cast<double>(bin));
        imag -= x * std::sin(turn * static_cast<double>(bin));
      }
      power[bin] = real * real + imag * imag;
    }
    result.select(1, t).copy_(torch::log10(torch::mv(filters.t(), power).clamp_min(1e-10)));
  }
  return (torch::maximum(result, result.max() - 8) + 4) / 4;
}

TEST(MelFilters, AreTheReferences) {
  const auto& wanted = stored()["mel_filters"];

  const auto filters = mel_filters(80);

  ASSERT_EQ(filters.sizes().vec(), wanted["shape"].get<std::vector<std::int64_t>>());
  EXPECT_EQ(filters.count_nonzero().item<std::int64_t>(), wanted["nonzero"].get<std::int64_t>());
  EXPECT_LE(distance(filters.sum(0), wanted["sum_of_filter"]), 1e-8);
  EXPECT_LE(distance((filters > 0).sum(0), wanted["nonzero_of_filter"]), 0);
  for (const int column : {0, 40, 79}) {
    auto expected = torch::zeros({201}, torch::kFloat64);
    for (const auto& [bin, value] : wanted["column_" + std::to_string(column)].items()) {
      expected[std::stoi(bin)] = value.get<double>();
    }
    EXPECT_LE(distance(filters.select(1, column), expected), 1e-9) << column;
  }
}

TEST(LogMel, IsTheReferencesAfterEveryStage) {
  const LogMel log_mel(80, 3000);
  for (const auto& wave : stored()["waves"]) {
    const auto x = stored_wave(wave);

    const auto power = log_mel.power(x)[0];  // [F, 201]
    const auto found = log_mel(x)[0];        // [80, 3000]

    const auto near = [](const torch::Tensor& part, const Json& wanted) {  // relative: of powers
      double largest = 0;
      for (const auto& value : wanted) largest = std::max(largest, std::abs(value.get<double>()));
      return distance(part, wanted) / largest;
    };
    EXPECT_LE(near(power[0].narrow(0, 0, 8), wave["power_frame_0_bins_0_7"]), 1e-5);
    EXPECT_LE(near(power[300].narrow(0, 0, 8), wave["power_frame_300_bins_0_7"]), 1e-5);
    EXPECT_LE(near(torch::mv(mel_filters(80).t(), power[300]).narrow(0, 0, 8),
                   wave["mel_power_frame_300_mels_0_7"]),
              1e-5);
    EXPECT_LE(distance(found[0].narrow(0, 0, 8), wave["first8"]), 1e-4);
    EXPECT_LE(distance(found[79].narrow(0, 2996, 4), wave["last4"]), 1e-4);
    EXPECT_LE(distance(found.select(1, 300), wave["frame_300"]), 1e-4);
    EXPECT_LE(distance(found[20].narrow(0, 510, 8), wave["frames_510_517_mel_20"]), 1e-4);
    for (int t = 0; t < 8; ++t) {
      EXPECT_LE(distance(found.select(1, t).narrow(0, 0, 16), wave["frames_0_7_mels_0_15"][t]),
                1e-4);
    }
    const auto whole = found.to(torch::kFloat64);
    EXPECT_LE(distance(whole.sum(1), wave["mel_sums"]), 3000 * 1e-5);
    EXPECT_LE(distance(whole.mean(), wave["mean"]), 1e-5);
    EXPECT_LE(distance(whole.abs().max(), wave["abs_max"]), 1e-4);
    EXPECT_EQ((found == found[0][2999]).sum().item<std::int64_t>(),
              wave["values_at_floor"].get<std::int64_t>());
  }
}

TEST(LogMel, IsItsDefinitionForAnyLengthDownToOneSample) {
  const std::int64_t frames = 6;
  const LogMel log_mel(12, frames);
  for (const std::int64_t samples : {1, 2, 199, 200, 201, 300, 759, 760, 761, 959, 960}) {
    const auto x = test::made_waveform(3, samples).to(torch::kFloat64);
    const std::vector<double> values(x.data_ptr<double>(), x.data_ptr<double>() + samples);

    const auto found = log_mel(x.unsqueeze(0));

    ASSERT_EQ(found.sizes().vec(), (std::vector<std::int64_t>{1, 12, frames}));
    EXPECT_LE(distance(found[0], slow_log_mel(values, 12, frames)), 1e-6) << samples;
  }
}

TEST(LogMel, TakesEachUtteranceOfABatchByItself) {
  const LogMel log_mel(80, 100);
  const auto loud = test::made_waveform(1, 9000);
  const auto quiet = 1e-3 * test::made_waveform(2, 9000);

  const auto both = log_mel(torch::stack({loud, quiet}));

  EXPECT_LE(distance(both[0], log_mel(loud.unsqueeze(0))[0]), 1e-6);
  EXPECT_LE(distance(both[1], log_mel(quiet.unsqueeze(0))[0]), 1e-6);
}

TEST(LogMel, OfSilenceIsTheFloorOfAllPowers) {
  const auto found = LogMel(80, 100)(torch::zeros({1, 5000}));

  EXPECT_TRUE(found.equal(torch::full({1, 80, 100}, -1.5)));  // (log10(1e-10) + 4) / 4
}

TEST(LogMel, IsConstantFromTheFirstFrameWithoutSound) {
  const LogMel log_mel(80, 600);
  const auto x = test::made_waveform(4, 82200).unsqueeze(0);

  const auto found = log_mel(x);

  EXPECT_EQ(log_mel.frames_with_sound(82200), 515);
  EXPECT_TRUE((found.narrow(2, 515, 85) == found[0][0][599]).all().item<bool>());
  EXPECT_FALSE((found.select(2, 514) == found[0][0][599]).all().item<bool>());
}

TEST(LogMel, StaysInFloat32UnderAutocast) {
  const LogMel log_mel(80, 100);
  const auto x = test::made_waveform(5, 9000).unsqueeze(0);
  const auto wanted = log_mel(x);

  const AutocastScope autocast(Precision::Bf16, torch::kCPU);

  EXPECT_TRUE(log_mel(x).equal(wanted));
}

TEST(LogMel, RefusesWhatIsNoWaveformOrTooLong) {
  const LogMel log_mel(80, 100);
  const auto of = [&](std::vector<std::int64_t> shape) {
    return [&log_mel, shape] { (void)log_mel(torch::zeros(shape)); };
  };

  test::expect_error(ErrorKind::Usage, of({2, 16001}), "[2, 16001]", "1 to 16000 samples");
  test::expect_error(ErrorKind::Usage, of({2, 0}), "[2, 0]");
  test::expect_error(ErrorKind::Usage, of({100}), "[B, T]");
}

}  // namespace
}  // namespace codectrace::model
