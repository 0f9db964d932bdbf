#include "protocol/list_reader.h"

#include <string>

#include "tests/support/damage.h"
#include "tests/support/expect_error.h"
#include "tests/support/small_taxonomy.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::protocol {
namespace {

using test::expect_error;
using testing::ElementsAre;

class ListReader : public testing::Test {
 protected:
  ProtocolList read(const std::string& text, const ListOptions& options = {}) {
    test::write_bytes(folder_ / "list.txt", text);
    return read_list(folder_ / "list.txt", taxonomy_, options);
  }
  ProtocolList read_cosg(const std::string& text) { return read(text, {.layout = Layout::Cosg}); }
  Entry only(const std::string& line, const ListOptions& options = {}) {
    return read(line, options).entries.at(0);
  }

  template <class... Pieces>
  void expect_rejected(const std::string& text, const ListOptions& options,
                       const Pieces&... pieces) {
    expect_error(
        ErrorKind::BadData, [&] { static_cast<void>(read(text, options)); },
        std::string("list.txt"), std::string(pieces)...);
  }

  test::TemporaryFolder folder_;
  Taxonomy taxonomy_ = Taxonomy::from_text(test::kSmallTaxonomy, "small.toml");
};

TEST_F(ListReader, ReadsTrainingLinesOfSevenColumns) {
  const auto list = read(
      "p225 p225_001 - REAL REAL REAL bonafide\n"
      "p225 p225_001_mini - SEM TIME MVQ spoof\n");

  ASSERT_EQ(list.entries.size(), 2U);
  EXPECT_EQ(list.entries[0].id, "p225_001");
  EXPECT_EQ(list.entries[0].origin, "");
  EXPECT_EQ(list.entries[0].label, Label::BonaFide);
  EXPECT_THAT(list.entries[0].codes, ElementsAre(1, 0, 0, 0));
  EXPECT_EQ(list.entries[1].speaker, "p225");
  EXPECT_EQ(list.entries[1].origin, "mini");
  EXPECT_THAT(list.entries[1].codes, ElementsAre(0, 2, 1, 1));
  EXPECT_EQ(list.entries[1].line, 2);
}

TEST_F(ListReader, TakesClassesOfEvaluationLinesFromTheTaxonomy) {
  const auto list = read(
      "p227 p227_002_SemantiCodec_1.40kbps_16k - - spoof\n"
      "p227 p227_002 - - bonafide\n");

  EXPECT_EQ(list.entries[0].origin, "SemantiCodec_1.40kbps_16k");
  EXPECT_THAT(list.entries[0].codes, ElementsAre(0, 2, 2, 1));
  EXPECT_THAT(list.entries[1].codes, ElementsAre(1, 0, 0, 0));
}

TEST_F(ListReader, AcceptsFourAndFiveColumnsInOneList) {
  const auto list = read_cosg("CLAMTTS a - - spoof\nCLAMTTS b - spoof\nNS2 c - bonafide\n");

  ASSERT_EQ(list.entries.size(), 3U);
  EXPECT_EQ(list.entries[1].id, "CLAMTTS/b");
  EXPECT_EQ(list.entries[1].origin, "CLAMTTS");
  EXPECT_EQ(list.entries[1].speaker, "");
  EXPECT_THAT(list.entries[1].codes, ElementsAre(0, 1, 2, 1));
  EXPECT_THAT(list.entries[2].codes, ElementsAre(1, 0, 0, 0));
}

TEST_F(ListReader, ChecksAFourthColumnThatIsVqAgainstTheTaxonomy) {
  EXPECT_EQ(read_cosg("CLAMTTS a - MVQ spoof\nCLAMTTS b - REAL bonafide\n").entries.size(), 2U);
  expect_rejected("CLAMTTS a - SQ spoof\n", {.layout = Layout::Cosg}, "list.txt:1", "VQ is SQ",
                  "CLAMTTS is MVQ", "--set list.on_contradiction=trust-list");
}

TEST_F(ListReader, TakesSpoofsForSpoofAndCountsIt) {
  const auto list = read("p228 p228_241_mini - - spoofs\np228 p228_242_mini - - spoof\n");

  EXPECT_EQ(list.entries[0].label, Label::Spoof);
  EXPECT_EQ(list.report.label_typos, 1);
}

TEST_F(ListReader, RejectsAnyOtherLabel) {
  expect_rejected("p228 p228_241 - - bonafide\np228 p228_241_mini - - fake\n", {}, "list.txt:2",
                  "\"fake\"", "bonafide or spoof");
}

TEST_F(ListReader, AcceptsAMissingNewlineAtTheEnd) {
  EXPECT_EQ(read("p225 p225_001 - - bonafide").entries.size(), 1U);
}

TEST_F(ListReader, AcceptsTrailingBlanksTabsCarriageReturnsBlankLinesAndAByteOrderMark) {
  const auto list = read(
      "\xEF\xBB\xBFp225 p225_001 - - bonafide  \r\n"
      "\r\n"
      "   \n"
      "\tp225\t p225_001_mini  -\t-   spoof\r\n\n");

  ASSERT_EQ(list.entries.size(), 2U);
  EXPECT_EQ(list.entries[0].id, "p225_001");
  EXPECT_EQ(list.entries[1].id, "p225_001_mini");
  EXPECT_EQ(list.entries[1].line, 4);
}

TEST_F(ListReader, RejectsTextThatIsNotUtf8) {
  expect_rejected("p225 p225_001 - - bonafide\np225 p225_\xE9 - - bonafide\n", {}, "list.txt:2",
                  "UTF-8");
}

TEST_F(ListReader, KeepsOneNameInTwoSystemsApart) {
  const auto list = read_cosg("CLAMTTS prompt_1 - - bonafide\nNS2 prompt_1 - - bonafide\n");

  EXPECT_EQ(list.entries[0].id, "CLAMTTS/prompt_1");
  EXPECT_EQ(list.entries[1].id, "NS2/prompt_1");
}

TEST_F(ListReader, SplitsIdsAtUnderscoresWhateverTheSpeakersLength) {
  const Entry entry = only("s5 s5_0123_mini - SEM TIME MVQ spoof");

  EXPECT_EQ(entry.speaker, "s5");
  EXPECT_EQ(entry.origin, "mini");
}

TEST_F(ListReader, TheReferencesRuleForCodecsHoldsForOneKindOfSpeakerOnly) {
  const ListOptions reference{.codec_of_id = CodecOfId::FromTenthCharacter};
  const std::string s5 = "s5 s5_123_mini - - spoof";

  EXPECT_EQ(only("p225 p225_001_mini - - spoof", reference).origin, "mini");
  EXPECT_EQ(only("p225 p225_001 - - bonafide", reference).origin, "");
  EXPECT_EQ(only(s5).origin, "mini");
  EXPECT_NE(only(s5).codes.at(1), kUnknown);
  EXPECT_EQ(only(s5, reference).origin, "ni");
  EXPECT_EQ(only(s5, reference).codes.at(1), kUnknown);
  EXPECT_EQ(read(s5, reference).report.unknown_origins, 1);
}

TEST_F(ListReader, TakesMisspeltAndCorrectedNamesForTheSameCodec) {
  EXPECT_EQ(only("p225 p225_001_mimicodec - - spoof").origin, "mini");
  EXPECT_EQ(only("p225 p225_001_mimicodec - - spoof").id, "p225_001_mimicodec");
}

TEST_F(ListReader, TakesAKnownExtensionOffAnUtteranceAndNothingElse) {
  EXPECT_EQ(only("p225 p225_001_mini.wav - - spoof").id, "p225_001_mini");
  EXPECT_EQ(only("p225 p225_001_SemantiCodec_1.40kbps_16k - - spoof").id,
            "p225_001_SemantiCodec_1.40kbps_16k");
}

TEST_F(ListReader, RejectsDuplicatesNamingBothLines) {
  const std::string text =
      "p225 p225_001 - - bonafide\np225 p225_002 - - bonafide\np225 p225_001 - - bonafide\n";

  expect_rejected(text, {}, "list.txt:3", "p225_001", "line 1", "--set list.allow_duplicates=true");
  const auto list = read(text, {.on_duplicate = OnDuplicate::KeepFirst});
  EXPECT_EQ(list.entries.size(), 2U);
  EXPECT_EQ(list.report.duplicates, 1);
}

TEST_F(ListReader, RejectsOtherNumbersOfColumns) {
  expect_rejected("p225 p225_001 bonafide\n", {}, "list.txt:1", "3 columns", "4, 5 or 7");
  expect_rejected("p225 p225_001 - - - bonafide\n", {}, "list.txt:1", "6 columns");
  expect_rejected("p225 p225_001 - - - - - bonafide\n", {}, "list.txt:1", "8 columns");
}

TEST_F(ListReader, RejectsAThirdColumnThatSaysSomething) {
  expect_rejected("p225 p225_001 A07 - bonafide\n", {}, "list.txt:1", "\"A07\"");
}

TEST_F(ListReader, RejectsAClassThatTheTaxonomyLacks) {
  expect_rejected("p225 p225_001_mini - Disent TIME MVQ spoof\n", {}, "list.txt:1",
                  "AUX has no class \"Disent\"", "REAL, Trad, SEM");
}

TEST_F(ListReader, RejectsClassesThatContradictTheTaxonomy) {
  const std::string line = "p225 p225_001_mini - Trad TIME MVQ spoof\n";

  expect_rejected(line, {}, "list.txt:1", "AUX is Trad", "mini is SEM", "trust-list");
  EXPECT_THAT(only(line, {.on_contradiction = OnContradiction::TrustList}).codes,
              ElementsAre(0, 1, 1, 1));
  EXPECT_THAT(only(line, {.on_contradiction = OnContradiction::TrustTaxonomy}).codes,
              ElementsAre(0, 2, 1, 1));
}

TEST_F(ListReader, RejectsBonaFideWithAClassAndSpoofWithReal) {
  expect_rejected("p225 p225_001 - Trad REAL REAL bonafide\n", {}, "AUX is Trad",
                  "label is bonafide");
  expect_rejected("p225 p225_001_mini - SEM REAL MVQ spoof\n", {}, "DEC is REAL", "label is spoof");
}

TEST_F(ListReader, RejectsASpeakerWhoIsNotTheIds) {
  const std::string line = "p226 p225_001 - - bonafide\n";

  expect_rejected(line, {}, "list.txt:1", "speaker is p226", "p225");
  EXPECT_EQ(only(line, {.on_contradiction = OnContradiction::TrustList}).speaker, "p226");
  EXPECT_EQ(only(line, {.on_contradiction = OnContradiction::TrustTaxonomy}).speaker, "p225");
}

TEST_F(ListReader, RejectsSpoofWithoutCodecAndBonaFideWithOne) {
  expect_rejected("p225 p225_001 - - spoof\n", {}, "label is spoof", "no codec");
  expect_rejected("p225 p225_001_mini - - bonafide\n", {}, "label is bonafide", "a codec");
  EXPECT_EQ(
      only("p225 p225_001_mini - - bonafide", {.on_contradiction = OnContradiction::TrustTaxonomy})
          .label,
      Label::Spoof);
}

TEST_F(ListReader, RejectsAnIdThatIsNotOneOfCors) {
  expect_rejected("p225 p225 - - bonafide\n", {}, "list.txt:1", "<speaker>_<sentence>");
}

TEST_F(ListReader, TakesClassesOfAnUnknownCodecFromSevenColumns) {
  const auto list = read("p225 p225_001_newcodec - SEM FREQ SQ spoof\n");

  EXPECT_THAT(list.entries[0].codes, ElementsAre(0, 2, 2, 2));
  EXPECT_EQ(list.entries[0].origin, "newcodec");
  EXPECT_EQ(list.report.unknown_origins, 1);
}

TEST_F(ListReader, LeavesClassesOfAnUnknownCodecOpenWhereTheListGivesNone) {
  const std::string text = "p225 p225_001_newcodec - - spoof\n";

  EXPECT_THAT(only(text).codes, ElementsAre(0, kUnknown, kUnknown, kUnknown));
  EXPECT_EQ(read(text).report.unknown_origins, 1);
  expect_rejected(text, {.strict = true}, "list.txt:1", "lacks newcodec");
}

TEST_F(ListReader, TakesADashAmongClassesForUnknown) {
  EXPECT_THAT(only("d001 d001_001_silk - Trad TIME - spoof").codes, ElementsAre(0, 1, 1, kUnknown));
}

TEST_F(ListReader, ReadsListsOfAnyFilesById) {
  const Entry entry = only("- talks/day1/a.flac - - bonafide", {.layout = Layout::List});

  EXPECT_EQ(entry.id, "talks/day1/a");
  EXPECT_EQ(entry.speaker, "");
  EXPECT_THAT(entry.codes, ElementsAre(1, 0, 0, 0));
}

TEST_F(ListReader, FindsTheListBalancedByAuxUnderTheNameOfItsSiblings) {
  test::write_bytes(folder_ / "train_mult_learn.txt", "p225 p225_001 - REAL REAL REAL bonafide\n");

  const auto list = read_list(folder_ / "train_mult_learn_bal_aux.txt", taxonomy_, {});

  EXPECT_EQ(list.path, folder_ / "train_mult_learn.txt");
  EXPECT_EQ(list.entries.size(), 1U);
}

TEST_F(ListReader, RejectsAListThatIsEmptyOrMissing) {
  expect_rejected("", {}, "no lines");
  expect_rejected("\n \n", {}, "no lines");
  expect_error(
      ErrorKind::BadData,
      [&] { static_cast<void>(read_list(folder_ / "none.txt", taxonomy_, {})); }, "none.txt");
}

}  // namespace
}  // namespace codectrace::protocol
