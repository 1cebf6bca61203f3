// What the desk makes of sessions of targets: reports, CINs and rules, and of everybody else's nothing.
#include "dataplane/session/session_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "desk_fixture.h"

namespace lictor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using Kind = SessionReport::Kind;

class SessionDeskTest : public DeskFixture {};

TEST_F(SessionDeskTest, OfStrangersNothingIsTold) {
  watch({task(1, {"alice"})});
  accept("one", "bob", 1, {a_});
  EXPECT_THAT(reports(), IsEmpty());
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(SessionDeskTest, ATargetsSessionIsToldBoundAndEnded) {
  watch({task(1, {"alice"})});
  accept("one", "alice", 1, {a_, net_});
  std::vector<Told> told = reports();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].kind, Kind::kEvent);
  EXPECT_EQ(told[0].event, AccessEvent::kAccept);
  EXPECT_EQ(told[0].cin, 100U);
  EXPECT_EQ(told[0].user, "alice");
  EXPECT_THAT(told[0].addresses, testing::UnorderedElementsAre("192.0.2.7/32", "2001:db8:1::/56"));
  EXPECT_THAT(rules(), testing::UnorderedElementsAre(Rule{1, 100, "192.0.2.7/32"}, Rule{1, 100, "2001:db8:1::/56"}));
  end("one", 2);
  told = reports();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].event, AccessEvent::kEnd);
  EXPECT_EQ(told[0].user, "alice") << "though the message did not say so again";
  EXPECT_THAT(told[0].addresses, IsEmpty());
  EXPECT_THAT(rules(), IsEmpty());
  EXPECT_EQ(desk_->followed(), 0U);
}

// Says whether it may tell where somebody is.
class SaidLocation final : public ShownMessage {
 public:
  size_t copy(Bytes /*message*/, ShownLocation location, MutableBytes room) const noexcept override {
    room[0] = location == ShownLocation::kYes ? 'y' : 'n';
    return 1;
  }
};

TEST_F(SessionDeskTest, AMessageTravelsAsItsProtocolShowsItToThoseWhoOrderedItAndToNobodyWhereItDoesNot) {
  WatchedTask raw = task(1, {"alice"});
  raw.raw = true;
  WatchedTask located = task(2, {"alice"}, 500);
  located.raw = true;
  located.location = ShownLocation::kYes;
  watch({raw, located, task(3, {"alice"}, 900)});
  const SaidLocation said;
  const SignalRecord record{.header = {}, .frame = {}, .message = as_bytes("secret")};
  const ShownIdentity alice{IdentityKind::kRadiusUser, as_bytes("alice")};
  SessionEvent event{.kind = AccessEvent::kAttempt, .shown = {&alice, 1}, .message = &record, .shown_as = &said};
  desk_->on_event(event);
  std::map<uint32_t, std::string> shown;
  for (const Told& told : reports()) shown[told.slot] = told.raw;
  EXPECT_THAT(shown, ElementsAre(testing::Pair(1, "n"), testing::Pair(2, "y"), testing::Pair(3, "")));
  event.shown_as = nullptr;
  desk_->on_event(event);
  for (const Told& told : reports()) EXPECT_EQ(told.raw, "");
}

TEST_F(SessionDeskTest, EachSessionHasItsOwnCin) {
  watch({task(1, {"alice"})});
  accept("one", "alice", 1, {a_});
  accept("two", "alice", 2, {b_});
  EXPECT_THAT(rules(), testing::UnorderedElementsAre(Rule{1, 100, "192.0.2.7/32"}, Rule{1, 101, "192.0.2.8/32"}));
  end("one", 3);
  accept("three", "alice", 4, {a_});
  EXPECT_THAT(rules(), testing::UnorderedElementsAre(Rule{1, 102, "192.0.2.7/32"}, Rule{1, 101, "192.0.2.8/32"}))
      << "and none is used twice";
}

