// What is said by somebody who may not say it, or again, or to fill memory, has no effect, and is counted.

#include "tests/unit/dataplane/session/radius/radius_network.h"

namespace lictor::radius {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RadiusHostile : public RadiusNetwork {};

TEST_F(RadiusHostile, WhoIsNoClientOrAsksNoServerIsForeign) {
  EXPECT_EQ(start({.from = kStranger}, "A1", ipv4(7)), Fate::kForeign);
  EXPECT_EQ(start({.to = kStranger}, "A1", ipv4(7)), Fate::kForeign);
  EXPECT_EQ(start({.from = kServer, .to = kNas}, "A1", ipv4(7)), Fate::kForeign);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(RadiusHostile, WrongAuthenticatorHasNoEffect) {
  EXPECT_EQ(start({.secret = "a guess"}, "A1", ipv4(7)), Fate::kWrongProof);
  start({}, "A1", ipv4(7));
  told();
  EXPECT_EQ(stop({.second = 1, .secret = "a guess"}, "A1"), Fate::kWrongProof);
  EXPECT_EQ(carry({.second = 2}, accounting({.secret = "a guess"}, StatusType::kAccountingOn, "", {})),
            Fate::kWrongProof);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(RadiusHostile, ReplayedStartDoesNotTakeBackAnAddressThatHasMovedOn) {
  const Octets first = accounting({}, StatusType::kStart, "A1", join({user("alice"), ipv4(7)}));
  carry({.second = 0}, first);
  stop({.second = 60}, "A1");
  start({.second = 120}, "A2", join({user("bob"), ipv4(7)}));
  told();
  EXPECT_EQ(carry({.second = 86'400}, first), Fate::kReplayed);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(RadiusHostile, ReplayedStartWithItsTimeIsOldEvenWhenItIsNotRemembered) {
  for (int i = 0; i < 3; ++i)
    interim({.second = i * 100.0}, "A9", join({ipv4(99), event_time(i * 100.0), attribute(46, number(i * 100U))}));
  start({.second = 400}, "A2", join({user("bob"), ipv4(7), event_time(400)}));
  told();
  // Its NAS said it at 300; nobody here heard it then.
  EXPECT_EQ(start({.second = 900}, "A1", join({user("alice"), ipv4(7), event_time(300)})), Fate::kUsed);
  EXPECT_THAT(told(), ElementsAre("accept alice"));
  EXPECT_EQ(sink_.last.effective, at(300));
}

TEST_F(RadiusHostile, ClockOfANasThatIsWrongMakesNothingOld) {
  for (int i = 0; i < 3; ++i)
    interim({.second = i * 100.0}, "A9",
            join({ipv4(99), event_time(i * 100.0 - 1e6), attribute(46, number(i * 100U))}));
  start({.second = 400}, "A2", join({user("bob"), ipv4(7), event_time(400 - 1e6)}));
  EXPECT_EQ(sink_.last.effective, at(400));
  told();
  start({.second = 900}, "A1", join({user("alice"), ipv4(7), event_time(900 - 1e6)}));
  EXPECT_THAT(told(), ElementsAre("end -203.0.113.7/32 end=replaced", "accept alice +203.0.113.7/32"));
}

TEST_F(RadiusHostile, MessagesOfTheSameSecondAreInTheOrderInWhichTheyCame) {
  start({.second = 10.9}, "A1", join({user("alice"), ipv4(7), event_time(10)}));
  start({.second = 11.1}, "A2", join({user("bob"), ipv4(7), event_time(10)}));
  told();
  start({.second = 12.0}, "A3", join({user("carol"), ipv4(7), event_time(11)}));
  EXPECT_THAT(told(), ElementsAre("end -203.0.113.7/32 end=replaced", "accept carol +203.0.113.7/32"));
}

TEST_F(RadiusHostile, TimeThatHasNotComeYetIsNow) {
  start({.second = 10}, "A1", join({ipv4(7), event_time(5000)}));
  EXPECT_EQ(sink_.last.effective, at(10));
}

TEST_F(RadiusHostile, ReplayedRestartEndsNothing) {
  const Octets on = accounting({}, StatusType::kAccountingOn, "", {});
  EXPECT_EQ(carry({.second = 0}, on), Fate::kUsed);
  start({.second = 100}, "A1", ipv4(7));
  told();
  EXPECT_EQ(carry({.second = 200}, on), Fate::kReplayed);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(RadiusHostile, RestartThatIsOlderThanASessionDoesNotEndIt) {
  start({.second = 100}, "A1", ipv4(7));
  told();
  EXPECT_EQ(carry({.second = 110}, accounting({}, StatusType::kAccountingOn, "", attribute(41, number(60)))),
            Fate::kUsed);
  EXPECT_THAT(told(), IsEmpty());
}

class RadiusFullBook : public RadiusNetwork {
 protected:
  RadiusFullBook() : RadiusNetwork(network_plan(), 2) {}
};

TEST_F(RadiusFullBook, NewSessionThatHasNoRoomIsRefusedAndCountedAndOthersStay) {
  start({}, "A1", ipv4(1));
  start({}, "A2", ipv4(2));
  told();
  EXPECT_EQ(start({}, "A3", ipv4(3)), Fate::kNoRoom);
  EXPECT_EQ(interim({}, "A4", ipv4(4)), Fate::kNoRoom);
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(book_->counters().refused_full.get(), 2U);
  stop({.second = 1}, "A1");
  told();
  EXPECT_EQ(start({.second = 2}, "A5", ipv4(5)), Fate::kUsed);
  EXPECT_THAT(told(), ElementsAre("accept +203.0.113.5/32"));
}

TEST_F(RadiusHostile, NasesBeyondTheirBoundHaveSessionsButNoRestart) {
  for (uint8_t i = 0; i < 20; ++i)
    EXPECT_EQ(start({}, "S" + std::to_string(i), join({attribute(32, Octets(3, i)), ipv4(i)})), Fate::kUsed);
  EXPECT_EQ(tracker_->counters().nas_unknown.get(), 4U);
  told();
  EXPECT_EQ(carry({.second = 5}, accounting({}, StatusType::kAccountingOn, "", attribute(32, Octets(3, 19)))),
            Fate::kUnknownSession);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(RadiusHostile, OctetsThatAreNoMessageAreCountedByTheirFault) {
  EXPECT_EQ(carry({}, Octets(19)), Fate::kTruncated);
  EXPECT_EQ(carry({}, Octets(20)), Fate::kBadLength);
  EXPECT_EQ(carry({}, message(4, 1, {1, 1})), Fate::kBadAttribute);
  EXPECT_EQ(carry({}, message(12, 1, {})), Fate::kUnknownCode);
}

TEST_F(RadiusHostile, ClientWithoutSecretIsBelievedAndCounted) {
  TrackerPlan plan = network_plan();
  for (ClientPlan& client : plan.peers[0].clients) client.secret = nullptr;
  tracker_ = *RadiusTracker::make(plan, *book_);
  EXPECT_EQ(start({.secret = "whatever"}, "A1", ipv4(7)), Fate::kUsed);
  EXPECT_EQ(tracker_->counters().unverified.get(), 1U);
}

TEST_F(RadiusHostile, AnyOctetOfAnyMessageMayBeAnything) {
  TrackerPlan plan = network_plan();
  for (ClientPlan& client : plan.peers[0].clients) client.secret = nullptr;
  tracker_ = *RadiusTracker::make(plan, *book_);
  const Octets good = accounting({}, StatusType::kStart, "A1",
                                 join({user("alice"), ipv4(7), ipv6(1), attribute(22, "198.51.100.0/28 :: 1"),
                                       attribute(87, "port"), vendor(6527, attribute(121, "198.51.100.9 1024-2047"))}));
  uint64_t messages = 0;
  for (size_t at = 0; at < good.size(); ++at) {
    for (const uint8_t value : Octets{0, 1, 2, 3, 7, 255, static_cast<uint8_t>(good[at] + 1)}) {
      Octets bad = good;
      bad[at] = value;
      carry({.second = static_cast<double>(at)}, bad);
      ++messages;
    }
  }
  wait_until(1e6);
  EXPECT_EQ(tracker_->counters().fates.total(), messages) << "each has one fate";
  uint64_t open = 0;
  book_->for_each([&open](SessionId) { ++open; });
  EXPECT_GT(book_->counters().opened.get(), 0U);
  EXPECT_EQ(book_->counters().opened.get() - book_->counters().closed.get(), open);
}

}  // namespace
}  // namespace lictor::radius
