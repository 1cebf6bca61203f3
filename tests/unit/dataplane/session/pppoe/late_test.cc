// What a PPPoE tracker makes of messages that are read in another order than they passed, and of a full book.

#include "tests/unit/dataplane/session/pppoe/pppoe_sessions.h"

namespace lictor {
namespace {

using PppoeLate = PppoeSessions;

TEST_F(PppoeLate, AddressBehindThePadtTakesUpNoSession) {
  pass_seconds(60);
  discovery(PppoeCode::kPadt, kNumber, {}, kFromClient);
  pass_seconds(-10);
  ppp(ipcp_ack({192, 0, 2, 7}), kFromConcentrator);
  EXPECT_EQ(open(), 0U);
  EXPECT_EQ(counters().late.get(), 1U);
  pass_seconds(20);
  ppp(ipcp_ack({192, 0, 2, 7}), kFromConcentrator);
  EXPECT_TRUE(has("192.0.2.7")) << "it is another session of the number";
}

TEST_F(PppoeLate, PadsBehindThePadtBeginsNothing) {
  dial();
  discovery(PppoeCode::kPadt, kNumber, {}, kFromConcentrator);
  pass_seconds(-1);
  dial();
  EXPECT_EQ(open(), 0U);
}

TEST_F(PppoeLate, PadsBehindTheAddressOfItsSessionEndsNothing) {
  dial();
  pass_seconds(60);
  ppp(ipcp_ack({192, 0, 2, 7}), kFromConcentrator);
  pass_seconds(-10);
  dial();
  EXPECT_TRUE(has("192.0.2.7"));
}

TEST_F(PppoeLate, EndOfTheSessionBeforeDoesNotEndTheOneThatHasItsNumber) {
  dial();
  pass_seconds(60);
  ppp(ipcp_ack({192, 0, 2, 7}), kFromConcentrator);
  pass_seconds(-10);
  discovery(PppoeCode::kPadt, kNumber, {}, kFromConcentrator);
  ppp(lcp(PppCode::kTerminateAck), kFromConcentrator);
  EXPECT_TRUE(has("192.0.2.7"));
  EXPECT_EQ(counters().late.get(), 2U);
}

TEST_F(PppoeLate, WhatIsGivenToSomebodyWhomThereIsNoRoomForIsNobodys) {
  ppp(ipcp_ack({192, 0, 2, 7}, 1), kFromConcentrator);
  for (uint8_t i = 2; i <= 8; ++i) ppp(ipcp_ack({192, 0, 2, static_cast<uint8_t>(10 + i)}, i), kFromConcentrator);
  EXPECT_EQ(open(), 8U);
  ppp(ipcp_ack({192, 0, 2, 7}, 9), kFromConcentrator);
  EXPECT_FALSE(has("192.0.2.7")) << "rather nobody than the wrong one";
}

}  // namespace
}  // namespace lictor
