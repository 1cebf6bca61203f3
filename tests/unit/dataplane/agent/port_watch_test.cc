// Alarms about ports, from readings that the test makes up.
#include "dataplane/agent/port_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lictor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int64_t kStartNs = 1'700'000'000 * kNanosecondsPerSecond;

class PortWatchTest : public testing::Test {
 protected:
  PortWatchTest() {
    for (const char* name : {"east", "west"}) ports_.push_back({.name = name, .tap_group = "core"});
    ports_.push_back({.name = "alone", .tap_group = ""});
    look();
    take();
  }

  void look(double seconds = 0) {
    now_.unix_ns += static_cast<int64_t>(seconds * 1e9);
    watch_.look(ports_, damage_, now_);
  }
  // A second passes, and these ports receive.
  void second(std::initializer_list<size_t> receiving) {
    for (const size_t port : receiving) ports_[port].offered += 10;
    look(1);
  }

  // What was raised since the last call, as "code place count", with a minus where it is over.
  std::vector<std::string> take() {
    std::vector<std::string> texts;
    for (const AlarmEvent& alarm : alarms_.take_all()) {
      texts.push_back((alarm.cleared ? "-" : "") + alarm.code + " " + alarm.destination_id + " " +
                      std::to_string(alarm.count));
      text_ = alarm.text;
    }
    return texts;
  }

  LegalTime now_{kStartNs};
  AlarmQueue alarms_;
  std::vector<std::string> told_;
  std::vector<PortReading> ports_;
  DamageReading damage_;
  std::string text_;
  PortWatch watch_{alarms_, {.silent_leg_s = 5, .quiet_s = 60, .tell_agencies = [this](const std::string& text) {
                               told_.push_back(text);
                             }}};
};

TEST_F(PortWatchTest, LossIsToldToOperatorAndAgenciesWithItsTimeAndAgenciesDoNotLearnThePort) {
  ports_[1].lost = 7;
  look(1);
  EXPECT_THAT(take(), ElementsAre("port_missed port/west 7"));
  EXPECT_THAT(text_, HasSubstr("west"));
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_THAT(told_[0], HasSubstr("7 packets"));
  EXPECT_THAT(told_[0], HasSubstr("from 2023-11-14T22:13:20Z to 2023-11-14T22:13:21Z"));
  EXPECT_THAT(told_[0], testing::Not(HasSubstr("west")));
}

TEST_F(PortWatchTest, LossThatGoesOnIsToldOnceASecondAndEveryPacketOnce) {
  ports_[0].lost = 1;
  look(0.1);
  for (int i = 0; i < 20; ++i) {
    ports_[0].lost += 10;
    look(0.1);
  }
  look(1);
  uint64_t told = 0;
  const std::deque<AlarmEvent> alarms = alarms_.take_all();
  for (const AlarmEvent& alarm : alarms) told += alarm.count;
  EXPECT_EQ(told, 201U);
  EXPECT_LE(alarms.size(), 4U);
  EXPECT_EQ(told_.size(), alarms.size());
}

TEST_F(PortWatchTest, AlarmAboutACounterIsOverAfterTheQuietTimeAndMayComeAgain) {
  ports_[0].lost = 3;
  look(1);
  take();
  look(59);
  EXPECT_THAT(take(), IsEmpty());
  look(1);
  EXPECT_THAT(take(), ElementsAre("-port_missed port/east 0"));
  look(1000);
  EXPECT_THAT(take(), IsEmpty());
  ports_[0].lost = 4;
  look(1);
  EXPECT_THAT(take(), ElementsAre("port_missed port/east 1"));
  EXPECT_THAT(text_, HasSubstr("from 2023-11-14T22:31:01Z to 2023-11-14T22:31:02Z"));
}

