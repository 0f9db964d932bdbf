#include "protocol/taxonomy.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>

#include "tests/support/expect_error.h"
#include "tests/support/small_taxonomy.h"

namespace codectrace::protocol {
namespace {

using test::expect_error;
using test::kSmallTaxonomy;
using testing::ElementsAre;

Taxonomy small() { return Taxonomy::from_text(kSmallTaxonomy, "small.toml"); }

/// The small taxonomy with one piece of its text replaced.
std::string changed(const std::string& from, const std::string& to) {
  std::string text = kSmallTaxonomy;
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("the test replaces what isn't there");
  return text.replace(at, from.size(), to);
}

template <class... Pieces>
void expect_rejected(const std::string& text, const Pieces&... pieces) {
  expect_error(
      ErrorKind::BadData, [&] { static_cast<void>(Taxonomy::from_text(text, "t.toml")); },
      std::string("t.toml:"), std::string(pieces)...);
}

TEST(PublishedTaxonomy, Has31CodecsOf21FamiliesAnd17Systems) {
  const auto taxonomy = Taxonomy::from_file(CT_SOURCE_DIR "/configs/taxonomy.toml");

  std::set<std::string> families;
  for (const auto& codec : taxonomy.codecs()) families.insert(codec.family);
  const auto unknown = std::ranges::count(taxonomy.systems(), false, &Origin::known);

  EXPECT_EQ(taxonomy.codecs().size(), 31U);
  EXPECT_EQ(families.size(), 21U);
  EXPECT_EQ(taxonomy.systems().size(), 17U);
  EXPECT_EQ(unknown, 3);
}

TEST(PublishedTaxonomy, KnowsTheCorrectedSpellingsOfMisspeltCodecs) {
  const auto taxonomy = Taxonomy::from_file(CT_SOURCE_DIR "/configs/taxonomy.toml");

  EXPECT_EQ(taxonomy.find_codec("xcodec_hubert_librispeech")->name, "xcodec_hubert_libirispeech");
  EXPECT_EQ(taxonomy.find_codec("mimicodec")->name, "mini");
}

TEST(PublishedTaxonomy, WeighsClassesAsEachModelOrdersThem) {
  const auto taxonomy = Taxonomy::from_file(CT_SOURCE_DIR "/configs/taxonomy.toml");

  EXPECT_THAT(taxonomy.model_task("w2v2-aasist", "BIN").order, ElementsAre(0, 1));
  EXPECT_THAT(taxonomy.model_task("w2v2-aasist", "BIN").class_weights, ElementsAre(0.1, 0.9));
  EXPECT_THAT(taxonomy.model_task("sast-net", "BIN").order, ElementsAre(1, 0));
  EXPECT_THAT(taxonomy.model_task("sast-net", "DEC").class_weights, ElementsAre(0.2, 0.4, 0.4));
}

TEST(Configs, HoldOnlyTaxonomiesThatCanBeRead) {
  int read = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(CT_SOURCE_DIR "/configs")) {
    if (entry.path().filename() != "taxonomy.toml") continue;
    EXPECT_NO_THROW(static_cast<void>(Taxonomy::from_file(entry.path()))) << entry.path();
    ++read;
  }
  EXPECT_GE(read, 1);
}

TEST(Taxonomy, KeepsTasksInTheFilesOrder) {
  const auto taxonomy = small();

  std::vector<std::string> names;
  for (const auto& task : taxonomy.tasks()) names.push_back(task.name);

  EXPECT_THAT(names, ElementsAre("BIN", "AUX", "DEC", "VQ"));
  EXPECT_EQ(taxonomy.task_index("VQ"), 3U);
}

TEST(Taxonomy, NamesAndCodesClasses) {
  const Task aux = small().task("AUX");

  EXPECT_EQ(aux.code_of("SEM"), 2);
  EXPECT_EQ(aux.code_of("sem"), std::nullopt);
  EXPECT_THAT(aux.plot_labels, ElementsAre("REAL", "Trad", "SEM"));
  EXPECT_THAT(small().task("DEC").plot_labels, ElementsAre("Real", "Time", "Frequency"));
}

TEST(Taxonomy, TellsWhatACodecOrSystemIs) {
  const auto taxonomy = small();

  EXPECT_EQ(taxonomy.find_codec("mini")->codes.at("AUX"), 2);
  EXPECT_EQ(taxonomy.find_codec("mini")->family, "Mimi");
  EXPECT_EQ(taxonomy.find_codec("silk")->family, "silk");
  EXPECT_EQ(taxonomy.find_codec("silk")->codes.at("VQ"), kUnknown);
  EXPECT_EQ(taxonomy.find_codec("CLAMTTS"), nullptr);
  EXPECT_EQ(taxonomy.find_system("CLAMTTS")->codes.at("DEC"), 2);
  EXPECT_FALSE(taxonomy.find_system("NS2")->known);
}

TEST(Taxonomy, GivesEqualWeightsWhereTheFileSaysNothing) {
  const auto task = small().model_task("another-model", "VQ");

  EXPECT_THAT(task.order, ElementsAre(0, 1, 2));
  EXPECT_THAT(task.class_weights, ElementsAre(1, 1, 1));
}

TEST(Taxonomy, ListsTheTasksThereAreWhenAskedForAnother) {
  expect_error(
      ErrorKind::Usage, [] { static_cast<void>(small().task("QUANT")); }, "QUANT",
      "BIN, AUX, DEC, VQ");
}

TEST(Taxonomy, TakesATaskAndAClassThatNoCodeKnows) {
  auto text = changed("[[codec]]\nname = \"mini\"",
                      "[task.RATE]\nclasses = [\"REAL\", \"low\"]\n\n"
                      "[[codec]]\nname = \"mini\"");
  std::size_t at = 0;
  while ((at = text.find("AUX = ", at)) != std::string::npos) {
    text.insert(at, "RATE = \"low\"\n");
    at += 20;
  }
  const auto taxonomy = Taxonomy::from_text(text, "t.toml");

  EXPECT_EQ(taxonomy.tasks().size(), 5U);
  EXPECT_EQ(taxonomy.find_codec("mini")->codes.at("RATE"), 1);
}

TEST(Taxonomy, KeepsItsText) { EXPECT_EQ(small().text(), kSmallTaxonomy); }

TEST(TaxonomyErrors, NameFileLineAndEntry) {
  expect_rejected(changed("AUX = \"SEM\"\nDEC = \"TIME\"", "AUX = \"SEM\"\nDEC = \"TIMES\""),
                  "t.toml:25:", "[[codec]] mini", "\"TIMES\"", "REAL, TIME, FREQ");
}

TEST(TaxonomyErrors, RejectAnotherSchema) {
  expect_rejected(changed("taxonomy/1", "taxonomy/2"), "codectrace.taxonomy/2");
  expect_rejected(changed("schema = \"codectrace.taxonomy/1\"", ""), "schema is missing");
}

TEST(TaxonomyErrors, RejectANameOrAliasTakenTwice) {
  expect_rejected(changed("name = \"silk\"", "name = \"mini\""), "mini is taken");
  expect_rejected(changed("name = \"silk\"", "name = \"mimicodec\""), "mimicodec is taken");
}

TEST(TaxonomyErrors, RejectAnEntryWithoutATask) {
  expect_rejected(changed("DEC = \"TIME\"\nVQ = \"-\"", "VQ = \"-\""), "silk", "DEC is missing");
}

TEST(TaxonomyErrors, RejectAMisspeltKey) {
  expect_rejected(changed("family = ", "familiy = "), "familiy", "family");
  expect_rejected(changed("[[system]]", "[[systems]]"), "systems");
}

TEST(TaxonomyErrors, RejectACodecOfTheBonaFideClass) {
  expect_rejected(changed("VQ = \"-\"", "VQ = \"REAL\""), "silk", "bona fide");
}

TEST(TaxonomyErrors, RejectWeightsAndOrdersThatDoNotFit) {
  expect_rejected(changed("[0.25, 0.75]", "[0.25]"), "[model.sast-net.BIN]", "1 weights for 2");
  expect_rejected(changed("[0.25, 0.75]", "[0.25, -1]"), "0 or more");
  expect_rejected(changed("order = [\"bonafide\", \"spoof\"]", "order = [\"spoof\", \"spoof\"]"),
                  "once");
  expect_rejected(changed("model.sast-net.BIN", "model.sast-net.TER"), "no such task");
}

TEST(TaxonomyErrors, RejectClassesThatCannotBe) {
  expect_rejected(changed("[\"REAL\", \"MVQ\", \"SQ\"]", "[\"REAL\", \"MVQ\", \"MVQ\"]"), "twice");
  expect_rejected(changed("[\"REAL\", \"MVQ\", \"SQ\"]", "[\"REAL\"]"), "two classes");
  expect_rejected(changed("[\"REAL\", \"MVQ\", \"SQ\"]", "[\"REAL\", \"MVQ\", \"-\"]"), "unknown");
  expect_rejected(changed("[\"spoof\", \"bonafide\"]", "[\"bonafide\", \"spoof\"]"), "BIN");
  expect_rejected(changed("\"none\", ", ""), "3 classes, but 2 texts");
}

TEST(TaxonomyErrors, RejectWhatIsNotToml) {
  expect_rejected("schema = ", "t.toml:1");
  expect_error(
      ErrorKind::BadData, [] { static_cast<void>(Taxonomy::from_file("/no/such.toml")); },
      "/no/such.toml");
}

}  // namespace
}  // namespace codectrace::protocol
