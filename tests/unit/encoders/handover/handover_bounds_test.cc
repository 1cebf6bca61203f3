// Connections and lanes of a task's own: how many there may be, who shares, and whose the numbers are.
#include <gtest/gtest.h>

#include <utility>

#include "encoders/handover/handover.h"
#include "tests/unit/encoders/handover/handover_rig.h"

namespace lictor {
namespace {

TEST_F(HandoverTest, ATaskMayHaveAConnectionOfItsOwnAndStatisticsAreOfTheDestination) {
  TcpPeer peer;
  DestinationPlan own = plan("a/x", {peer.port()});
  own.owner = Xid{.octets = {1}};
  const DestinationHandle first = open(own);
  own.owner = Xid{.octets = {2}};
  const DestinationHandle second = open(own);
  const DestinationHandle shared = open(plan("a/x", {peer.port()}));
  EXPECT_TRUE(handover_->is_own(first));
  EXPECT_FALSE(handover_->is_own(shared));
  add(*handover_->spool(first, 0), 1, 100, 200);
  add(*handover_->spool(second, 0), 2, 100, 200);
  add(*handover_->spool(shared, 0), 3, 100, 200);
  ASSERT_TRUE(eventually([&] { return handover_->drained(); }));
  for (const uint32_t slot : {1u, 2u, 3u}) EXPECT_TRUE(eventually([&] { return all_confirmed(slot); }));
  ASSERT_EQ(handover_->statistics().size(), 1u);
  EXPECT_EQ(statistics().connections, 3u);
  EXPECT_EQ(statistics().connections_up, 3u);
  EXPECT_EQ(statistics().connects, 3u);
  EXPECT_EQ(statistics().sent_bytes, 300u * 200);
  handover_->close(first);
  EXPECT_EQ(statistics().connections, 2u);
}

TEST_F(HandoverTest, BeyondTheBoundTasksShareAConnectionAndAnAlarmStands) {
  TcpPeer peer;
  DestinationPlan own = plan("a/x", {peer.port()});
  own.connections_max = 1;
  own.owner = Xid{.octets = {1}};
  const DestinationHandle first = open(own);
  own.owner = Xid{.octets = {2}};
  const DestinationHandle second = open(own);
  EXPECT_TRUE(handover_->is_own(first));
  EXPECT_FALSE(handover_->is_own(second));
  size_t told = 0;
  for (const AlarmEvent& alarm : alarms_.take_all()) told += alarm.code == "connections_at_bound" ? 1 : 0;
  EXPECT_EQ(told, 1u);
  add(*handover_->spool(second, 0), 2, 10, 200);
  ASSERT_TRUE(eventually([&] { return all_confirmed(2); }));
}

TEST_F(HandoverTest, TheAlarmOfTheBoundIsClearedWhenAConnectionIsFree) {
  TcpPeer peer;
  DestinationPlan own = plan("a/x", {peer.port()});
  own.connections_max = 2;
  own.owner = Xid{.octets = {1}};
  const DestinationHandle first = open(own);
  own.owner = Xid{.octets = {2}};
  const DestinationHandle second = open(own);
  own.owner = Xid{.octets = {3}};
  const DestinationHandle third = open(own);
  const auto told = [&] {
    std::vector<bool> cleared;
    for (const AlarmEvent& alarm : alarms_.take_all())
      if (alarm.code == "connections_at_bound") cleared.push_back(alarm.cleared);
    return cleared;
  };
  EXPECT_EQ(told(), std::vector<bool>{false});
  handover_->close(third);  // the shared one, beyond the bound
  EXPECT_EQ(told(), std::vector<bool>{});
  handover_->close(first);
  EXPECT_EQ(told(), std::vector<bool>{true});
  handover_->close(second);
  EXPECT_EQ(told(), std::vector<bool>{});
}

TEST_F(HandoverTest, BeyondTheirBoundTasksShareALaneAndAnAlarmCountsThem) {
  make(1, 1, 1 << 20, 1);
  TcpPeer peer;
  const DestinationPlan shared = plan("a/x", {peer.port()});
  const DestinationHandle first = *handover_->open(shared, {.owner = Xid{.octets = {1}}});
  EXPECT_TRUE(handover_->is_lane(first));
  EXPECT_EQ(*handover_->open(shared, {.owner = Xid{.octets = {1}}}), first);
  const DestinationHandle second = *handover_->open(shared, {.owner = Xid{.octets = {2}}});
  EXPECT_FALSE(handover_->is_lane(second));
  EXPECT_EQ(*handover_->open(shared, {.owner = Xid{.octets = {3}}}), second);
  EXPECT_EQ(*handover_->open(shared, {.owner = Xid{.octets = {2}}}), second) << "changed";
  add(*handover_->spool(second, 0), 2, 10, 200);
  ASSERT_TRUE(eventually([&] { return all_confirmed(2); }));
  handover_->close(first);
  handover_->close(first);
  std::vector<std::pair<bool, uint64_t>> told;
  for (const AlarmEvent& alarm : alarms_.take_all())
    if (alarm.code == "lanes_at_bound") told.emplace_back(alarm.cleared, alarm.count);
  EXPECT_EQ(told, (std::vector<std::pair<bool, uint64_t>>{{false, 1}, {false, 1}, {true, 0}}));
  EXPECT_TRUE(handover_->is_lane(*handover_->open(shared, {.owner = Xid{.octets = {3}}})));
}

TEST_F(HandoverTest, AFormerConnectionIsOpenedBeyondTheBound) {
  TcpPeer peer;
  DestinationPlan own = plan("a/x", {peer.port()});
  own.connections_max = 1;
  own.owner = Xid{.octets = {1}};
  EXPECT_TRUE(handover_->is_own(open(own)));
  own.owner = Xid{.octets = {2}};
  own.is_former = true;
  EXPECT_TRUE(handover_->is_own(open(own)));
}

TEST_F(HandoverTest, StatisticsOfATaskAreOfItsConnectionAlone) {
  TcpPeer peer;
  const Xid with_own{.octets = {1}};
  const Xid with_none{.octets = {2}};
  DestinationPlan own = plan("a/x", {peer.port()});
  own.owner = with_own;
  const DestinationHandle first = open(own);
  const DestinationHandle shared = open(plan("a/x", {peer.port()}));
  add(*handover_->spool(first, 0), 1, 10, 200);
  add(*handover_->spool(shared, 0), 2, 20, 200);
  ASSERT_TRUE(eventually([&] { return handover_->drained(); }));
  const auto sent = [&](const Xid& task) {
    return handover_->statistics_of("a/x", HandoverSide::kHi3, task)->sent_bytes;
  };
  EXPECT_EQ(sent(with_own), 10U * 200);
  EXPECT_EQ(sent(with_none), 20U * 200);
  handover_->disturb("a/x", HandoverSide::kHi3, with_own, {.away = true});
  ASSERT_TRUE(eventually([&] { return !handover_->statistics_of("a/x", HandoverSide::kHi3, with_own)->connected; }));
  EXPECT_TRUE(statistics().connected);  // the other one is
  EXPECT_FALSE(handover_->statistics_of("b/x", HandoverSide::kHi3, with_own).has_value());
}

TEST_F(HandoverTest, ATasksOwnLaneIsTakenUpAgainUntilItIsDrained) {
  TcpPeer peer;
  peer.frozen.store(true);
  const LanePlan lane{.owner = Xid{.octets = {7}}};
  const DestinationHandle shared = open(plan("a/x", {peer.port()}));
  const DestinationHandle own = *handover_->open(plan("a/x", {peer.port()}), lane);
  Spool* const spool = handover_->spool(own, 0);
  EXPECT_NE(spool, handover_->spool(shared, 0));
  add(*spool, 1, 5000, 1000);
  handover_->close(own);
  const DestinationHandle again = *handover_->open(plan("a/x", {peer.port()}), lane);
  EXPECT_EQ(handover_->spool(again, 0), spool);
  peer.frozen.store(false);
  ASSERT_TRUE(eventually([&] { return all_confirmed(1); }));
  handover_->close(again);
  add(*handover_->spool(shared, 0), 2, 100, 100);
  ASSERT_TRUE(eventually([&] { return all_confirmed(2); }));
  ASSERT_TRUE(eventually([&] { return peer.records().size() == 5100; }));
  expect_complete(peer.records(), 1, 5000);
}

}  // namespace
}  // namespace lictor
