#include "train/placed_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/expect_error.h"

namespace codectrace::train {
namespace {

using protocol::Layout;
using testing::ElementsAre;

DataConfig with_two_dev_lists() {
  DataConfig data;
  data.corpus = "cors";
  data.dev_lists = {"a.txt", "b.txt"};
  return data;
}

std::vector<std::string> corpora(const DataConfig& data) {
  std::vector<std::string> found;
  for (const auto& list : dev_lists(data)) found.push_back(list.corpus);
  return found;
}

std::vector<Layout> layouts(const DataConfig& data) {
  std::vector<Layout> found;
  for (const auto& list : dev_lists(data)) found.push_back(list.layout);
  return found;
}

TEST(PlacedLists, LieInTheTrainingCorpusIfNothingElseIsSaid) {
  auto data = with_two_dev_lists();
  data.layout = Layout::List;

  EXPECT_THAT(corpora(data), ElementsAre("cors", "cors"));
  EXPECT_THAT(layouts(data), ElementsAre(Layout::List, Layout::List));
  EXPECT_EQ(dev_lists(data)[1].name, "b.txt");
  EXPECT_EQ(dev_lists(data)[1].key, "data.dev_lists[1]");
}

TEST(PlacedLists, LieWhereEachIsSaidToAndAnEmptyTextIsTheTrainingCorpus) {
  auto data = with_two_dev_lists();
  data.dev_corpora = {"", "cosg"};
  data.dev_layouts = {"", "cosg"};

  EXPECT_THAT(corpora(data), ElementsAre("cors", "cosg"));
  EXPECT_THAT(layouts(data), ElementsAre(Layout::Cors, Layout::Cosg));
}

TEST(PlacedLists, LieWhereAllAreSaidTo) {
  auto data = with_two_dev_lists();
  data.dev_corpora = {"cosg"};
  data.dev_layouts = {"cosg"};

  EXPECT_THAT(corpora(data), ElementsAre("cosg", "cosg"));
  EXPECT_THAT(layouts(data), ElementsAre(Layout::Cosg, Layout::Cosg));
}

TEST(PlacedLists, ThatAreWatchedHaveKeysOfTheirOwn) {
  auto data = with_two_dev_lists();
  data.watched_lists = {"c.txt"};
  data.watched_corpora = {"cosg"};

  EXPECT_THAT(corpora(data), ElementsAre("cors", "cors"));
  EXPECT_EQ(watched_lists(data).front().corpus, "cosg");
  EXPECT_EQ(watched_lists(data).front().key, "data.watched_lists[0]");
}

TEST(PlacedLists, NeedAsManyValuesAsLists) {
  auto data = with_two_dev_lists();
  data.dev_corpora = {"a", "b", "c"};
  test::expect_error(
      ErrorKind::Usage, [&] { (void)dev_lists(data); },
      "data.dev_corpora has 3 values for 2 lists in data.dev_lists");

  data.dev_corpora = {};
  data.dev_lists = {"a.txt", "b.txt", "c.txt"};
  data.dev_layouts = {"cors", "cosg"};
  test::expect_error(
      ErrorKind::Usage, [&] { (void)dev_lists(data); },
      "data.dev_layouts has 2 values for 3 lists");
}

TEST(PlacedLists, NeedALayoutThatIsKnown) {
  auto data = with_two_dev_lists();
  data.dev_layouts = {"cosq"};

  test::expect_error(
      ErrorKind::Usage, [&] { (void)dev_lists(data); }, "data.dev_layouts: cosq is unknown");
}

}  // namespace
}  // namespace codectrace::train
