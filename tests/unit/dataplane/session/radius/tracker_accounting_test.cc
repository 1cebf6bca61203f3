// Accounting becomes sessions: begin, change, end, and what of it is told once although it comes often.

#include "tests/unit/dataplane/session/radius/radius_network.h"

namespace lictor::radius {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RadiusAccounting : public RadiusNetwork {};

TEST_F(RadiusAccounting, StartInterimAndStopAreASessionOfItsUser) {
  EXPECT_EQ(start({.second = 0}, "A1", join({user("alice"), ipv4(7)})), Fate::kUsed);
  EXPECT_THAT(told(), ElementsAre("accept alice +203.0.113.7/32"));
  EXPECT_EQ(interim({.second = 600}, "A1", join({user("alice"), ipv4(7)})), Fate::kUsed);
  EXPECT_THAT(told(), ElementsAre("update alice"));
  EXPECT_EQ(stop({.second = 900}, "A1", join({user("alice"), ipv4(7), attribute(49, number(1))})), Fate::kUsed);
  EXPECT_THAT(told(), ElementsAre("end alice -203.0.113.7/32 end=logoff"));
  EXPECT_EQ(sink_.last.started, at(0));
  EXPECT_EQ(sink_.last.effective, at(900));
}

TEST_F(RadiusAccounting, StopTellsVolumesOverFourGibibytesTheTimeAndTheCause) {
  start({}, "A1", ipv4(7));
  stop({.second = 60}, "A1",
       join({attribute(42, number(1)), attribute(52, number(2)), attribute(43, number(3)), attribute(46, number(60)),
             attribute(49, number(4))}));
  EXPECT_EQ(sink_.details.octets_from_target, (uint64_t{2} << 32) + 1);
  EXPECT_EQ(sink_.details.octets_to_target, 3U);
  EXPECT_EQ(sink_.details.session_seconds, 60U);
  EXPECT_EQ(sink_.details.cause, 4U);
  EXPECT_EQ(sink_.last.end, SessionEnd::kTimeout);
}

TEST_F(RadiusAccounting, EveryNameOfTheMessageIsShown) {
  start({}, "A1",
        join({user("alice@example.org"), attribute(31, "00-53-00-01-02-03"), attribute(87, "xe-0/0/1:100"),
              attribute(89, "cui"), vendor(3561, join({attribute(1, "dslam 1"), attribute(2, "line 7")})),
              vendor(10415, attribute(1, "001010123456789"))}));
  EXPECT_THAT(sink_.names,
              testing::UnorderedElementsAre("radius-user=alice@example.org", "radius-csid=00-53-00-01-02-03",
                                            std::string("mac=\0S\0\1\2\3", 10), "nas-port=192.0.2.1/xe-0/0/1:100",
                                            "chargeable-user=cui", "circuit-id=dslam 1", "remote-id=line 7",
                                            "imsi=001010123456789"));
}

TEST_F(RadiusAccounting, NumberOfTwelveDigitsIsNoMac) {
  start({}, "A1", attribute(31, "491715550123"));
  EXPECT_THAT(sink_.names, ElementsAre("radius-csid=491715550123"));
}

TEST_F(RadiusAccounting, RetransmissionMakesNoSecondEvent) {
  const Octets request = accounting({}, StatusType::kStart, "A1", ipv4(7));
  EXPECT_EQ(carry({.second = 0}, request), Fate::kUsed);
  EXPECT_EQ(carry({.second = 3}, request), Fate::kRepeated);
  EXPECT_EQ(start({.second = 6}, "A1", join({ipv4(7), attribute(41, number(6))})), Fate::kCopied);
  EXPECT_THAT(told(), ElementsAre("accept +203.0.113.7/32"));
}

TEST_F(RadiusAccounting, BothLegsOfAProxyMakeOneEvent) {
  const Octets nas = attribute(4, kNas.address);
  EXPECT_EQ(start({.second = 0, .to = kProxy}, "A1", join({nas, user("alice@example.org"), ipv4(7)})), Fate::kUsed);
  EXPECT_EQ(start({.second = 0.01, .from = kProxy}, "A1", join({nas, user("alice"), ipv4(7), attribute(33, "1")})),
            Fate::kCopied);
  EXPECT_THAT(told(), ElementsAre("accept alice@example.org +203.0.113.7/32"));
  EXPECT_EQ(stop({.second = 9, .to = kProxy}, "A1", nas), Fate::kUsed);
  EXPECT_EQ(stop({.second = 9.01, .from = kProxy}, "A1", nas), Fate::kCopied);
  EXPECT_THAT(told(), ElementsAre("end -203.0.113.7/32 end=other"));
}

TEST_F(RadiusAccounting, InterimThatIsSeenFirstIsASessionThatBeganBefore) {
  EXPECT_EQ(interim({.second = 600}, "A1", join({user("alice"), ipv4(7), attribute(46, number(500))})), Fate::kUsed);
  EXPECT_THAT(told(), ElementsAre("update alice +203.0.113.7/32"));
  EXPECT_NEAR(static_cast<double>(sink_.last.started.unix_ns - at(100).unix_ns), 0, 65'536);
}

TEST_F(RadiusAccounting, AddressMayComeLaterAndChange) {
  start({}, "A1", user("alice"));
  EXPECT_THAT(told(), ElementsAre("accept alice"));
  interim({.second = 5}, "A1", ipv4(7));
  EXPECT_THAT(told(), ElementsAre("update +203.0.113.7/32"));
  interim({.second = 60}, "A1", join({ipv4(8), ipv6(1)}));
  EXPECT_THAT(told(), ElementsAre("update +203.0.113.8/32 +2001:db8:100::/64 -203.0.113.7/32"));
}

TEST_F(RadiusAccounting, WhatAMessageDoesNotSayStaysAsItIs) {
  start({}, "A1", join({ipv4(7), ipv6(1), attribute(123, prefix_value(56, 2))}));
  told();
  interim({.second = 60}, "A1", attribute(46, number(60)));
  EXPECT_THAT(told(), ElementsAre("update"));
  interim({.second = 120}, "A1", attribute(8, {0, 0, 0, 0}));
  EXPECT_THAT(told(), ElementsAre("update"));
  interim({.second = 180}, "A1", ipv6(3));
  EXPECT_THAT(told(), ElementsAre("update +2001:db8:300::/64 -2001:db8:100::/64"));
}

TEST_F(RadiusAccounting, EveryKindOfAddressIsBoundForItsUse) {
  start({}, "A1",
        join({ipv4(7), ipv6(1), attribute(123, prefix_value(56, 2)), attribute(22, "198.51.100.0/28 203.0.113.7 1"),
              attribute(99, "2001:db8:4000::/48 :: 1"), attribute(168, join({{0x20, 1, 0x0d, 0xb8}, Octets(12, 9)}))}));
  EXPECT_THAT(told(), ElementsAre("accept +203.0.113.7/32 +2001:db8:100::/64 +2001:db8:909:909:909:909:909:909/128 "
                                  "+2001:db8:200::/56 delegated +198.51.100.0/28 route +2001:db8:4000::/48 route"));
}

TEST_F(RadiusAccounting, PrefixThatIsWiderThanAnybodysBindsNothingAndIsCounted) {
  start({}, "A1", join({ipv4(7), attribute(97, prefix_value(32, 0)), attribute(22, "0.0.0.0/0 203.0.113.7 1")}));
  EXPECT_THAT(told(), ElementsAre("accept +203.0.113.7/32"));
  EXPECT_EQ(tracker_->counters().too_wide.get(), 2U);
}

Octets port_range(uint32_t allocation, uint32_t first, uint32_t last) {
  return attribute(241, join({{6},
                              attribute(3, {198, 51, 100, 9}),
                              attribute(8, number(allocation)),
                              attribute(9, number(first)),
                              attribute(10, number(last))}));
}

TEST_F(RadiusAccounting, PortsOfASharedAddressComeAndGoBlockByBlock) {
  start({}, "A1", port_range(1, 1024, 2047));
  EXPECT_THAT(told(), ElementsAre("accept +198.51.100.9/32:1024-2047"));
  interim({.second = 60}, "A1", port_range(1, 4096, 5119));
  EXPECT_THAT(told(), ElementsAre("update +198.51.100.9/32:4096-5119"));
  interim({.second = 120}, "A1", port_range(2, 1024, 2047));
  EXPECT_THAT(told(), ElementsAre("update -198.51.100.9/32:1024-2047"));
}

TEST_F(RadiusAccounting, StopWithoutStartTellsNothingAndNothingLateBeginsTheSession) {
  EXPECT_EQ(stop({.second = 1}, "A1", ipv4(7)), Fate::kUnknownSession);
  EXPECT_EQ(start({.second = 2}, "A1", ipv4(7)), Fate::kAfterEnd);
  EXPECT_EQ(interim({.second = 3}, "A1", ipv4(7)), Fate::kAfterEnd);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(RadiusAccounting, InterimBehindTheStopBringsNothingBack) {
  start({}, "A1", ipv4(7));
  stop({.second = 60}, "A1");
  told();
  EXPECT_EQ(interim({.second = 60.1}, "A1", ipv4(7)), Fate::kAfterEnd);
  EXPECT_EQ(stop({.second = 120}, "A1", attribute(46, number(60))), Fate::kAfterEnd);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(RadiusAccounting, NameOfAStoppedSessionMayBeUsedAgain) {
  start({}, "A1", ipv4(7));
  stop({.second = 60}, "A1");
  told();
  EXPECT_EQ(start({.second = 100}, "A1", ipv4(8)), Fate::kUsed);
  EXPECT_THAT(told(), ElementsAre("accept +203.0.113.8/32"));
}

TEST_F(RadiusAccounting, StartOfASessionThatIsThereIsAnotherSession) {
  start({}, "A1", join({user("alice"), ipv4(7)}));
  told();
  EXPECT_EQ(start({.second = 100}, "A1", join({user("bob"), ipv4(8)})), Fate::kUsed);
  EXPECT_THAT(told(), ElementsAre("end -203.0.113.7/32 end=other", "accept bob +203.0.113.8/32"));
}

TEST_F(RadiusAccounting, AddressThatIsGivenToAnotherIsTheOthersAtOnce) {
  start({}, "A1", join({user("alice"), ipv4(7)}));
  told();
  start({.second = 60}, "A2", join({user("bob"), ipv4(7)}));
  EXPECT_THAT(told(), ElementsAre("end -203.0.113.7/32 end=replaced", "accept bob +203.0.113.7/32"));
}

TEST_F(RadiusAccounting, StartThatIsOlderThanThePresentHolderDoesNotTakeTheAddress) {
  start({.second = 60}, "A2", join({user("bob"), ipv4(7)}));
  told();
  EXPECT_EQ(start({.second = 90}, "A1", join({user("alice"), ipv4(7), attribute(41, number(80))})), Fate::kUsed);
  EXPECT_THAT(told(), ElementsAre("accept alice"));
  EXPECT_EQ(sink_.last.effective, at(10));
  EXPECT_EQ(book_->counters().addresses_older.get(), 1U);
}

TEST_F(RadiusAccounting, SeveralSessionsOfOneUserAreThereAtOnce) {
  start({.second = 0}, "A1", join({user("alice"), ipv4(7)}));
  start({.second = 1}, "A2", join({user("alice"), ipv4(8)}));
  start({.second = 2, .from = kOtherNas}, "A1", join({user("alice"), ipv4(9)}));
  size_t found = 0;
  book_->for_each_of(IdentityKind::kRadiusUser, as_bytes("alice"), [&found](SessionId) { ++found; });
  EXPECT_EQ(found, 3U) << "another NAS may use the same name for a session";
  told();
  stop({.second = 9}, "A2");
  EXPECT_THAT(told(), ElementsAre("end -203.0.113.8/32 end=other"));
}

TEST_F(RadiusAccounting, NameThatEverybodyHasNamesNobody) {
  TrackerPlan plan = network_plan();
  plan.subscriber.shared_users = {"ppp", "dsl"};
  tracker_ = *RadiusTracker::make(plan, *book_);
  start({}, "A1", join({user("dsl"), attribute(31, "a line")}));
  EXPECT_THAT(sink_.names, ElementsAre("radius-csid=a line"));
  EXPECT_EQ(as_text(sink_.details.calling_station).size(), 6U);
}

TEST_F(RadiusAccounting, AccountingThatNamesNoSessionHasNoEffect) {
  EXPECT_EQ(start({}, "", ipv4(7)), Fate::kNoSession);
  EXPECT_EQ(carry({}, signed_request(message(4, 1, attribute(44, "A1")), kNetworkSecret)), Fate::kNoSession);
  EXPECT_EQ(carry({}, accounting({}, static_cast<StatusType>(15), "A1", {})), Fate::kUnknownCode);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(RadiusAccounting, RestartOfANasEndsItsSessionsAndNoOthers) {
  start({.second = 0}, "A1", ipv4(7));
  start({.second = 1}, "A2", ipv4(8));
  start({.second = 2, .from = kOtherNas}, "B1", ipv4(9));
  told();
  EXPECT_EQ(carry({.second = 60}, accounting({}, StatusType::kAccountingOn, "", {})), Fate::kUsed);
  EXPECT_THAT(told(), testing::UnorderedElementsAre("end -203.0.113.7/32 end=lost", "end -203.0.113.8/32 end=lost"));
  EXPECT_EQ(book_->counters().opened.get() - book_->counters().closed.get(), 1U);
}

TEST_F(RadiusAccounting, RestartOfANasEndsWhatAFormerProcessKnewOfIt) {
  start({.second = 0}, "A1", join({user("alice"), ipv4(7)}));
  start({.second = 1, .from = kOtherNas}, "B1", join({user("bob"), ipv4(9)}));
  std::vector<SessionImage> images;
  book_->for_each([&](SessionId session) { images.push_back(book_->image(session)); });
  book_ = *SessionBook::make({.sessions_max = 64, .cells_bytes_max = 1 << 20});
  tracker_ = *RadiusTracker::make(network_plan(), *book_);
  for (const SessionImage& image : images) ASSERT_NE(book_->restore(image, {}, {}), kNoSession);
  book_->restored(at(50));
  told();
  EXPECT_EQ(carry({.second = 60}, accounting({}, StatusType::kAccountingOn, "", {})), Fate::kUsed);
  EXPECT_THAT(told(), ElementsAre("end end=lost"));
  EXPECT_EQ(book_->counters().opened.get() - book_->counters().closed.get(), 1U);
}

TEST_F(RadiusAccounting, RestartsThatComeCloselyAreDoneInTurnAndSpareWhatBeganSince) {
  for (int round = 0; round < 2; ++round) {
    start({.second = round * 0.2}, "A" + std::to_string(round), ipv4(7));
    carry({.second = round * 0.2 + 0.1}, accounting({}, StatusType::kAccountingOff, "", event_time(round)));
  }
  EXPECT_THAT(told(), ElementsAre("accept +203.0.113.7/32", "end -203.0.113.7/32 end=lost", "accept +203.0.113.7/32"))
      << "a second walk through all sessions within a second waits";
  start({.second = 0.5}, "A9", ipv4(8));
  told();
  tracker_->on_tick(at(2), sink_);
  EXPECT_THAT(told(), ElementsAre("end -203.0.113.7/32 end=lost"));
}

TEST_F(RadiusAccounting, SessionOfWhichThreeIntervalsNothingIsHeardHasEnded) {
  start({.second = 0}, "A1", join({ipv4(7), attribute(85, number(600))}));
  interim({.second = 600}, "A1", attribute(46, number(600)));
  told();
  wait_until(600 + 3 * 600 + 59);
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(book_->counters().unheard.get(), 0U);
  wait_until(600 + 3 * 600 + 61);
  EXPECT_THAT(told(), ElementsAre("end -203.0.113.7/32 end=timeout"));
  EXPECT_EQ(book_->counters().unheard.get(), 1U);
}

TEST_F(RadiusAccounting, ASessionWhoseStopSaysThatItTimedOutWasHeardOf) {
  start({.second = 0}, "A1", ipv4(7));
  stop({.second = 10}, "A1", attribute(49, number(4)));
  EXPECT_THAT(told().back(), testing::EndsWith("end=timeout"));
  EXPECT_EQ(book_->counters().unheard.get(), 0U);
}

TEST_F(RadiusAccounting, IntervalIsLearnedFromInterimsAndNotFromChanges) {
  start({.second = 0}, "A1", ipv4(7));
  interim({.second = 2}, "A1", ipv6(1));
  for (int i = 1; i <= 2; ++i) interim({.second = 2 + i * 300.0}, "A1", attribute(46, number(i * 300U)));
  told();
  wait_until(602 + 3 * 300 + 50);
  EXPECT_THAT(told(), IsEmpty());
  wait_until(602 + 3 * 300 + 70);
  EXPECT_THAT(told(),
              ElementsAre(testing::AllOf(testing::HasSubstr("-203.0.113.7/32"), testing::EndsWith("end=timeout"))));
}

TEST_F(RadiusAccounting, ChangesInARowAreNoInterval) {
  start({.second = 0}, "A1", ipv4(7));
  for (uint8_t i = 1; i <= 3; ++i) interim({.second = i * 2.0}, "A1", ipv6(i));
  told();
  wait_until(600);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(RadiusAccounting, SessionWithoutInterimsEndsAtTheLongestTime) {
  start({.second = 0}, "A1", ipv4(7));
  told();
  wait_until(7 * 86'400 - 1);
  EXPECT_THAT(told(), IsEmpty());
  wait_until(7 * 86'400 + 1);
  EXPECT_THAT(told(), ElementsAre("end -203.0.113.7/32 end=timeout"));
}

class RadiusOnResponse : public RadiusNetwork {
 protected:
  static TrackerPlan plan() {
    TrackerPlan plan = network_plan();
    plan.accounting = AccountingPolicy::kOnResponse;
    return plan;
  }
  RadiusOnResponse() : RadiusNetwork(plan()) {}
};

TEST_F(RadiusOnResponse, AccountingIsBelievedWhenAServerHasAnsweredIt) {
  const Octets request = accounting({}, StatusType::kStart, "A1", join({user("alice"), ipv4(7)}));
  carry({.second = 1}, request);
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(answer(1.1, 5, request, {}, {}, "another secret"), Fate::kWrongProof);
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(answer(1.2, 5, request, {}), Fate::kUsed);
  EXPECT_THAT(told(), ElementsAre("accept alice +203.0.113.7/32"));
  EXPECT_EQ(sink_.last.effective, at(1)) << "it was true when it was said";
  EXPECT_EQ(answer(1.3, 5, request, {}), Fate::kNotAwaited);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(RadiusAccounting, AnswersAreNotNeededWhereRequestsAreBelieved) {
  const Octets request = accounting({}, StatusType::kStart, "A1", ipv4(7));
  carry({}, request);
  EXPECT_EQ(answer(1, 5, request, {}), Fate::kNotAwaited);
}

}  // namespace
}  // namespace lictor::radius
