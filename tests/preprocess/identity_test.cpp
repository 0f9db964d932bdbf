#include "preprocess/identity.h"

#include "tests/support/audio_set.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::preprocess {
namespace {

Scan small_scan() {
  Scan found;
  found.work.columns = {{"speaker", {"p225"}}};
  found.work.extensions = {".wav"};
  found.work.ids.append("p225_001");
  found.work.extension = {0};
  found.work.codes = {0};
  return found;
}

Config default_config() {
  Config config;
  config.audio = "audio";
  return config;
}

TEST(Identity, IsTheSameWhereverTheFilesLie) {
  Config here;
  here.audio = "/data/here";
  Config there;
  there.audio = "/mnt/there";
  there.out = "elsewhere";

  EXPECT_EQ(identity_of(here, small_scan()).hash, identity_of(there, small_scan()).hash);
}

TEST(Identity, ChangesWithEverythingThatDecidesTheBytes) {
  const auto hash = identity_of(default_config(), small_scan()).hash;
  Config other_rate = default_config();
  other_rate.shard.sample_rate_hz = 8000;
  Scan other_name = small_scan();
  other_name.work.ids = {};
  other_name.work.ids.append("p225_002");
  Scan other_code = small_scan();
  other_code.work.codes = {-1};
  Scan other_taxonomy = small_scan();
  other_taxonomy.taxonomy_text = "another";

  EXPECT_NE(identity_of(other_rate, small_scan()).hash, hash);
  EXPECT_NE(identity_of(default_config(), other_name).hash, hash);
  EXPECT_NE(identity_of(default_config(), other_code).hash, hash);
  EXPECT_NE(identity_of(default_config(), other_taxonomy).hash, hash);
}

TEST(Identity, TellsAnotherPolicyButHasItsHash) {
  Config other = default_config();
  other.policy.empty = OnUnusable::Skip;
  const auto before = identity_of(default_config(), small_scan());

  const auto now = identity_of(other, small_scan());

  const auto differences = now.differences_from(before);
  ASSERT_EQ(differences.size(), 1U);
  EXPECT_EQ(differences[0].part, "policy.empty");
  EXPECT_EQ(differences[0].text, "policy.empty is \"skip\", was \"fail\"");
  EXPECT_EQ(now.hash, before.hash);
}

TEST(Identity, NotesAnAudioFolderWhoseNameIsNotUtf8) {
  Config config;
  config.audio = "/data/caf\xE9";

  const auto identity = identity_of(config, small_scan());

  EXPECT_EQ(Identity::from_json(identity.to_json(), "preprocess.json").audio, "/data/caf\\xe9");
}

TEST(Identity, SurvivesItsFile) {
  const auto identity = identity_of(default_config(), small_scan());

  const auto read = Identity::from_json(identity.to_json(), "preprocess.json");

  EXPECT_EQ(read.hash, identity.hash);
  EXPECT_EQ(read.parts, identity.parts);
  EXPECT_EQ(read.audio, identity.audio);
  EXPECT_TRUE(identity.differences_from(read).empty());
}

TEST(Identity, RejectsAFileThatIsDamaged) {
  test::expect_error(
      ErrorKind::BadData, [] { static_cast<void>(Identity::from_json("{", "a.json")); }, "a.json");
}

}  // namespace
}  // namespace codectrace::preprocess
