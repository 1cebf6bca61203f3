// Which copies of sessions are delivered: those that arrived while the address was the session's, none other, whatever
// order things come in. Built a second time from a loop that looks at reports behind the copies, and does not wait:
// that one must fail here (mutate_order.py).
#include <gtest/gtest.h>

#include "tests/unit/encoders/encode/session_rig.h"

namespace lictor {
namespace {

using Kind = TaskCommand::Kind;

TEST(EncodeExact, WhatArrivesAtOrBehindTheUnbindingIsNotDelivered) {
  SessionRig rig;
  rig.command(Kind::kAdd, rig.session_task(1, 100, 9000));
  rig.at_ms(100);
  rig.report(AccessEvent::kAccept, 110);
  rig.at_ms(111);
  // The table still has the address when these are copied: its session lcore is behind.
  rig.session_copy(119, "before");
  rig.session_copy(120, "at");
  rig.session_copy(121, "behind");
  rig.at_ms(122);
  rig.at_ms(123);
  rig.report(AccessEvent::kEnd, 120);
  rig.settled_at(124);
  rig.settled_at(127);
  EXPECT_EQ(rig.drain(*rig.hi3), Lines{"CC#7 0 before"});
  EXPECT_EQ(rig.drops(RecordDrop::kNotTargetAnyMore), 2u);
  rig.expect_balanced(1);
}

// The report was there before the round began: its events go before the copies.
TEST(EncodeExact, AReportThatPrecedesACopyIsSeenBeforeIt) {
  SessionRig rig;
  rig.command(Kind::kAdd, rig.session_task(1, 100, 9000));
  rig.at_ms(100);
  rig.report(AccessEvent::kAccept, 110);
  rig.session_copy(111, "first");
  rig.at_ms(112);
  rig.settle_by(120);
  EXPECT_EQ(rig.drain(*rig.hi3), Lines{"CC#7 0 first"});
  rig.report(AccessEvent::kEnd, 130);
  rig.session_copy(131, "behind");
  rig.settled_at(131);
  rig.settle_by(140);
  EXPECT_EQ(rig.drain(*rig.hi3), Lines{});
}

}  // namespace
}  // namespace lictor
