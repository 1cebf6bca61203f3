// Connection and the level at which the peer acknowledges PDUs: the negotiation, what an acknowledgement releases, and
// what a peer gets that declines, keeps quiet or stops.
#include <gtest/gtest.h>

#include "tests/unit/encoders/handover/connection_bench.h"

namespace lictor {
namespace {

using Asked = std::vector<TestRecord>;  // questions, by slot_of() and number

class ConnectionAcknowledged : public ConnectionTest {
 protected:
  static DestinationPlan acknowledged() {
    DestinationPlan made = plan();
    made.keepalive = {.on = true, .idle_ms = 1000, .wait_ms = 300};
    made.confirm = {.level = ConfirmLevel::kAcknowledged,
                    .interval_bytes = 1000,
                    .interval_ms = 50,
                    .fallback_ms = 200,
                    .resends_max = 2,
                    .negotiate_ms = 100};
    return made;
  }
  explicit ConnectionAcknowledged(const DestinationPlan& made = acknowledged()) {
    connection_->change(made);
    connect();
    alarms_.take_all();
  }

  // The kinds of question among what was sent in this connection since the last call; records are counted.
  std::vector<ConnectionQuestion> asked() {
    std::vector<ConnectionQuestion> kinds;
    for (const TestRecord& record : received()) {
      if (record.slot < kQuestionSlot) {
        ++records_;
        continue;
      }
      kinds.push_back(static_cast<ConnectionQuestion>(record.slot - kQuestionSlot));
      number_ = record.number;
    }
    return kinds;
  }
  void says(uint32_t mark, uint32_t number = 0) {
    peer_sends(peer_pdu(mark, number));
    run();
  }
  // The peer agrees, and acknowledges what it is asked for first.
  void agree() {
    run();
    ASSERT_EQ(asked(), (std::vector{ConnectionQuestion::kOptionRequest}));
    says(kAcceptMark);
    ASSERT_EQ(asked(), (std::vector{ConnectionQuestion::kOptionComplete, ConnectionQuestion::kAcknowledgement}));
    says(kAcknowledgementMark, number_);
  }
  // Whatever was asked for last is acknowledged.
  void acknowledge() {
    asked();
    says(kAcknowledgementMark, number_);
  }
  void reconnect() {
    for (int i = 0; i < 4 && now().connected; ++i) after(301);
    ASSERT_FALSE(now().connected);
    asked();
    after(2000);
    for (int i = 0; i < 3; ++i) run();
    ASSERT_TRUE(now().connected);
  }
  void break_connection() {
    wire_->broken = absl::UnavailableError("reset");
    connection_->ready(EPOLLIN);
    run();
    ASSERT_FALSE(now().connected);
    after(2000);
    for (int i = 0; i < 3; ++i) run();
    ASSERT_TRUE(now().connected);
  }
  uint64_t confirmed() { return accounts_[1].hi2.confirmed.get(); }
  DestinationStatistics now() { return connection_->statistics(); }
  std::vector<std::string> told() {
    std::vector<std::string> codes;
    for (const AlarmEvent& alarm : alarms_.take_all()) codes.push_back((alarm.cleared ? "-" : "") + alarm.code);
    return codes;
  }

