// What a DHCPv6 tracker makes of messages that are read in another order than they passed, and of a full book.

#include "tests/unit/dataplane/session/dhcp6/lease_bench.h"

namespace lictor::dhcp6 {
namespace {

const Octets kAddresses = addresses("2001:db8:1::7");
const Client kOther = {.duid = kDuidPlain, .interface_id = "eth 1/8", .transaction = 0x80};

class Dhcp6Late : public LeaseBench {};

TEST_F(Dhcp6Late, ReplyBehindItsReleaseBringsNothingBack) {
  ask_relayed(client_, 3, kAddresses);
  wait_s(60);
  Client releasing = client_;
  releasing.transaction = 0x99;
  ask_relayed(releasing, 8, kAddresses);
  wait_s(-10);
  reply_relayed(client_, kAddresses);
  EXPECT_EQ(holder("2001:db8:1::7"), kNoSession);
  EXPECT_EQ(tracker_.counters().after_end.get(), 1U);
}

TEST_F(Dhcp6Late, ReplyBehindTheRefusalOfItsRenewalBringsNothingBack) {
  ask_relayed(client_, 3, kAddresses);
  wait_s(60);
  exchange(client_, 5, kAddresses, association(3, 7, status(3)));
  wait_s(-10);
  reply_relayed(client_, kAddresses);
  EXPECT_EQ(holder("2001:db8:1::7"), kNoSession);
}

TEST_F(Dhcp6Late, ReplyThatIsOlderThanARenewalDoesNotMoveItsEnd) {
  now_ms_ = 100'000;
  exchange(client_, 5, kAddresses, addresses("2001:db8:1::7", 60));
  wait_s(-60);
  exchange(client_, 5, kAddresses, addresses("2001:db8:1::7", 600));
  now_ms_ = 162'000;
  expire();
  EXPECT_EQ(holder("2001:db8:1::7"), kNoSession);
}

TEST_F(Dhcp6Late, RefusalThatIsOlderThanWhatWasGivenEndsNothing) {
  now_ms_ = 100'000;
  const SessionId session = lease_both(client_);
  wait_s(-60);
  exchange(client_, 5, kAddresses, association(3, 7, status(3)));
  EXPECT_EQ(holder("2001:db8:1::7"), session);
}

class Dhcp6NoRoom : public LeaseBench {
 protected:
  Dhcp6NoRoom() : LeaseBench(plan_of(), {.sessions_max = 1, .cells_bytes_max = 4096}) {}
};

TEST_F(Dhcp6NoRoom, WhatIsGivenToSomebodyWhomThereIsNoRoomForIsNobodys) {
  exchange(client_, 3, kAddresses, kAddresses);
  wait_s(10);
  exchange(kOther, 3, kAddresses, kAddresses);
  EXPECT_EQ(holder("2001:db8:1::7"), kNoSession) << "rather nobody than the wrong one";
}

}  // namespace
}  // namespace lictor::dhcp6
