// What a DHCPv4 tracker makes of messages that are read in another order than they passed, and of a full book.

#include "tests/unit/dataplane/session/dhcp4/lease_bench.h"

namespace lictor::dhcp4 {
namespace {

using Dhcp4Late = LeaseBench;

const Client kOther = {.mac = {2, 0, 0, 0, 0, 8}, .client_id = {}, .circuit = "eth 1/8", .xid = 0x80};

TEST_F(Dhcp4Late, AckBehindItsReleaseBringsNothingBack) {
  ask_relayed(client_, 3);
  wait_s(60);
  ask(client_, 7, {}, kAddress);
  wait_s(-10);
  answer_relayed(client_, {});
  EXPECT_EQ(holder(kAddress), kNoSession);
  EXPECT_EQ(tracker_.counters().after_end.get(), 1U);
}

TEST_F(Dhcp4Late, AckBehindTheNakToARenewalBringsNothingBack) {
  ask_relayed(client_, 3);
  wait_s(60);
  Client renewing = client_;
  renewing.xid = 0x99;
  ask(renewing, 3, {}, kAddress);
  answer(renewing, {.kind = 6, .yiaddr = 0});
  wait_s(-10);
  answer_relayed(client_, {});
  EXPECT_EQ(holder(kAddress), kNoSession);
}

TEST_F(Dhcp4Late, AckThatIsOlderThanWhoHadTheAddressSinceBindsNothing) {
  now_ms_ = 100'000;
  lease(kOther);
  wait_s(10);
  ask(kOther, 7, {}, kAddress);
  wait_s(-60);
  EXPECT_EQ(lease(client_), kNoSession);
}

TEST_F(Dhcp4Late, AckThatIsOlderThanARenewalDoesNotTakeTheAddress) {
  const SessionId session = lease(client_);
  wait_s(60);
  renew(client_);
  wait_s(-30);
  EXPECT_EQ(lease(kOther), session);
}

TEST_F(Dhcp4Late, AckOfAnOlderLineNeitherMovesNorEndsTheSession) {
  now_ms_ = 100'000;
  const SessionId session = lease(client_);
  Client before = client_;
  before.circuit = "eth 9/9";
  before.remote = "";
  wait_s(-60);
  EXPECT_EQ(lease(before), session);
  EXPECT_EQ(names_of(*book_, session).at(IdentityKind::kCircuitId), name(client_.circuit));
  EXPECT_EQ(tracker_.counters().moved.get(), 0U);
}

TEST_F(Dhcp4Late, AnotherQuestionByTheSameXidIsNoRepetition) {
  ask_relayed(client_, 3, option(50, big32(kAddress)));
  answer_relayed(client_, {.lease_s = 60});
  wait_s(1);
  ask(client_, 3, {}, kAddress);
  answer(client_, {.lease_s = 600});
  EXPECT_EQ(tracker_.counters().renewed.get(), 1U);
  wait_s(500);
  expire();
  EXPECT_NE(holder(kAddress), kNoSession);
}

class Dhcp4NoRoom : public LeaseBench {
 protected:
  Dhcp4NoRoom() : LeaseBench(plan_of(), {.sessions_max = 1, .cells_bytes_max = 4096}) {}
};

TEST_F(Dhcp4NoRoom, WhatIsGivenToSomebodyWhomThereIsNoRoomForIsNobodys) {
  lease(client_);
  wait_s(10);
  EXPECT_EQ(lease(kOther), kNoSession) << "rather nobody than the wrong one";
}

}  // namespace
}  // namespace lictor::dhcp4
