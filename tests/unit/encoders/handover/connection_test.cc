// Connection on a transport and a clock that the test moves: keepalives, losses, gathering, hostile peers.
#include "encoders/handover/connection.h"

#include <gtest/gtest.h>

#include "tests/unit/encoders/handover/connection_bench.h"

namespace lictor {
namespace {

TEST_F(ConnectionTest, SendsAtOnceOnAnIdleConnectionAndConfirms) {
  connect();
  add(0);
  EXPECT_TRUE(run());
  EXPECT_EQ(received(), (std::vector<TestRecord>{{1, 0}}));
  run();
  EXPECT_EQ(accounts_[1].hi2.confirmed.get(), 1u);
  EXPECT_EQ(accounts_[1].hi3.confirmed.get(), 0u);
  EXPECT_TRUE(connection_->drained());
}

TEST_F(ConnectionTest, GathersUnderLoad) {
  connect();
  add(0);
  run();
  for (uint32_t i = 1; i < 100; ++i) add(i);
  run();  // less than kGatherBytes, too soon
  EXPECT_EQ(wire_->calls, 1u);
  for (uint32_t i = 100; i < 2000; ++i) add(i);
  run();
  EXPECT_EQ(wire_->calls, 2u);
  after(1);
  EXPECT_EQ(received().size(), 2000u);
}

TEST_F(ConnectionTest, AKeepaliveIsAnsweredOnce) {
  connect();
  after(1000);
  const std::vector<TestRecord> sent = received();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].slot, kKeepaliveSlot);
  after(100);
  peer_sends(peer_pdu(kResponseMark, sent[0].number));
  EXPECT_EQ(connection_->statistics().keepalives_answered, 1u);
  peer_sends(peer_pdu(kResponseMark, sent[0].number));
  EXPECT_EQ(connection_->statistics().keepalives_answered, 1u);
  EXPECT_EQ(connection_->statistics().peer_ignored, 1u);
  after(500);
  EXPECT_TRUE(connection_->statistics().connected);
  EXPECT_EQ(connection_->statistics().keepalives_sent, 1u);
}

TEST_F(ConnectionTest, AMissingAnswerEndsTheConnectionAndTheNextEndpointIsTried) {
  connect();
  alarms_.take_all();
  after(1000);
  after(299);
  EXPECT_TRUE(connection_->statistics().connected);
  after(1);
  EXPECT_FALSE(connection_->statistics().connected);
  EXPECT_FALSE(wire_->open);
  auto alarms = alarms_.take_all();
  ASSERT_EQ(alarms.size(), 1u);
  EXPECT_EQ(alarms[0].code, "destination_down");
  EXPECT_EQ(alarms[0].destination_id, "agency/a");
  EXPECT_FALSE(alarms[0].cleared);
  after(1000);
  connect();
  after(1000);
  EXPECT_TRUE(alarms_.take_all().empty()) << "the next one is as mute for all that is known";
  const std::vector<TestRecord> asked = received();
  ASSERT_EQ(asked.size(), 1u);
  peer_sends(peer_pdu(kResponseMark, asked[0].number));
  run();
  alarms = alarms_.take_all();
  ASSERT_EQ(alarms.size(), 1u);
  EXPECT_TRUE(alarms[0].cleared);
  EXPECT_EQ(connection_->statistics().connects, 2u);
  EXPECT_EQ(wire_->ports, (std::vector<uint16_t>{1, 2}));
}

// As over TLS 1.3 one does that does not take our certificate: it says so behind a handshake that went well.
TEST_F(ConnectionTest, APeerThatHangsUpEachTimeIsDownAllTheTime) {
  connect();
  for (int i = 0; i < 5; ++i) {
    wire_->broken = absl::UnavailableError("alert");
    connection_->ready(EPOLLIN);
    run();
    ASSERT_FALSE(connection_->statistics().connected);
    after(2000);
    connect();
  }
  const std::deque<AlarmEvent> alarms = alarms_.take_all();
  ASSERT_EQ(alarms.size(), 1u);
  EXPECT_FALSE(alarms[0].cleared);
}

TEST_F(ConnectionTest, WhatStandsAgainForAWhileIsUp) {
  connect();
  wire_->broken = absl::UnavailableError("reset");
  connection_->ready(EPOLLIN);
  run();
  after(2000);
  connect();
  after(2999);
  ASSERT_EQ(alarms_.take_all().size(), 1u);
  after(1);
  const std::deque<AlarmEvent> alarms = alarms_.take_all();
  ASSERT_EQ(alarms.size(), 1u);
  EXPECT_TRUE(alarms[0].cleared);
}