TEST_F(SessionDeskTest, SeveralWarrantsOnOnePersonAreServedApart) {
  watch({task(1, {"alice"}), task(2, {"alice"}, 500)});
  accept("one", "alice", 1, {a_});
  EXPECT_THAT(reports(), SizeIs(2));
  EXPECT_THAT(rules(), testing::UnorderedElementsAre(Rule{1, 100, "192.0.2.7/32"}, Rule{2, 500, "192.0.2.7/32"}));
}

TEST_F(SessionDeskTest, AnAddressThatChangesHandsChangesRulesInOneGo) {
  watch({task(1, {"alice"}), task(2, {"bob"}, 500)});
  accept("one", "alice", 1, {a_});
  reports();
  accept("two", "bob", 2, {a_});
  const std::vector<Told> told = reports();
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_EQ(told[0].cin, 100U) << "who loses it is told first";
  EXPECT_EQ(told[0].event, AccessEvent::kEnd);
  EXPECT_EQ(told[0].received, at_second(2));
  EXPECT_EQ(told[1].cin, 500U);
  EXPECT_THAT(rules(), ElementsAre(Rule{2, 500, "192.0.2.7/32"}));
}

TEST_F(SessionDeskTest, ATaskThatComesLaterFindsTheSessionThatIsThere) {
  accept("one", "alice", 1, {a_});
  watch({task(1, {"alice"})}, 5);
  const std::vector<Told> told = reports();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].kind, Kind::kActive);
  EXPECT_EQ(told[0].started, at_second(0));
  EXPECT_EQ(told[0].received, at_second(5));
  EXPECT_EQ(told[0].user, "alice");
  EXPECT_THAT(rules(), ElementsAre(Rule{1, 100, "192.0.2.7/32"}));
}

TEST_F(SessionDeskTest, ASessionThatIsFirstSeenInItsMiddleIsActive) {
  watch({task(1, {"alice"})});
  change("one", "alice", AccessEvent::kUpdate, 1, {a_});
  const std::vector<Told> told = reports();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].kind, Kind::kActive);
}

TEST_F(SessionDeskTest, ATaskThatGoesTakesItsRulesAlong) {
  watch({task(1, {"alice"}), task(2, {"alice"}, 500)});
  accept("one", "alice", 1, {a_});
  reports();
  unwatch(1);
  const std::vector<Told> told = reports();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].kind, Kind::kGone);
  EXPECT_EQ(told[0].cin, 100U);
  EXPECT_THAT(rules(), ElementsAre(Rule{2, 500, "192.0.2.7/32"}));
}

TEST_F(SessionDeskTest, ATaskThatIsReplacedKeepsItsSessions) {
  watch({task(1, {"alice", "bob"})});
  accept("one", "alice", 1, {a_});
  accept("two", "bob", 1, {b_});
  reports();
  replace({task(1, {"alice"})});
  const std::vector<Told> told = reports();
  ASSERT_THAT(told, SizeIs(1)) << "of the name that it no longer has";
  EXPECT_EQ(told[0].kind, Kind::kGone);
  EXPECT_THAT(rules(), ElementsAre(Rule{1, 100, "192.0.2.7/32"}));
}

TEST_F(SessionDeskTest, ASessionThatTakesAnotherNameIsTheTargetsNoMore) {
  watch({task(1, {"alice"})});
  accept("one", "alice", 1, {a_});
  reports();
  change("one", "bob", AccessEvent::kUpdate, 2, {a_, b_});
  const std::vector<Told> told = reports();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].event, AccessEvent::kEnd);
  EXPECT_EQ(told[0].user, "") << "whose it is now is nobody's business";
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(SessionDeskTest, TwoProtocolsSessionsOfOneTargetHandTheAddressOver) {
  watch({task(1, {"alice"})});
  accept("one", "alice", 1, {a_});
  accept("lease", "alice", 2, {a_}, SessionSource::kDhcp4);
  EXPECT_EQ(rules().size(), 2U);
  end("one", 3);
  EXPECT_THAT(rules(), ElementsAre(Rule{1, 101, "192.0.2.7/32"})) << "the other one still has it";
}

