// Connection and the level at which records are confirmed as read: what an answer releases, and what a peer that does
// not answer gets.
#include <gtest/gtest.h>

#include "tests/unit/encoders/handover/connection_bench.h"

namespace lictor {
namespace {

class ConnectionConfirm : public ConnectionTest {
 protected:
  ConnectionConfirm() {
    DestinationPlan read = plan();
    read.confirm = {.interval_bytes = 1000, .interval_ms = 50, .fallback_ms = 200, .resends_max = 2};
    connection_->change(read);
    connect();
    alarms_.take_all();
  }

  // Numbers of the keepalives among what was sent in this connection since the last call; records are counted.
  std::vector<uint32_t> asked() {
    std::vector<uint32_t> numbers;
    for (const TestRecord& record : received()) {
      if (record.slot == kKeepaliveSlot) {
        numbers.push_back(record.number);
      } else {
        ++records_;
      }
    }
    return numbers;
  }
  void answer(uint32_t number) {
    peer_sends(peer_pdu(kResponseMark, number));
    run();
  }
  uint64_t confirmed() { return accounts_[1].hi2.confirmed.get(); }
  DestinationStatistics now() { return connection_->statistics(); }
  // The peer shows that it can: records 0 to 9.
  void prove() {
    for (uint32_t i = 0; i < 10; ++i) add(i);
    after(1);
    after(50);
    for (const uint32_t number : asked()) answer(number);
    ASSERT_EQ(confirmed(), 10U);
  }
  // Records are sent and not answered until the connection is given up; then it stands again.
  void lose_for_silence() {
    after(1);
    after(50);
    asked();
    after(301);
    EXPECT_FALSE(now().connected);
    after(2000);
    for (int i = 0; i < 3; ++i) run();
    EXPECT_TRUE(now().connected);
  }
  // Codes of the alarms since the last call, "-" before those that are over.
  std::vector<std::string> told() {
    std::vector<std::string> codes;
    for (const AlarmEvent& alarm : alarms_.take_all()) codes.push_back((alarm.cleared ? "-" : "") + alarm.code);
    return codes;
  }

  size_t records_ = 0;
};

TEST_F(ConnectionConfirm, WhatTcpHasAcknowledgedIsNotRead) {
  add(0);
  run();
  after(49);
  EXPECT_TRUE(asked().empty());
  EXPECT_EQ(confirmed(), 0U);
  EXPECT_EQ(now().waiting_ms, 49U);
  after(1);
  const std::vector<uint32_t> numbers = asked();
  ASSERT_EQ(numbers.size(), 1U);
  add(1);
  after(1);
  answer(numbers[0]);
  EXPECT_EQ(confirmed(), 1U) << "the one behind the question is not answered for";
  after(50);
  answer(asked().at(0));
  EXPECT_EQ(confirmed(), 2U);
  EXPECT_TRUE(connection_->drained());
  run();
  EXPECT_EQ(now().waiting_ms, 0U);
}

TEST_F(ConnectionConfirm, ABusyConnectionIsAskedBehindEachIntervalOfOctets) {
  for (uint32_t i = 0; i < 30; ++i) {
    add(i);
    after(1);
  }
  EXPECT_GE(asked().size(), 2U);
  EXPECT_EQ(records_, 30U);
}

TEST_F(ConnectionConfirm, APeerThatNeverAnswersFallsBackToItsTcpAndAnAlarmStands) {
  wire_->acknowledges = false;
  for (uint32_t i = 0; i < 3; ++i) add(i);
  after(1);
  after(50);
  wire_->unacknowledged = 140;  // the last record and the keepalive
  after(199);
  EXPECT_EQ(confirmed(), 0U);
  after(1);
  EXPECT_EQ(confirmed(), 2U);
  run();
  EXPECT_EQ(told(), (std::vector<std::string>{"confirm_level_reduced"}));
  EXPECT_EQ(now().confirm_level, ConfirmLevel::kTransported);
  EXPECT_TRUE(now().confirm_reduced);
}

TEST_F(ConnectionConfirm, AnAnswerTakesTheAlarmBack) {
  add(0);
  after(1);
  after(50);
  const std::vector<uint32_t> numbers = asked();
  after(200);
  run();
  EXPECT_TRUE(now().confirm_reduced);
  EXPECT_EQ(confirmed(), 1U);
  answer(numbers.at(0));
  EXPECT_FALSE(now().confirm_reduced);
  EXPECT_EQ(told(), (std::vector<std::string>{"confirm_level_reduced", "-confirm_level_reduced"}));
}

TEST_F(ConnectionConfirm, APeerThatStopsAnsweringIsNotFloodedWithTheSameRecords) {
  prove();
  records_ = 0;
  for (uint32_t i = 10; i < 15; ++i) add(i);
  for (int i = 0; i < 3; ++i) lose_for_silence();  // the first connection had confirmed some
  told();
  for (int i = 0; i < 20; ++i) after(10);
  EXPECT_EQ(asked().size(), 1U) << "it is asked first";
  EXPECT_EQ(records_, 15U) << "sent, twice again, and no more";
  EXPECT_EQ(confirmed(), 10U);
  EXPECT_TRUE(now().holding);
  EXPECT_EQ(now().confirm_level, ConfirmLevel::kRead);
  EXPECT_EQ(now().backlog_records, 5U);
}

TEST_F(ConnectionConfirm, ASignOfLifeLetsTheRecordsGoAgain) {
  prove();
  for (uint32_t i = 10; i < 15; ++i) add(i);
  for (int i = 0; i < 3; ++i) lose_for_silence();  // the first connection had confirmed some
  run();
  const std::vector<std::string> codes = told();
  EXPECT_EQ(codes.back(), "delivery_held") << "the destination is not up before it answers";
  after(10);
  answer(asked().at(0));
  EXPECT_FALSE(now().holding);
  EXPECT_EQ(told(), (std::vector<std::string>{"-destination_down", "-delivery_held"}));
  after(50);
  after(50);
  answer(asked().at(0));
  EXPECT_EQ(confirmed(), 15U);
}

TEST_F(ConnectionConfirm, APeerThatAnswersOnlyWhileNothingFlowsFallsBack) {
  prove();
  for (uint32_t i = 10; i < 15; ++i) add(i);
  for (int i = 0; i < 3; ++i) lose_for_silence();  // the first connection had confirmed some
  after(10);
  answer(asked().at(0));
  lose_for_silence();
  after(10);
  run();
  EXPECT_TRUE(now().confirm_reduced);
  EXPECT_EQ(confirmed(), 15U);
}

TEST_F(ConnectionConfirm, WhatIsReadAndNotAnsweredForIsUnconfirmedAtTheEnd) {
  prove();
  for (uint32_t i = 10; i < 15; ++i) add(i);
  after(1);
  connection_->finish({});
  EXPECT_EQ(confirmed(), 10U);
  EXPECT_EQ(accounts_[1].hi2.unconfirmed.get(), 5U);
  EXPECT_EQ(accounts_[1].hi2.given_up.total(), 0U) << "TCP has acknowledged them";
}

}  // namespace
}  // namespace lictor
