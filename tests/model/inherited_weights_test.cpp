#include "model/inherited_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/factory.h"
#include "model/saved_model.h"
#include "model/weights/load.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_model.h"

namespace codectrace::model {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class InheritedWeights : public testing::Test {
 protected:
  static std::shared_ptr<Network> network(const std::vector<Head>& heads, std::uint64_t seed,
                                          const ModelConfig& config = test::tiny_model()) {
    torch::manual_seed(seed);
    return make_network(config, heads);
  }
  WeightFile saved(const Network& network) {
    save_model(folder_.path(), test::tiny_model(), "", network);
    return WeightFile(folder_.path() / "weights.safetensors");
  }
  /// Names of tensors that two networks of the same shapes don't share the values of.
  static std::vector<std::string> different(const Network& one, const Network& other) {
    std::vector<std::string> names;
    const auto ones = state_of(one);
    const auto others = state_of(other);
    for (std::size_t i = 0; i < ones.size(); ++i) {
      if (!ones[i].tensor.equal(others[i].tensor)) names.push_back(ones[i].name);
    }
    return names;
  }

  test::TemporaryFolder folder_;
};

TEST_F(InheritedWeights, AreAllOfThoseOfTheSameClasses) {
  const auto trained = network(test::four_tasks(), 1);
  const auto fresh = network(test::four_tasks(), 2);

  const auto found = inherit_weights(*fresh, saved(*trained));

  EXPECT_EQ(found.taken, state_of(*trained).size());
  EXPECT_THAT(found.fresh, IsEmpty());
  EXPECT_THAT(found.passed_over, IsEmpty());
  EXPECT_THAT(found.other_heads, IsEmpty());
  EXPECT_THAT(different(*trained, *fresh), IsEmpty());
}

TEST_F(InheritedWeights, LeaveTheOutputFreshWhereAClassHasComeAlong) {
  const auto trained = network(test::four_tasks(), 1);
  auto tasks = test::four_tasks();
  tasks[2].classes.push_back("Semantic");  // AUX
  const auto fresh = network(tasks, 2);
  const auto untouched = network(tasks, 2);

  const auto found = inherit_weights(*fresh, saved(*trained));

  EXPECT_THAT(found.other_heads, ElementsAre("AUX"));
  const std::string output = "multiclass_branch_as.out_layer.";
  EXPECT_THAT(found.fresh, ElementsAre(output + "weight", output + "bias"));
  EXPECT_THAT(found.passed_over, ElementsAre(output + "weight", output + "bias"));
  const auto parameter = [&](const auto& of) { return of->named_parameters()[output + "weight"]; };
  EXPECT_TRUE(parameter(fresh).equal(parameter(untouched)));
}

/// As many classes, but others: rows of the old ones would answer for the new.
TEST_F(InheritedWeights, LeaveTheOutputFreshWhereClassesAreOthers) {
  const auto trained = network(test::four_tasks(), 1);
  auto tasks = test::four_tasks();
  tasks[3].classes = {"REAL", "FREQ", "TIME"};  // DEC, in another order
  const auto fresh = network(tasks, 2);

  const auto found = inherit_weights(*fresh, saved(*trained));

  EXPECT_THAT(found.other_heads, ElementsAre("DEC"));
  EXPECT_THAT(different(*trained, *fresh), ElementsAre("multiclass_branch_ds.out_layer.weight",
                                                       "multiclass_branch_ds.out_layer.bias"));
}

TEST_F(InheritedWeights, OfOneTaskStartANetworkOfFour) {
  auto single = test::tiny_model();
  single.type = W2v2AasistType::S_BIN;
  const auto trained = network(test::four_tasks(), 1, single);
  const auto fresh = network(test::four_tasks(), 2);

  const auto found = inherit_weights(*fresh, saved(*trained));

  EXPECT_THAT(found.other_heads, testing::UnorderedElementsAre("AUX", "DEC", "VQ"));
  EXPECT_THAT(found.passed_over, IsEmpty());
}

TEST_F(InheritedWeights, OfAnotherSizeAreRefusedWhole) {
  auto wider = test::tiny_model();
  wider.encoder.ffn_dim = 48;
  const auto trained = network(test::four_tasks(), 1, wider);
  const auto fresh = network(test::four_tasks(), 2);
  const auto untouched = network(test::four_tasks(), 2);
  const auto file = saved(*trained);

  test::expect_error(
      ErrorKind::BadData, [&] { (void)inherit_weights(*fresh, file); }, "of another shape",
      "fc1.weight");

  EXPECT_THAT(different(*fresh, *untouched), IsEmpty());
}

}  // namespace
}  // namespace codectrace::model