TEST_F(SessionDeskTest, AttemptsAndRejectionsHaveACinOfTheirOwn) {
  watch({task(1, {"alice"})});
  attempt("alice", AccessEvent::kAttempt, 1);
  attempt("bob", AccessEvent::kAttempt, 1);
  attempt("alice", AccessEvent::kReject, 2);
  const std::vector<Told> told = reports();
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_EQ(told[0].event, AccessEvent::kAttempt);
  EXPECT_EQ(told[0].cin, 100U);
  EXPECT_EQ(told[1].event, AccessEvent::kReject);
  EXPECT_EQ(told[1].cin, 101U);
}

TEST_F(SessionDeskTest, WithoutACinNothingIsDeliveredAndItIsCounted) {
  WatchedTask few = task(1, {"alice"});
  few.cins.count = 1;
  watch({few});
  accept("one", "alice", 1, {a_});
  accept("two", "alice", 1, {b_});
  EXPECT_THAT(rules(), ElementsAre(Rule{1, 100, "192.0.2.7/32"}));
  EXPECT_EQ(desk_->counters().cins_missing.get(), 1U);
}

TEST_F(SessionDeskTest, WhereIriAloneIsOrderedThereAreNoRules) {
  WatchedTask iri = task(1, {"alice"});
  iri.cc = false;
  watch({iri});
  accept("one", "alice", 1, {a_});
  EXPECT_THAT(reports(), SizeIs(1));
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(SessionDeskTest, ALeaseEndsInTheRuleItself) {
  watch({task(1, {"alice"})});
  accept("one", "alice", 1, {a_}, SessionSource::kDhcp4, at_second(100));
  EXPECT_EQ(table().at(0).stop, LegalTime{at_second(100).unix_ns});
  accept("one", "alice", 50, {a_}, SessionSource::kDhcp4, at_second(150));
  ASSERT_THAT(rules(), SizeIs(1));
  EXPECT_EQ(table().at(0).stop, LegalTime{at_second(150).unix_ns}) << "a renewal extends it";
  EXPECT_EQ(table().at(0).start, LegalTime{at_second(1).unix_ns}) << "it was bound then, and not by the renewal";
}

TEST_F(SessionDeskTest, ARuleBeginsWithTheMessageThatBoundItsAddress) {
  watch({task(1, {"alice"})});
  accept("one", "alice", 1, {a_});
  change("one", "alice", AccessEvent::kUpdate, 7, {a_, b_});
  ASSERT_THAT(table(), SizeIs(2));
  EXPECT_EQ(table()[0].start, LegalTime{at_second(1).unix_ns});
  EXPECT_EQ(table()[1].start, LegalTime{at_second(7).unix_ns});
}

TEST_F(SessionDeskTest, ScopesOfTheSignallingAndOfTheTargetBothHold) {
  WatchedTask narrow = task(1, {"alice"});
  narrow.scope.ports = 0b110;
  watch({narrow});
  accept("one", "alice", 1, {a_});
  EXPECT_EQ(table().at(0).ports, 0b010U) << "the set is heard at ports 0 and 1";
  EXPECT_EQ(table().at(0).vni, 5000U);
}

TEST_F(SessionDeskTest, WhatFoundNoRoomIsToldAgain) {
  watch({task(1, {"alice"})});
  fill_ring();
  accept("one", "alice", 1, {a_});
  EXPECT_EQ(desk_->counters().reports_lost.get(), 1U);
  EXPECT_THAT(rules(), SizeIs(1)) << "its packets are not lost for that";
  empty_ring();
  desk_->tell_again(at_second(2));
  const std::vector<Told> told = reports();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].kind, Kind::kState);
  EXPECT_THAT(told[0].addresses, ElementsAre("192.0.2.7/32"));
  desk_->tell_again(at_second(3));
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(SessionDeskTest, NamesThatAreEverybodysMatchNobody) {
  shared_ = {{IdentityKind::kRadiusUser, "default@isp.test"}};
  watch({task(1, {"default@ISP.test"})});
  accept("one", "default@isp.test", 1, {a_});
  EXPECT_THAT(reports(), IsEmpty());
}

}  // namespace
}  // namespace lictor
