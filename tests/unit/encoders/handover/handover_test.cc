// Handover towards real TCP listeners: slow, frozen, closing, resetting, silent ones. Nothing here depends on a time.
#include "encoders/handover/handover.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "encoders/handover/connection.h"
#include "tests/unit/encoders/handover/handover_rig.h"

namespace lictor {
namespace {

constexpr uint32_t kDrainMs = 30'000;

TEST_F(HandoverTest, DeliversEveryRecordOfSeveralEncodersAndConfirmsIt) {
  make(3, 2);
  TcpPeer peer;
  const DestinationHandle handle = open(plan("a/x", {peer.port()}));
  std::vector<std::thread> encoders;
  for (uint32_t encoder = 0; encoder < 3; ++encoder) {
    encoders.emplace_back(
        [&, encoder] { add(*handover_->spool(handle, encoder), encoder, 3000, 100 + 300 * encoder); });
  }
  for (std::thread& encoder : encoders) encoder.join();
  ASSERT_TRUE(eventually([&] { return handover_->drained(); }));
  for (const uint32_t slot : {0u, 1u, 2u}) EXPECT_TRUE(eventually([&] { return all_confirmed(slot); }));
  ASSERT_TRUE(eventually([&] { return peer.records().size() == 9000; }));
  for (const uint32_t slot : {0u, 1u, 2u}) expect_complete(peer.records(), slot, 3000);
  EXPECT_EQ(statistics().sent_bytes, 3000u * (100 + 400 + 700));
  EXPECT_EQ(statistics().resent_records, 0u);
}

TEST_F(HandoverTest, ABacklogGoesOutInLargeSystemCalls) {
  TcpPeer peer;
  peer.frozen.store(true);
  const DestinationHandle handle = open(plan("a/x", {peer.port()}));
  add(*handover_->spool(handle, 0), 1, 20'000, 200);
  const uint64_t calls = statistics().sent_calls;
  const uint64_t bytes = statistics().sent_bytes;
  peer.frozen.store(false);
  ASSERT_TRUE(eventually([&] { return all_confirmed(1); }));
  const DestinationStatistics after = statistics();
  EXPECT_GE((after.sent_bytes - bytes) / std::max<uint64_t>(1, after.sent_calls - calls), Connection::kGatherBytes);
}

TEST_F(HandoverTest, AFrozenAgencyDoesNotHoldUpAnotherOfTheSameThread) {
  TcpPeer frozen;
  TcpPeer healthy;
  frozen.frozen.store(true);
  Spool* const stuck = handover_->spool(open(plan("a/x", {frozen.port()})), 0);
  Spool* const flows = handover_->spool(open(plan("b/x", {healthy.port()})), 0);
  add(*stuck, 1, 4000, 1000);
  add(*flows, 2, 4000, 1000);
  ASSERT_TRUE(eventually([&] { return all_confirmed(2); }));
  EXPECT_FALSE(all_confirmed(1));
  EXPECT_GT(stuck->backlog_records(), 0u);
  frozen.frozen.store(false);
  ASSERT_TRUE(eventually([&] { return all_confirmed(1); }));
  ASSERT_TRUE(eventually([&] { return frozen.records().size() == 4000; }));
  expect_complete(frozen.records(), 1, 4000);
}

TEST_F(HandoverTest, ASlowReaderGetsEverythingOnce) {
  TcpPeer peer;
  peer.slow.store(true);
  add(*handover_->spool(open(plan("a/x", {peer.port()})), 0), 1, 2000, 1000);
  ASSERT_TRUE(eventually([&] { return peer.records().size() == 2000; }));
  expect_complete(peer.records(), 1, 2000);
  ASSERT_TRUE(eventually([&] { return all_confirmed(1); }));
}

// A peer that closes may lose what its TCP had acknowledged and it had not read: that is what "transported" means.
// Whatever was not acknowledged comes again, from the start of a record.
TEST_F(HandoverTest, APeerThatClosesInTheMiddleOfARecordIsResumedOnARecordsStart) {
  for (const bool resets : {false, true}) {
    SCOPED_TRACE(resets);
    TcpPeer peer;
    peer.resets.store(resets);
    peer.close_after.store(100'123);
    const uint64_t begun = appended_[1];
    const DestinationHandle handle = open(plan(resets ? "a/y" : "a/x", {peer.port()}));
    add(*handover_->spool(handle, 0), 1, 4000, 777);
    ASSERT_TRUE(eventually([&] { return all_confirmed(1); }));
    const uint64_t last = appended_[1] - 1;
    ASSERT_TRUE(eventually([&] {
      const std::vector<TestRecord> records = peer.records();
      return !records.empty() && records.back().number == last;
    }));
    std::vector<std::vector<uint8_t>> streams = peer.streams();
    ASSERT_GE(streams.size(), 2u);
    EXPECT_EQ(streams[0].size(), 100'123u);
    EXPECT_EQ(take_records(streams[0]).size(), 100'123u / 777);
    std::vector<uint64_t> resumed;
    for (size_t i = 1; i < streams.size(); ++i) {
      std::vector<TestRecord> records = take_records(streams[i]);
      for (size_t j = 1; j < records.size(); ++j) ASSERT_EQ(records[j].number, records[j - 1].number + 1);
      if (!records.empty()) resumed.push_back(records.front().number - begun);
    }
    ASSERT_FALSE(resumed.empty());
    handover_->close(handle);
  }
}

TEST_F(HandoverTest, AnAgencyThatReturnsGetsTheBacklogInOrder) {
  uint16_t port = 0;
  { port = TcpPeer().port(); }
  Spool* const spool = handover_->spool(open(plan("a/x", {port})), 0);
  add(*spool, 1, 500, 300);
  ASSERT_TRUE(eventually([&] { return !statistics().last_error.empty(); }));
  EXPECT_FALSE(statistics().connected);
  const auto alarms = alarms_.take_all();
  ASSERT_EQ(alarms.size(), 2u);
  EXPECT_EQ(alarms.front().code, "handover_in_the_clear");
  EXPECT_EQ(alarms.back().code, "destination_down");
  TcpPeer peer(port);
  ASSERT_TRUE(eventually([&] { return peer.records().size() == 500; }));
  expect_complete(peer.records(), 1, 500);
  ASSERT_TRUE(eventually([&] { return all_confirmed(1); }));
  EXPECT_TRUE(alarms_.take_all().back().cleared);
}

TEST_F(HandoverTest, FailsOverWhileThePrimaryIsAway) {
  uint16_t away = 0;
  { away = TcpPeer().port(); }
  TcpPeer second;
  add(*handover_->spool(open(plan("a/x", {away, second.port()})), 0), 1, 10, 300);
  ASSERT_TRUE(eventually([&] { return second.records().size() == 10; }));
  TcpPeer primary(away);
  second.close_after.store(1);  // the next octet is its last
  ASSERT_TRUE(eventually([&] {
    add(*handover_->spool(open(plan("a/x", {away, second.port()})), 0), 1, 1, 300);
    return !primary.records().empty();
  }));
}

TEST_F(HandoverTest, KeepalivesAreAskedAndAnswered) {
  TcpPeer peer;
  open(plan("a/x", {peer.port()}, 5, 60'000));
  ASSERT_TRUE(eventually([&] { return statistics().keepalives_answered >= 3; }));
  EXPECT_EQ(statistics().connects, 1u);
}

TEST_F(HandoverTest, AnAgencyThatNeverAnswersIsConnectedAnew) {
  TcpPeer peer;
  peer.answers.store(false);
  open(plan("a/x", {peer.port()}, 5, 5));
  ASSERT_TRUE(eventually([&] { return statistics().connects >= 3; }));
  EXPECT_EQ(statistics().keepalives_answered, 0u);
}

TEST_F(HandoverTest, ANameIsResolvedOffTheThread) {
  TcpPeer peer;
  DestinationPlan named = plan("a/x", {peer.port()});
  named.endpoints[0].host = "localhost";
  DestinationPlan nobody = plan("b/x", {peer.port()});
  nobody.endpoints[0].host = "nobody.invalid";
  open(nobody);
  add(*handover_->spool(open(named), 0), 1, 10, 300);
  ASSERT_TRUE(eventually([&] { return all_confirmed(1); }));
  ASSERT_TRUE(eventually([&] { return !statistics(1).last_error.empty(); }));
}

TEST_F(HandoverTest, ADestinationIsSharedByItsReferencesAndLeavesWhenItIsDrained) {
  TcpPeer peer;
  const DestinationPlan shared = plan("a/x", {peer.port()});
  const DestinationHandle handle = open(shared);
  EXPECT_EQ(open(shared), handle);
  Spool* const spool = handover_->spool(handle, 0);
  handover_->close(handle);
  EXPECT_EQ(handover_->statistics().size(), 1u);
  peer.frozen.store(true);
  add(*spool, 1, 3000, 1000);
  handover_->close(handle);
  EXPECT_EQ(handover_->statistics().size(), 1u);  // delivers what it holds
  peer.frozen.store(false);
  ASSERT_TRUE(eventually([&] { return handover_->statistics().empty(); }));
  EXPECT_TRUE(all_confirmed(1));
  ASSERT_TRUE(eventually([&] { return peer.records().size() == 3000; }));
}

TEST_F(HandoverTest, OneIdOnTwoSidesIsTwoDestinations) {
  TcpPeer peer;
  DestinationPlan hi2 = plan("a/x", {peer.port()});
  hi2.side = HandoverSide::kHi2;
  EXPECT_NE(open(hi2), open(plan("a/x", {peer.port()})));
  EXPECT_EQ(handover_->statistics().size(), 2u);
}

TEST_F(HandoverTest, BadPlansAreRefusedByName) {
  EXPECT_FALSE(handover_->open(plan("a/x", {})).ok());
  EXPECT_FALSE(handover_->open(plan("a/x", {0})).ok());
  EXPECT_FALSE(handover_->open(plan("a/x", std::vector<uint16_t>(kEndpointsMax + 1, 1))).ok());
  DestinationPlan dumb = plan("a/x", {1});
  dumb.codec.read_peer = nullptr;
  EXPECT_FALSE(handover_->open(dumb).ok());
  EXPECT_TRUE(handover_->statistics().empty());
  AlarmQueue alarms;
  EXPECT_FALSE(Handover::make({.threads = 0, .backlog_bytes = 1 << 20}, accounts_, alarms).ok());
  EXPECT_FALSE(Handover::make({.connect_retry_min_ms = 9, .connect_retry_max_ms = 8}, accounts_, alarms).ok());
}

TEST_F(HandoverTest, ARevokedTasksBacklogIsGivenUpWhileItsAgencyIsAway) {
  uint16_t away = 0;
  { away = TcpPeer().port(); }
  Spool* const spool = handover_->spool(open(plan("a/x", {away})), 0);
  add(*spool, 1, 100, 300);
  add(*spool, 2, 100, 300);
  add(*spool, 1, 100, 300);
  handover_->revoke(TaskSlot{1});
  ASSERT_TRUE(eventually([&] { return accounts_[1].hi3.given_up.get(GivenUp::kRevoked) == 200; }));
  TcpPeer peer(away);
  ASSERT_TRUE(eventually([&] { return all_confirmed(2); }));
  ASSERT_TRUE(eventually([&] { return peer.records().size() == 100; }));
  expect_complete(peer.records(), 2, 100);
}

TEST_F(HandoverTest, StopDeliversWhatIsLeft) {
  TcpPeer peer;
  add(*handover_->spool(open(plan("a/x", {peer.port()})), 0), 1, 5000, 1000);
  handover_->stop(kDrainMs);
  EXPECT_TRUE(all_confirmed(1));
  EXPECT_EQ(settled(accounts_[1].hi3), appended_[1]);
}

TEST_F(HandoverTest, StopAccountsForEverythingAtItsDeadline) {
  TcpPeer peer;
  peer.frozen.store(true);
  add(*handover_->spool(open(plan("a/x", {peer.port()})), 0), 1, 7000, 1000);
  ASSERT_TRUE(eventually([&] { return accounts_[1].hi3.confirmed.get() > 0; }));
  handover_->stop(1);
  const HandoverTaskAccount& account = accounts_[1].hi3;
  EXPECT_EQ(settled(account), appended_[1]);
  EXPECT_GT(account.given_up.get(GivenUp::kShutdown), 0u);
  EXPECT_EQ(statistics().backlog_records, 0u);
  // What counts as given up was never whole at the peer.
  peer.frozen.store(false);
  const uint64_t handed = account.confirmed.get() + account.unconfirmed.get();
  ASSERT_TRUE(eventually([&] { return peer.records().size() == handed; }));
}

}  // namespace
}  // namespace lictor
