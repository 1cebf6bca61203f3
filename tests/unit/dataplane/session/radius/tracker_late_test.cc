// Accounting that is read in another order than it became true, and a full book.

#include "tests/unit/dataplane/session/radius/radius_network.h"

namespace lictor::radius {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RadiusLate : public RadiusNetwork {
 protected:
  static Octets restart() { return join({attribute(40, number(7)), attribute(44, "boot")}); }
  static Octets late(uint32_t seconds) { return attribute(41, number(seconds)); }
};

TEST_F(RadiusLate, WhatWasBeforeTheRestartOfItsNasBringsNothingBack) {
  carry({.second = 100}, signed_request(message(4, 200, restart()), kNetworkSecret));
  told();
  EXPECT_EQ(start({.second = 110}, "A1", join({ipv4(7), late(60)})), Fate::kAfterEnd);
  EXPECT_EQ(interim({.second = 120}, "A2", join({ipv4(8), late(60)})), Fate::kAfterEnd);
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(start({.second = 130}, "A3", ipv4(7)), Fate::kUsed);
}

TEST_F(RadiusLate, StartOfASessionThatIsOverStillTellsWhoseTheAddressIsNoMore) {
  start({.second = 0}, "A1", join({user("alice"), ipv4(7)}));
  stop({.second = 100}, "B1", join({user("bob"), ipv4(7)}));
  told();
  EXPECT_EQ(start({.second = 110}, "B1", join({user("bob"), ipv4(7), late(60)})), Fate::kAfterEnd);
  EXPECT_THAT(told(), ElementsAre("end -203.0.113.7/32 end=replaced"));
}

TEST_F(RadiusLate, InterimThatSaysToBeNewerThanItsStopTakesNothingAway) {
  stop({.second = 100}, "B1", join({user("bob"), ipv4(7)}));
  start({.second = 200}, "A1", join({user("alice"), ipv4(7)}));
  told();
  EXPECT_EQ(interim({.second = 300}, "B1", join({user("bob"), ipv4(7)})), Fate::kAfterEnd);
  EXPECT_THAT(told(), IsEmpty()) << "it may be played again";
}

TEST_F(RadiusLate, NasWhoseClockBeganAnewIsNotDecadesLate) {
  for (int i = 0; i < 4; ++i) interim({.second = 10.0 * i}, "A1", join({ipv4(7), event_time(10.0 * i)}));
  EXPECT_EQ(start({.second = 100}, "A2", join({ipv4(7), attribute(55, number(1))})), Fate::kUsed);
  EXPECT_EQ(sink_.last.effective, at(100));
}

TEST_F(RadiusLate, WhatWasBeforeThisProcessBeganOpensNoSessionAndTakesAway) {
  start({.second = 0}, "A1", join({user("alice"), ipv4(7)}));
  told();
  book_->restored(at(100));
  EXPECT_EQ(start({.second = 110}, "B1", join({user("bob"), ipv4(7), late(60)})), Fate::kAfterEnd);
  EXPECT_THAT(told(), ElementsAre("end -203.0.113.7/32 end=replaced"));
  EXPECT_EQ(interim({.second = 120}, "B2", join({user("carol"), ipv4(8), late(60)})), Fate::kAfterEnd);
  EXPECT_THAT(told(), IsEmpty()) << "its end may have been heard by a former process";
  EXPECT_EQ(interim({.second = 130}, "B2", join({user("carol"), ipv4(8), attribute(46, number(70))})), Fate::kUsed);
  EXPECT_THAT(told(), ElementsAre("update carol +203.0.113.8/32"));
}

TEST_F(RadiusLate, WhatIsLateIsKnownByTheClockThatAFormerProcessSaw) {
  for (int i = 0; i < 4; ++i) interim({.second = 10.0 * i}, "A1", join({ipv4(7), event_time(10.0 * i - 3000)}));
  const std::unique_ptr<RadiusTracker> former = std::move(tracker_);
  tracker_ = *RadiusTracker::make(network_plan(), *book_);
  for (uint32_t number = 0; number < former->clocks_end(); ++number) {
    if (const std::optional<SourceClock> clock = former->clock(number)) tracker_->restore_clock(*clock);
  }
  book_->restored(at(100));
  EXPECT_EQ(start({.second = 110}, "B1", join({ipv4(8), event_time(50 - 3000)})), Fate::kAfterEnd);
  EXPECT_EQ(start({.second = 120}, "B2", join({ipv4(8), event_time(120 - 3000)})), Fate::kUsed);
}

class RadiusNoRoom : public RadiusNetwork {
 protected:
  RadiusNoRoom() : RadiusNetwork(network_plan(), 1) {}
};

TEST_F(RadiusNoRoom, WhatIsGivenToSomebodyWhomThereIsNoRoomForIsNobodys) {
  start({.second = 0}, "A1", join({user("alice"), ipv4(7)}));
  told();
  EXPECT_EQ(start({.second = 10}, "B1", join({user("bob"), ipv4(7)})), Fate::kNoRoom);
  EXPECT_THAT(told(), ElementsAre("end -203.0.113.7/32 end=replaced"));
}

}  // namespace
}  // namespace lictor::radius
