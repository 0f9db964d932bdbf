#include "model/factory.h"

#include <gtest/gtest.h>

#include <set>

#include "model/weights/load.h"
#include "tests/support/expect_error.h"
#include "tests/support/tiny_model.h"

namespace codectrace::model {
namespace {

std::set<std::string> branches_of(const Network& network) {
  std::set<std::string> branches;
  for (const auto& [name, tensor] : state_of(network)) {
    const auto first = name.substr(0, name.find('.'));
    if (first.find("branch") != std::string::npos) branches.insert(first);
  }
  return branches;
}

TEST(Factory, BuildsEveryTypeWithThePublishedBranchesAndTheTaxonomysClasses) {
  const std::map<std::string, std::string> branch{{"BIN", "binary_branch"},
                                                  {"AUX", "multiclass_branch_as"},
                                                  {"DEC", "multiclass_branch_ds"},
                                                  {"VQ", "multiclass_branch_qs"}};
  const std::map<std::string, std::size_t> classes{{"BIN", 2}, {"AUX", 3}, {"DEC", 3}, {"VQ", 4}};
  for (const auto& [type, type_name] : enum_names(W2v2AasistType{})) {
    const auto config = test::tiny_model(type);

    const auto network = make_network(config, test::four_tasks());

    std::vector<std::string> tasks;
    std::set<std::string> branches;
    for (const auto& head : network->heads()) {
      tasks.push_back(head.task);
      branches.insert(branch.at(head.task));
      EXPECT_EQ(head.classes.size(), classes.at(head.task));
    }
    EXPECT_EQ(tasks, tasks_of(config)) << type_name;
    EXPECT_EQ(branches_of(*network), branches) << type_name;
  }
}

TEST(Factory, DrawsTheSameWeightsFromTheSameSeed) {
  torch::manual_seed(7);
  const auto one = make_network(test::tiny_model(), test::four_tasks());
  torch::manual_seed(7);
  const auto other = make_network(test::tiny_model(), test::four_tasks());
  const auto third = make_network(test::tiny_model(), test::four_tasks());

  const auto a = state_of(*one);
  const auto b = state_of(*other);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(a[i].tensor.equal(b[i].tensor));
  EXPECT_FALSE(a[0].tensor.equal(state_of(*third)[0].tensor));
}

TEST(Factory, NamesATaskThatTheTaxonomyLacks) {
  test::expect_error(
      ErrorKind::Usage,
      [] {
        std::ignore = make_network(test::tiny_model(), {{"BIN", {"spoof", "bonafide"}}});
      },
      "no task AUX");
}

}  // namespace
}  // namespace codectrace::model
