#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include <fmt/format.h>

#include "evaluate/results.h"
#include "tests/evaluate/scored_list.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::evaluate {
namespace {

TEST(ResultsSchema, HoldsForWhatIsWrittenAndRefusesWhatIsWrong) {
  const test::TemporaryFolder folder;
  const auto table = test::small_cors_table(40);
  const auto taxonomy = protocol::Taxonomy::from_text(test::kSmallTaxonomy, "small");
  auto results = make_results(table, subsets_of(table, taxonomy), {.listed = 160, .scored = 160},
                              {{"name", "test M1"}, {"type", "M1"}}, {{"list", "list.txt"}},
                              {.bootstrap = {.replicates = 20, .seed = 1}});
  results[kShuffledTokens] = subset_json(table, {"", "shuffled tokens", {0, 1}, {0, 1}},
                                         {.bootstrap = {.replicates = 20, .seed = 1}});
  std::ofstream(folder / "results.json") << results.dump(1);

  const auto command =
      fmt::format("{0} {1}/tests/evaluate/check_results_schema.py {1}/docs/results.schema.json {2}",
                  CT_PYTHON, CT_SOURCE_DIR, (folder / "results.json").string());

  EXPECT_EQ(std::system(command.c_str()), 0) << "needs Python with jsonschema; see scripts/setup";
}

}  // namespace
}  // namespace codectrace::evaluate
