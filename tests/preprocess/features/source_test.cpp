#include "preprocess/features/source.h"

#include <gtest/gtest.h>

#include "model/factory.h"
#include "model/saved_model.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_sast_net.h"

namespace codectrace::preprocess {
namespace {

class FeatureSource : public testing::Test {
 protected:
  void write_checkpoint(const model::ModelConfig& config) const {
    torch::manual_seed(1);
    const auto network = model::make_network(config, test::four_tasks());
    model::save_model(folder_.path(), config, "", *network);
  }
  [[nodiscard]] std::shared_ptr<model::FrozenPart> open(const std::string& name = "") const {
    return open_frozen_part(folder_.path() / name, torch::kCPU);
  }

  test::TemporaryFolder folder_;
};

TEST_F(FeatureSource, IsACheckpointsNetworkWhateverItsSize) {
  write_checkpoint(test::tiny_sast_net());

  const auto part = open();

  EXPECT_EQ(part->shape(), (std::vector<std::int64_t>{3, 16}));
  EXPECT_EQ(part->compute(torch::zeros({2, part->input_samples()})).size(0), 2);
}

TEST_F(FeatureSource, MayBeAFileThatHoldsItsWeights) {
  write_checkpoint(model::preset_config(model::Architecture::SastNet, model::Preset::Small));

  EXPECT_EQ(open("weights.safetensors")->provenance(), open()->provenance());
}

TEST_F(FeatureSource, MustHaveAFrozenPart) {
  write_checkpoint(test::tiny_model());

  test::expect_error(
      ErrorKind::Usage, [&] { (void)open(); }, "no frozen part");
  test::expect_error(
      ErrorKind::BadData, [&] { (void)open("weights.safetensors"); }, "no Whisper encoder");
}

}  // namespace
}  // namespace codectrace::preprocess