  size_t records_ = 0;
  uint32_t number_ = 0;  // of the question that was sent last
};

TEST_F(ConnectionAcknowledged, RecordsWaitForTheNegotiationAndAreReleasedByAcknowledgements) {
  add(0);
  run();
  EXPECT_EQ(asked(), (std::vector{ConnectionQuestion::kOptionRequest}));
  EXPECT_EQ(records_, 0U) << "they wait for the answer";
  says(kAcceptMark);
  EXPECT_EQ(asked(), (std::vector{ConnectionQuestion::kOptionComplete, ConnectionQuestion::kAcknowledgement}));
  EXPECT_EQ(records_, 1U);
  says(kAcknowledgementMark, number_);
  EXPECT_EQ(confirmed(), 0U) << "it was asked before the record";
  after(50);
  EXPECT_EQ(asked(), (std::vector{ConnectionQuestion::kAcknowledgement}));
  add(1);
  after(1);
  says(kAcknowledgementMark, number_);
  EXPECT_EQ(confirmed(), 1U) << "the one behind the question is not acknowledged";
  EXPECT_EQ(now().confirm_level, ConfirmLevel::kAcknowledged);
  EXPECT_FALSE(now().confirm_reduced);
  EXPECT_EQ(now().acknowledgements, 2U);
}

TEST_F(ConnectionAcknowledged, AnAnswerToAKeepaliveConfirmsNothing) {
  agree();
  add(0);
  connection_->disturb({.asks = true});
  after(1);
  after(1);
  ASSERT_EQ(asked(), (std::vector{ConnectionQuestion::kKeepalive}));
  says(kResponseMark, number_);
  EXPECT_EQ(now().keepalives_answered, 1U);
  EXPECT_EQ(confirmed(), 0U);
}

TEST_F(ConnectionAcknowledged, NoKeepaliveGoesBehindRecordsThatAreAcknowledged) {
  agree();
  for (uint32_t i = 0; i < 30; ++i) {
    add(i);
    after(1);
  }
  const std::vector<ConnectionQuestion> kinds = asked();
  EXPECT_GE(kinds.size(), 2U);
  EXPECT_EQ(std::ranges::count(kinds, ConnectionQuestion::kAcknowledgement), std::ssize(kinds));
}

TEST_F(ConnectionAcknowledged, APeerThatDeclinesFallsBackToReadAtOnceAndAnAlarmSaysSo) {
  add(0);
  run();
  says(kDeclineMark);
  EXPECT_EQ(asked(), (std::vector{ConnectionQuestion::kOptionRequest, ConnectionQuestion::kOptionComplete}));
  EXPECT_EQ(records_, 1U);
  EXPECT_EQ(now().confirm_level, ConfirmLevel::kRead);
  EXPECT_EQ(now().confirm_shortfall, ConfirmShortfall::kDeclined);
  const auto alarms = alarms_.take_all();
  ASSERT_EQ(alarms.size(), 1U);
  EXPECT_EQ(alarms[0].code, "confirm_level_reduced");
  EXPECT_NE(alarms[0].text.find("level in force is read"), std::string::npos) << alarms[0].text;
  after(50);
  ASSERT_EQ(asked(), (std::vector{ConnectionQuestion::kKeepalive}));
  says(kResponseMark, number_);
  EXPECT_EQ(confirmed(), 1U);
}

TEST_F(ConnectionAcknowledged, APeerThatDeclinesAndAnswersNoKeepaliveFallsBackToItsTcp) {
  add(0);
  run();
  says(kDeclineMark);
  told();
  after(50);
  after(200);
  run();
  EXPECT_EQ(now().confirm_level, ConfirmLevel::kTransported);
  EXPECT_EQ(confirmed(), 1U);
  EXPECT_EQ(told(), (std::vector<std::string>{"confirm_level_reduced"})) << "told anew: the level is another";
}

TEST_F(ConnectionAcknowledged, APeerThatKeepsQuietHoldsRecordsNoLongerThanTheBound) {
  add(0);
  run();
  after(99);
  asked();
  EXPECT_EQ(records_, 0U);
  after(1);
  run();
  EXPECT_EQ(asked(), (std::vector<ConnectionQuestion>{})) << "nothing is complete";
  EXPECT_EQ(records_, 1U);
  EXPECT_EQ(now().confirm_level, ConfirmLevel::kRead);
  EXPECT_EQ(now().confirm_shortfall, ConfirmShortfall::kNoOptionResponse);
  EXPECT_EQ(told(), (std::vector<std::string>{"confirm_level_reduced"}));
}

TEST_F(ConnectionAcknowledged, JunkIsNoAnswer) {
  add(0);
  run();
  peer_sends({'j', 'u', 'n', 'k', 'j', 'u', 'n', 'k'});
  says(kOtherMark);
  asked();
  EXPECT_EQ(records_, 0U);
  after(100);
  run();
  asked();
  EXPECT_EQ(records_, 1U);
  EXPECT_EQ(now().confirm_level, ConfirmLevel::kRead);
}

TEST_F(ConnectionAcknowledged, AnAnswerThatIsLateCountsFromThenOn) {
  after(100);
  run();
  ASSERT_TRUE(now().confirm_reduced);
  add(0);
  after(1);
  says(kAcceptMark);
  EXPECT_FALSE(now().confirm_reduced);
  EXPECT_EQ(told(), (std::vector<std::string>{"confirm_level_reduced", "-confirm_level_reduced"}));
  after(50);
  acknowledge();
  after(50);
  acknowledge();
  EXPECT_EQ(confirmed(), 1U);
}

TEST_F(ConnectionAcknowledged, EveryConnectionNegotiatesAnewAndASilentPeerIsNotWaitedForAgain) {
  agree();
  add(0);
  break_connection();
  run();
  EXPECT_EQ(asked(), (std::vector{ConnectionQuestion::kOptionRequest}));
  EXPECT_EQ(records_, 0U);
  after(100);
  run();
  asked();
  EXPECT_EQ(records_, 1U);
  break_connection();
  run();
  EXPECT_EQ(asked(), (std::vector{ConnectionQuestion::kOptionRequest}));
  EXPECT_EQ(records_, 2U) << "it kept quiet the last time";
  says(kAcceptMark);
  acknowledge();
  after(50);
  acknowledge();
  EXPECT_EQ(confirmed(), 1U);
  EXPECT_EQ(now().confirm_level, ConfirmLevel::kAcknowledged);
}

TEST_F(ConnectionAcknowledged, APeerThatClosesOverTheQuestionGetsItsRecordsWithoutIt) {
  add(0);
  run();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(asked(), (std::vector{ConnectionQuestion::kOptionRequest}));
    break_connection();
    run();
  }
  EXPECT_TRUE(asked().empty());
  EXPECT_EQ(records_, 1U);
  EXPECT_EQ(now().confirm_level, ConfirmLevel::kRead);
  break_connection();
  run();
  EXPECT_EQ(asked(), (std::vector{ConnectionQuestion::kOptionRequest})) << "it may have learned it";
}

TEST_F(ConnectionAcknowledged, AcknowledgementsThatComeOutOfOrderReleaseEachThingOnce) {
  agree();
  add(0, 1000);
  after(1);
  asked();
  const uint32_t first = number_;
  add(1, 1000);
  after(1);
  ASSERT_EQ(asked(), (std::vector{ConnectionQuestion::kAcknowledgement}));
  says(kAcknowledgementMark, first + 1);
  EXPECT_EQ(confirmed(), 2U) << "whoever has the last has those before it";
  says(kAcknowledgementMark, first);
  says(kAcknowledgementMark, first + 7);
  EXPECT_EQ(confirmed(), 2U);
  EXPECT_EQ(now().peer_ignored, 2U);
}

TEST_F(ConnectionAcknowledged, APeerThatAgreesAndNeverAcknowledgesFallsBackToRead) {
  run();
  asked();
  says(kAcceptMark);
  add(0);
  after(1);
  after(200);
  run();
  EXPECT_EQ(now().confirm_level, ConfirmLevel::kRead);
  EXPECT_EQ(now().confirm_shortfall, ConfirmShortfall::kNoAcknowledgement);
  after(50);
  asked();
  says(kResponseMark, number_);
  EXPECT_EQ(confirmed(), 1U);
  after(500);
  EXPECT_TRUE(now().connected) << "what it owes and does not need is not missed";
}

TEST_F(ConnectionAcknowledged, APeerThatStopsAcknowledgingIsNotBelievedAndNotFlooded) {
  agree();
  add(0);
  after(1);
  after(50);
  acknowledge();
  ASSERT_EQ(confirmed(), 1U);
  for (uint32_t i = 1; i < 6; ++i) add(i);
  records_ = 0;
  for (int i = 0; i < 3; ++i) {  // the first connection had confirmed some
    after(1);
    after(50);
    reconnect();
    run();
    says(kAcceptMark);
  }
  for (int i = 0; i < 10; ++i) after(10);
  EXPECT_EQ(records_, 15U) << "sent, twice again, and no more";
  EXPECT_EQ(confirmed(), 1U);
  EXPECT_TRUE(now().holding);
  EXPECT_EQ(now().confirm_level, ConfirmLevel::kAcknowledged);
  acknowledge();
  EXPECT_FALSE(now().holding) << "a sign of life: they go once more";
  after(1);
  after(50);
  acknowledge();
  EXPECT_EQ(confirmed(), 6U);
}

TEST_F(ConnectionAcknowledged, WhoeverHasAcknowledgedIsNeverBelievedByItsTcpForKeepingQuiet) {
  agree();
  for (uint32_t i = 0; i < 5; ++i) add(i);
  for (int i = 0; i < 4; ++i) {
    after(1);
    after(100);
    after(50);
    after(250);
    reconnect();
  }
  after(100);
  for (int i = 0; i < 30; ++i) after(10);
  EXPECT_EQ(now().confirm_level, ConfirmLevel::kRead);
  EXPECT_EQ(confirmed(), 0U) << "it may be frozen, with its kernel taking what is sent";
  EXPECT_TRUE(now().holding);
}

TEST_F(ConnectionAcknowledged, WhatIsNotAcknowledgedIsUnconfirmedAtTheEnd) {
  agree();
  for (uint32_t i = 0; i < 3; ++i) add(i);
  after(1);
  connection_->finish({});
  EXPECT_EQ(confirmed(), 0U);
  EXPECT_EQ(accounts_[1].hi2.unconfirmed.get(), 3U);
}

class ConnectionAskedForLess : public ConnectionAcknowledged {
 protected:
  static DestinationPlan read() {
    DestinationPlan made = acknowledged();
    made.confirm.level = ConfirmLevel::kRead;
    return made;
  }
  ConnectionAskedForLess() : ConnectionAcknowledged(read()) {}
};

TEST_F(ConnectionAskedForLess, NobodyIsAskedAndAnswersToItAreIgnored) {
  add(0);
  run();
  EXPECT_TRUE(asked().empty());
  EXPECT_EQ(records_, 1U);
  says(kAcceptMark);
  says(kAcknowledgementMark, 1);
  EXPECT_EQ(now().peer_ignored, 2U);
  EXPECT_EQ(confirmed(), 0U);
  connection_->change(acknowledged());
  run();
  EXPECT_EQ(asked(), (std::vector{ConnectionQuestion::kOptionRequest})) << "on the connection that stands";
}

class ConnectionAcknowledgedWithoutKeepalives : public ConnectionAcknowledged {
 protected:
  static DestinationPlan quiet() {
    DestinationPlan made = acknowledged();
    made.keepalive.on = false;
    return made;
  }
  ConnectionAcknowledgedWithoutKeepalives() : ConnectionAcknowledged(quiet()) {}
};

TEST_F(ConnectionAcknowledgedWithoutKeepalives, AcknowledgementsNeedNone) {
  agree();
  add(0);
  after(1);
  after(50);
  ASSERT_EQ(asked(), (std::vector{ConnectionQuestion::kAcknowledgement}));
  says(kAcknowledgementMark, number_);
  EXPECT_EQ(confirmed(), 1U);
}

TEST_F(ConnectionAcknowledgedWithoutKeepalives, WhoeverDeclinesIsBelievedByItsTcp) {
  add(0);
  run();
  says(kDeclineMark);
  EXPECT_EQ(confirmed(), 1U);
  EXPECT_EQ(now().confirm_level, ConfirmLevel::kTransported);
  EXPECT_EQ(now().confirm_shortfall, ConfirmShortfall::kDeclined);
}

}  // namespace
}  // namespace lictor
