// Alarms about how signalling is followed, from readings that the test makes up.
#include "dataplane/agent/session_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lictor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SessionWatchTest : public testing::Test {
 protected:
  SessionWatchTest() { look(0); }

  void look(int64_t seconds) {
    now_.unix_ns += seconds * kNanosecondsPerSecond;
    watch_.look(reading_, now_);
  }
  // What was raised since the last call, as "code place count", with a minus where it is over.
  std::vector<std::string> take() {
    std::vector<std::string> texts;
    for (const AlarmEvent& alarm : alarms_.take_all())
      texts.push_back((alarm.cleared ? "-" : "") + alarm.code + " " + alarm.destination_id + " " +
                      std::to_string(alarm.count));
    return texts;
  }

  LegalTime now_{1'700'000'000 * kNanosecondsPerSecond};
  AlarmQueue alarms_;
  SessionReading reading_;
  SessionWatch watch_{alarms_, 60};
};

TEST_F(SessionWatchTest, WhereNothingGrowsNothingIsRaised) {
  look(100);
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(SessionWatchTest, EachCountIsAnAlarmOfItsOwnWhichEndsWhereItStandsStill) {
  reading_ = {.unheard = 1,
              .unheard_anybodys = 2,
              .full = 3,
              .targets_over = 4,
              .cins_missing = 5,
              .signals_lost = 6,
              .reports_lost = 7,
              .rules_over = 8,
              .calls_full = 9,
              .calls_pushed_out = 10,
              .not_kept = 11};
  look(1);
  EXPECT_THAT(
      take(),
      ElementsAre("target_sessions_unheard sessions 1", "sessions_unheard sessions 2", "sessions_full sessions 3",
                  "target_sessions_full sessions 4", "cins_missing sessions 5", "signalling_lost sessions 6",
                  "session_events_lost sessions 7", "session_rules_full sessions 8", "calls_full sessions 9",
                  "calls_pushed_out sessions 10", "sessions_not_kept sessions 11"));
  look(59);
  EXPECT_THAT(take(), IsEmpty()) << "they stand";
  reading_.cins_missing = 9;
  look(5);
  EXPECT_THAT(
      take(),
      ElementsAre("-target_sessions_unheard sessions 0", "-sessions_unheard sessions 0", "-sessions_full sessions 0",
                  "-target_sessions_full sessions 0", "cins_missing sessions 4", "-signalling_lost sessions 0",
                  "-session_events_lost sessions 0", "-session_rules_full sessions 0", "-calls_full sessions 0",
                  "-calls_pushed_out sessions 0", "-sessions_not_kept sessions 0"));
  look(60);
  EXPECT_THAT(take(), ElementsAre("-cins_missing sessions 0"));
}

TEST_F(SessionWatchTest, SipThatIsAwaitedAndNeverHeardIsAnAlarmUntilItIsHeard) {
  look(SessionWatch::kSipSilenceS);
  EXPECT_THAT(take(), IsEmpty()) << "nobody listens";
  reading_.sip_awaited = true;
  look(1);
  look(SessionWatch::kSipSilenceS - 1);
  EXPECT_THAT(take(), IsEmpty());
  look(1);
  EXPECT_THAT(take(), ElementsAre("sip_silent sessions 0"));
  look(100);
  EXPECT_THAT(take(), IsEmpty()) << "it stands";
  ++reading_.sip_heard;
  look(1);
  EXPECT_THAT(take(), ElementsAre("-sip_silent sessions 0"));
  look(SessionWatch::kSipSilenceS);
  EXPECT_THAT(take(), ElementsAre("sip_silent sessions 0")) << "it was heard, and is no more";
  reading_.sip_awaited = false;
  look(1);
  EXPECT_THAT(take(), ElementsAre("-sip_silent sessions 0"));
}

}  // namespace
}  // namespace lictor