TEST_F(ConnectionTest, WhatWasConfirmedIsAWordOfThePeer) {
  connect();
  wire_->broken = absl::UnavailableError("alert");
  connection_->ready(EPOLLIN);
  run();
  after(2000);
  connect();
  add(0);
  for (int i = 0; i < 3; ++i) run();
  const std::deque<AlarmEvent> alarms = alarms_.take_all();
  ASSERT_EQ(alarms.size(), 2u);
  EXPECT_TRUE(alarms[1].cleared);
}

TEST_F(ConnectionTest, ABusyConnectionSendsNoKeepalive) {
  connect();
  for (uint32_t i = 0; i < 10; ++i) {
    add(i);
    after(500);
  }
  EXPECT_EQ(connection_->statistics().keepalives_sent, 0u);
}

TEST_F(ConnectionTest, AKeepaliveNeverCutsARecordInTwo) {
  connect();
  wire_->room = 150;
  add(0);
  add(1);
  run();
  after(1200);  // idle for longer than the keepalive's time, in the middle of a record
  connection_->ready(EPOLLOUT);
  wire_->room = SIZE_MAX;
  run();
  EXPECT_EQ(received(), (std::vector<TestRecord>{{1, 0}, {1, 1}}));
  EXPECT_TRUE(wire_->sent.empty());
}

TEST_F(ConnectionTest, AfterALossWhatIsUnconfirmedIsSentAgainAndCounted) {
  connect();
  wire_->acknowledges = false;
  for (uint32_t i = 0; i < 3; ++i) add(i);
  run();
  EXPECT_EQ(received().size(), 3u);
  wire_->unacknowledged = 150;
  wire_->broken = absl::UnavailableError("reset");
  connection_->ready(EPOLLIN);
  run();
  EXPECT_EQ(accounts_[1].hi2.confirmed.get(), 1u);
  EXPECT_EQ(connection_->statistics().last_error, "reset");
  wire_->acknowledges = true;
  after(1000);
  connect();
  after(1);
  EXPECT_EQ(received(), (std::vector<TestRecord>{{1, 1}, {1, 2}}));
  EXPECT_EQ(connection_->statistics().resent_records, 2u);
  after(1);
  EXPECT_EQ(accounts_[1].hi2.confirmed.get(), 3u);
}

TEST_F(ConnectionTest, APeerThatTakesNothingIsGivenUpAfterIdleAndWait) {
  connect();
  wire_->room = 10;
  add(0);
  run();
  run();  // confirms the ten octets: the last progress
  after(1299);
  EXPECT_TRUE(connection_->statistics().connected);
  after(1);
  EXPECT_FALSE(connection_->statistics().connected);
}

TEST_F(ConnectionTest, WaitsForRoomUntilEpollSaysSo) {
  connect();
  wire_->room = 50;
  add(0);
  run();
  const size_t attempts = wire_->attempts_to_send;
  wire_->room = SIZE_MAX;
  run();
  EXPECT_EQ(wire_->attempts_to_send, attempts);
  connection_->ready(EPOLLOUT);
  run();
  EXPECT_EQ(received().size(), 1u);
}

// Such a transport asks epoll for room no more, so nothing would ever wake the connection.
TEST_F(ConnectionTest, GoesOnWhereTheTransportMadeRoomItself) {
  connect();
  wire_->room = 50;
  add(0);
  run();
  wire_->makes_room = true;
  run();
  EXPECT_EQ(received().size(), 1u);
}

TEST_F(ConnectionTest, FailsOverAndRaisesTheAlarmAfterTheLastEndpoint) {
  wire_->connects = {absl::UnavailableError("refused"), absl::UnavailableError("refused")};
  for (int i = 0; i < 6; ++i) run();
  EXPECT_EQ(wire_->attempts, 2u);
  EXPECT_EQ(alarms_.take_all().size(), 1u);
  after(50);
  EXPECT_EQ(wire_->attempts, 2u);
  after(100);
  connect();
  EXPECT_EQ(wire_->attempts, 3u);
}

TEST_F(ConnectionTest, WhatAPeerSendsIsBoundedAndTolerated) {
  connect();
  std::vector<uint8_t> half = peer_pdu(kOtherMark, 1);
  const std::vector<uint8_t> rest(half.begin() + 3, half.end());
  half.resize(3);
  peer_sends(half);
  peer_sends(rest);
  EXPECT_EQ(connection_->statistics().peer_ignored, 1u);
  peer_sends(std::vector<uint8_t>(5000, 0xff));
  EXPECT_EQ(connection_->statistics().peer_malformed, 1u);
  EXPECT_TRUE(connection_->statistics().connected);
  add(0);
  after(1);
  EXPECT_EQ(received(), (std::vector<TestRecord>{{1, 0}}));
}

