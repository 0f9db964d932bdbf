#include "train/metrics_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <sstream>

#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::train {
namespace {

std::vector<nlohmann::json> lines_of(const std::filesystem::path& folder) {
  std::istringstream text(read_file(folder / "metrics.jsonl"));
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

void log_steps(const std::filesystem::path& folder, std::uint64_t first, std::uint64_t last) {
  MetricsLog log(folder, first - 1, MetricsLog::TensorBoard::Off);
  for (std::uint64_t step = first; step <= last; ++step) {
    log.add("train", step, 0, {{"loss", static_cast<double>(step)}});
  }
}

TEST(MetricsLog, WritesALineOfJsonForEachCall) {
  const test::TemporaryFolder folder;

  log_steps(folder.path(), 1, 3);

  const auto lines = lines_of(folder.path());
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[1]["kind"], "train");
  EXPECT_EQ(lines[1]["step"], 2);
  EXPECT_EQ(lines[1]["loss"], 2.0);
}

TEST(MetricsLog, DropsLinesAfterTheStepThatARunGoesOnFrom) {
  const test::TemporaryFolder folder;
  log_steps(folder.path(), 1, 5);

  log_steps(folder.path(), 4, 4);

  const auto lines = lines_of(folder.path());
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[3]["step"], 4);
}

TEST(MetricsLog, DropsALineThatACrashCutOff) {
  const test::TemporaryFolder folder;
  log_steps(folder.path(), 1, 2);
  std::ofstream(folder / "metrics.jsonl", std::ios::app) << R"({"kind":"train","st)";

  log_steps(folder.path(), 3, 3);

  EXPECT_EQ(lines_of(folder.path()).size(), 3U);
}

TEST(MetricsLog, WhatIsNotFiniteIsNull) {
  const test::TemporaryFolder folder;
  {
    MetricsLog log(folder.path(), 0, MetricsLog::TensorBoard::Off);
    log.add("dev", 1, 0, {{"eer", std::numeric_limits<double>::quiet_NaN()}});
  }

  EXPECT_TRUE(lines_of(folder.path())[0]["eer"].is_null());
}

}  // namespace
}  // namespace codectrace::train
