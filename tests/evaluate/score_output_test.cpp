#include "evaluate/score_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace codectrace::evaluate {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::vector<protocol::Task> two_tasks() {
  return {{"BIN", {"spoof", "bonafide"}, {}, {}},
          {"VQ", {"REAL", "MVQ"}, {"bona fide", "multi-codebook"}, {}}};
}

FileScore spoof_score() {
  return {"a,b.wav", {0.25, -1.0986122886681098}, {{1.0986123085021973, 0.0}, {0.0, 0.0}}};
}

ScoreOutput with_logits() { return {two_tasks(), ScoreOutput::Logits::Show}; }

TEST(ScoreOutput, TextHasTheVerdictAndALineATask) {
  const auto text = ScoreOutput(two_tasks(), ScoreOutput::Logits::Hide).text(spoof_score());

  EXPECT_THAT(text, StartsWith("a,b.wav: spoof, P(bona fide) 0.2500\n  BIN  spoof "));
  EXPECT_THAT(text, HasSubstr("  spoof 0.7500  bonafide 0.2500\n"));
  EXPECT_THAT(text, HasSubstr("  VQ   REAL (bona fide) "));
  EXPECT_THAT(text, testing::Not(HasSubstr("logits")));
}

TEST(ScoreOutput, TextShowsLogitsInTheFewestDigitsThatReadBack) {
  EXPECT_THAT(with_logits().text(spoof_score()), HasSubstr("spoof 1.0986123  bonafide 0\n"));
}

TEST(ScoreOutput, CsvQuotesNamesAndHasAColumnForEachNumber) {
  EXPECT_EQ(with_logits().csv_header(),
            "file,verdict,score,BIN,p_BIN_spoof,p_BIN_bonafide,logit_BIN_spoof,logit_BIN_bonafide,"
            "VQ,p_VQ_REAL,p_VQ_MVQ,logit_VQ_REAL,logit_VQ_MVQ\n");
  EXPECT_THAT(with_logits().csv(spoof_score()),
              testing::MatchesRegex("\"a,b.wav\",spoof,0.25,spoof,0.75[0-9]*,0.2[0-9]*,1.0986123,0,"
                                    "REAL,0.5,0.5,0,0\n"));
}

TEST(ScoreOutput, JsonHasExactlyTheKeysOfItsSchema) {
  const auto text = ScoreOutput(two_tasks(), ScoreOutput::Logits::Hide).json({spoof_score()}, {});
  const auto json = nlohmann::ordered_json::parse(text);

  EXPECT_EQ(json.at("schema"), "codectrace.score/1");
  EXPECT_FALSE(json.contains("errors"));
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.at("results")[0].items()) keys.push_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"file", "score", "logits", "probabilities"}));
  EXPECT_EQ(json.at("results")[0].at("file"), "a,b.wav");
  EXPECT_EQ(json.at("classes").at("VQ"), (std::vector<std::string>{"REAL", "MVQ"}));
}

TEST(ScoreOutput, JsonLogitsReadBackToTheSameFloats) {
  const auto json = nlohmann::json::parse(with_logits().json({spoof_score()}, {}));

  const auto logits = json.at("results")[0].at("logits").at("BIN");
  EXPECT_EQ(logits[0].get<double>(), 1.0986123085021973);
  EXPECT_EQ(logits[0].get<float>(), 1.0986123F);
  EXPECT_NEAR(json.at("results")[0].at("probabilities").at("BIN")[1].get<double>(), 0.25, 1e-8);
}

TEST(ScoreOutput, JsonNamesFilesThatHaveNoScore) {
  const auto json = nlohmann::json::parse(
      with_logits().json({spoof_score()}, {{"broken.wav", "broken.wav is empty"}}));

  EXPECT_EQ(json.at("results").size(), 1U);
  EXPECT_EQ(json.at("errors")[0].at("file"), "broken.wav");
  EXPECT_EQ(json.at("errors")[0].at("message"), "broken.wav is empty");
}

TEST(ScoreOutput, JsonOfANameThatIsntUtf8IsStillJson) {
  auto score = spoof_score();
  score.file = "\xFF.wav";

  const auto json = nlohmann::json::parse(with_logits().json({score}, {}));

  EXPECT_EQ(json.at("results")[0].at("file"), "\xEF\xBF\xBD.wav");  // U+FFFD
}

}  // namespace
}  // namespace codectrace::evaluate