TEST_F(ConnectionTest, OtherEndpointsMakeTheConnectionAnewOnARecordBoundary) {
  connect();
  wire_->acknowledges = false;
  wire_->room = 150;
  add(0);
  add(1);
  run();
  DestinationPlan moved = plan();
  moved.endpoints = {{.host = "198.51.100.1", .port = 3}};
  connection_->change(moved);
  wire_->room = SIZE_MAX;
  wire_->acknowledges = true;
  run();
  connect();
  run();
  EXPECT_EQ(received(), (std::vector<TestRecord>{{1, 0}, {1, 1}}));
  EXPECT_EQ(wire_->attempts, 2u);
}

TEST_F(ConnectionTest, FinishAccountsForEverything) {
  connect();
  wire_->acknowledges = false;
  wire_->room = 250;
  for (uint32_t i = 0; i < 5; ++i) add(i);
  run();
  wire_->unacknowledged = 150;
  connection_->finish({});
  EXPECT_EQ(accounts_[1].hi2.confirmed.get(), 1u);
  EXPECT_EQ(accounts_[1].hi2.unconfirmed.get(), 1u);
  EXPECT_EQ(accounts_[1].hi2.given_up.get(GivenUp::kShutdown), 3u);
  EXPECT_TRUE(connection_->drained());
}

class ConnectionPeers : public ConnectionTest {
 protected:
  ConnectionPeers() : ConnectionTest(Peers::kLeftOutOnly) {}

  void leave_out_what_is_asked_for() { book_.put_in_force(book_.changes()->version); }
  bool connected() { return connection_->statistics().connected; }
};

TEST_F(ConnectionPeers, NobodyIsDialledWhosePacketsAreStillCopied) {
  for (int i = 0; i < 10; ++i) run();
  EXPECT_FALSE(wire_->open);
  ASSERT_TRUE(book_.changes());
  ASSERT_EQ(book_.changes()->peers.size(), 1U);
  EXPECT_EQ(book_.changes()->peers[0].port, 1);
  EXPECT_EQ(book_.changes()->peers[0].protocol, 6);
  leave_out_what_is_asked_for();
  for (int i = 0; i < 3; ++i) run();
  EXPECT_TRUE(connected());
}

TEST_F(ConnectionPeers, AnotherEndpointIsAnotherPeerAndTheOldOneIsFree) {
  for (int i = 0; i < 3; ++i) run();
  leave_out_what_is_asked_for();
  wire_->connects = {absl::UnavailableError("away")};
  for (int i = 0; i < 10; ++i) after(1);
  ASSERT_TRUE(book_.changes());
  ASSERT_EQ(book_.changes()->peers.size(), 1U);
  EXPECT_EQ(book_.changes()->peers[0].port, 2);
  connection_.reset();
  EXPECT_TRUE(book_.changes()->peers.empty());
}

TEST_F(ConnectionTest, HeldAwayItHasNoConnectionAndThenOneAtOnce) {
  connect();
  add(0);
  connection_->disturb({.away = true});
  after(1);
  EXPECT_FALSE(connection_->statistics().connected);
  EXPECT_FALSE(wire_->open);
  after(60'000);
  EXPECT_EQ(wire_->attempts, 1U);
  connection_->disturb({});
  for (int i = 0; i < 3; ++i) run();
  after(1);
  EXPECT_TRUE(connection_->statistics().connected);
  EXPECT_EQ(received().size(), 1U);
}

TEST_F(ConnectionTest, AskedForAKeepaliveItSendsOneAndNotBeforeThatIsAnswered) {
  connect();
  connection_->disturb({.asks = true});
  after(1);
  EXPECT_EQ(connection_->statistics().keepalives_sent, 1U);
  connection_->disturb({.asks = true});
  after(1);
  EXPECT_EQ(connection_->statistics().keepalives_sent, 1U);
  peer_sends(peer_pdu(kResponseMark, received().at(0).number));
  after(1);
  EXPECT_EQ(connection_->statistics().keepalives_answered, 1U);
  EXPECT_EQ(connection_->statistics().keepalives_sent, 2U);
}

TEST_F(ConnectionTest, DeafToAnswersItGivesTheConnectionUp) {
  connect();
  connection_->disturb({.deaf = true, .asks = true});
  after(1);
  peer_sends(peer_pdu(kResponseMark, received().at(0).number));
  EXPECT_EQ(connection_->statistics().keepalives_answered, 0U);
  after(301);
  EXPECT_FALSE(connection_->statistics().connected);
}

}  // namespace
}  // namespace lictor