TEST_F(PortWatchTest, DamageIsRaisedOnceAndItsCountsAddUp) {
  const auto error = [&](FrameError kind) -> uint64_t& { return ports_[0].errors[static_cast<size_t>(kind)]; };
  error(FrameError::kChecksum) = 5;
  error(FrameError::kTooShort) = 6;
  error(FrameError::kTooLong) = 7;
  ports_[0].stamps_refused = 8;
  look(1);
  EXPECT_THAT(take(), testing::UnorderedElementsAre("port_frames_damaged port/east 5", "port_frames_short port/east 6",
                                                    "port_frames_long port/east 7", "port_stamps_refused port/east 8"));
  for (int i = 0; i < 50; ++i) {
    ++error(FrameError::kChecksum);
    look(1);
  }
  EXPECT_THAT(take(), IsEmpty()) << "it stands";
  look(10);  // a minute after the first
  EXPECT_THAT(take(),
              testing::UnorderedElementsAre("port_frames_damaged port/east 50", "-port_frames_short port/east 0",
                                            "-port_frames_long port/east 0", "-port_stamps_refused port/east 0"));
  EXPECT_THAT(told_, IsEmpty()) << "a damaged frame is in the port's losses where the driver counts it there";
  look(60);
  EXPECT_THAT(take(), ElementsAre("-port_frames_damaged port/east 0"));
}

TEST_F(PortWatchTest, FramesThatAreCutOrTooLongAreTold) {
  damage_ = {.truncated = 2, .too_long = 3};
  look(1);
  EXPECT_THAT(take(), ElementsAre("frames_truncated ports 2", "frames_too_long ports 3"));
}

TEST_F(PortWatchTest, FragmentsThatCouldNotWaitAreTold) {
  damage_ = {.fragments = 4};
  look(1);
  EXPECT_THAT(take(), ElementsAre("fragments_given_up ports 4"));
}

TEST_F(PortWatchTest, LinkIsToldWhenItGoesAndWhenItComes) {
  ports_[2].link_up = false;
  look(1);
  look(1);
  EXPECT_THAT(take(), ElementsAre("link_down port/alone 0"));
  ports_[2].link_up = true;
  look(1);
  look(1);
  EXPECT_THAT(take(), ElementsAre("-link_down port/alone 0"));
}

TEST_F(PortWatchTest, LegThatIsSilentWhileAnotherOfItsGroupIsNotIsToldOnceUntilItReceives) {
  for (int i = 0; i < 5; ++i) {
    second({0});
    EXPECT_THAT(take(), IsEmpty());
  }
  second({0});
  EXPECT_THAT(take(), ElementsAre("leg_silent port/west 0"));
  EXPECT_THAT(text_, HasSubstr("core"));
  for (int i = 0; i < 20; ++i) second({0});
  EXPECT_THAT(take(), IsEmpty());
  second({0, 1});
  EXPECT_THAT(take(), ElementsAre("-leg_silent port/west 0"));
}

TEST_F(PortWatchTest, SilenceOfAllLegsIsNoAlarm) {
  for (int i = 0; i < 100; ++i) second({2});
  EXPECT_THAT(take(), IsEmpty());
  second({0});
  EXPECT_THAT(take(), IsEmpty()) << "the other leg has been silent while nobody was heard";
}

TEST_F(PortWatchTest, LegThatIsHeardNowAndThenIsNotSilent) {
  for (int i = 0; i < 30; ++i) {
    second({0});
    if (i % 4 == 0) second({1});
  }
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(PortWatchTest, LegWhoseLinkIsDownHasThatAlarmAlone) {
  ports_[1].link_up = false;
  for (int i = 0; i < 20; ++i) second({0});
  EXPECT_THAT(take(), ElementsAre("link_down port/west 0"));
}

TEST(PortWatchOff, SilenceIsNoAlarmWhereTheOperatorSaysSo) {
  AlarmQueue alarms;
  PortWatch watch(alarms, {.silent_leg_s = 0, .tell_agencies = [](const std::string&) {}});
  std::vector<PortReading> ports = {{.name = "east", .tap_group = "core"}, {.name = "west", .tap_group = "core"}};
  for (int64_t second = 0; second < 100; ++second) {
    ++ports[0].offered;
    watch.look(ports, {}, {kStartNs + second * kNanosecondsPerSecond});
  }
  EXPECT_THAT(alarms.take_all(), IsEmpty());
}

}  // namespace
}  // namespace lictor
