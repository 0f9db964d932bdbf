#include "core/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/log_topic.h"
#include "core/rank.h"

namespace codectrace::log {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

/// What `action` writes to stderr.
template <class Action>
std::string printed(Action action) {
  testing::internal::CaptureStderr();
  action();
  return testing::internal::GetCapturedStderr();
}

TEST(Log, SpeaksOnRankZeroOnlyAndWarnsWithTheRank) {
  set_this_rank({.rank = 2, .size = 4});
  const auto text = printed([] {
    info("hello");
    warn("careful");
  });
  set_this_rank({});

  EXPECT_THAT(text, Not(HasSubstr("hello")));
  EXPECT_THAT(text, MatchesRegex("(.|\n)*rank 2 of 4 \\(host .*\\): careful(.|\n)*"));
}

TEST(Log, SaysWhatLinesAreOfWhereOneOfSeveralProcessesSpeaks) {
  set_this_rank({.rank = 2, .size = 4});
  const auto text = printed([] {
    {
      const LogTopic topic("m1 on cors", Speaks::Yes);
      info("hello");
      warn("careful");
      Progress("evaluate", 5, "utterances").update(5);
    }
    info("silent again");
  });
  set_this_rank({});

  EXPECT_THAT(text, HasSubstr(" m1 on cors: hello\n"));
  EXPECT_THAT(text, HasSubstr("): m1 on cors: careful\n"));
  EXPECT_THAT(text, HasSubstr(" m1 on cors: evaluate 5/5 utterances"));
  EXPECT_THAT(text, Not(HasSubstr("silent again")));
}

TEST(Log, IsSilentOnRankZeroWhereAnotherProcessSpeaks) {
  const auto text = printed([] {
    const LogTopic topic("m1 on cors", Speaks::No);
    info("hello");
    Progress("evaluate", 5, "utterances").update(5);
  });

  EXPECT_EQ(text, "");
}

TEST(Log, ShowsARepeatedWarningOnceAndCountsIt) {
  const auto text = printed([] {
    for (int i = 0; i < 5; ++i) warn("again and again");
    flush_repeats();
  });

  EXPECT_THAT(text, HasSubstr("5 times: again and again"));
  EXPECT_EQ(text.find("again and again"), text.rfind("again and again", text.find("5 times") - 1));
}

TEST(Log, QuietKeepsWarnings) {
  set_level(Level::Quiet);
  const auto text = printed([] {
    info("chatter");
    warn("trouble");
  });
  set_level(Level::Normal);

  EXPECT_THAT(text, Not(HasSubstr("chatter")));
  EXPECT_THAT(text, HasSubstr("trouble"));
}

TEST(Progress, EndsWithAPlainLineWhereThereIsNoTerminal) {
  const auto text = printed([] {
    Progress progress("preprocess", 10, "utterances");
    progress.update(3);
    progress.update(10, "2 skipped");
  });

  EXPECT_THAT(text, HasSubstr("preprocess 10/10 utterances (100 %)"));
  EXPECT_THAT(text, HasSubstr("2 skipped"));
  EXPECT_THAT(text, Not(HasSubstr("3/10")));  // sooner than ten seconds after the last line
}

TEST(FormatDuration, ShowsHoursOnlyWhereThereAreAny) {
  EXPECT_EQ(format_duration(7325), "2:02:05");
  EXPECT_EQ(format_duration(65.4), "1:05");
  EXPECT_EQ(format_duration(0), "0:00");
}

}  // namespace
}  // namespace codectrace::log
