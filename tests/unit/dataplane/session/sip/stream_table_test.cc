// SIP messages of TCP connections, as segments come: in and out of order, repeated, lost, and forged.
#include "dataplane/session/sip/stream_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/dataplane/session/sip/sip_texts.h"

namespace lictor::sip {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr uint8_t kAck = 0x10;
constexpr uint8_t kFin = 0x11;
constexpr uint8_t kRst = 0x04;
constexpr uint8_t kSyn = 0x02;
using Texts = std::vector<std::string>;

struct Sent {
  uint32_t sequence = 0;
  std::string octets;
  uint8_t flags = kAck;
};

class StreamTableTest : public testing::Test {
 protected:
  StreamTableTest() { make({}); }
  void make(StreamTablePlan plan) { table_ = *StreamTable::make(plan); }

  // The Call-IDs of what became whole.
  Texts put(const Sent& sent, uint16_t source_port = 40'000, int64_t ms = 0) {
    std::vector<uint8_t> segment(20);
    for (int i = 0; i < 4; ++i) segment[4 + i] = static_cast<uint8_t>(sent.sequence >> (24 - 8 * i));
    segment[12] = 0x50;
    segment[13] = sent.flags;
    segment.insert(segment.end(), sent.octets.begin(), sent.octets.end());
    SignalRecord record;
    record.header.kind = SignalKind::kSipSegment;
    record.header.arrival = {ms * kMs};
    record.header.source = {.address = {192, 0, 2, 1}, .port = source_port};
    record.header.destination = {.address = {198, 51, 100, 1}, .port = 5060};
    record.frame = record.message = segment;
    table_->put(record);
    return drain();
  }
  Texts drain() {
    Texts ids;
    Message message;
    while (table_->next(message)) {
      ids.push_back(text_of(message.field(Header::kCallId)));
      EXPECT_EQ(table_->header().destination.port, 5060);
    }
    return ids;
  }
  Texts tick(int64_t ms) {
    Texts ids;
    while (table_->tick({ms * kMs})) std::ranges::copy(drain(), std::back_inserter(ids));
    return ids;
  }
  static std::string message(const std::string& id, size_t body = 40) {
    return with_body("MESSAGE sip:b@example.org SIP/2.0\r\nCall-ID: " + id + "\r\n", std::string(body, 'x') + "\r\n");
  }

  std::unique_ptr<StreamTable> table_;
};

TEST_F(StreamTableTest, SegmentsMakeMessagesHoweverTheyAreCut) {
  const std::string text = message("1") + message("2") + message("3");
  for (const size_t size : {1U, 7U, 100U, 1000U}) {
    make({});
    Texts heard;
    put({.sequence = 99, .flags = kSyn});
    for (size_t at = 0; at < text.size(); at += size)
      std::ranges::copy(put({.sequence = static_cast<uint32_t>(100 + at), .octets = text.substr(at, size)}),
                        std::back_inserter(heard));
    EXPECT_EQ(heard, (Texts{"1", "2", "3"})) << size;
  }
}

TEST_F(StreamTableTest, SequenceNumbersGoRound) {
  const std::string text = message("1");
  put({.sequence = UINT32_MAX - 20, .flags = kSyn});
  EXPECT_EQ(put({.sequence = UINT32_MAX - 19, .octets = text.substr(0, 50)}), Texts{});
  EXPECT_EQ(put({.sequence = 30, .octets = text.substr(50)}), Texts{"1"});
}

TEST_F(StreamTableTest, OutOfOrderAndRepeatedSegmentsAreReadOnceAndInOrder) {
  std::string text;
  Texts expected;
  for (int i = 0; i < 30; ++i) {
    text += message(std::to_string(i), static_cast<size_t>(i) * 9);
    expected.push_back(std::to_string(i));
  }
  std::mt19937 random(3);  // NOLINT(cert-msc51-cpp): the same orders every time
  for (int round = 0; round < 100; ++round) {
    make({});
    put({.sequence = 0, .flags = kSyn});
    std::vector<Sent> sent;
    for (size_t at = 0; at < text.size();) {
      const size_t size = 1 + random() % 400;
      sent.push_back({.sequence = static_cast<uint32_t>(1 + at), .octets = text.substr(at, size)});
      at += size;
    }
    for (size_t i = 0; i + 4 < sent.size(); i += 4) std::shuffle(&sent[i], &sent[i + 4], random);
    for (int i = 0; i < 5; ++i) sent.insert(sent.begin() + random() % sent.size(), sent[random() % sent.size()]);
    Texts heard;
    for (const Sent& one : sent) std::ranges::copy(put(one), std::back_inserter(heard));
    EXPECT_EQ(heard, expected) << round;
    EXPECT_EQ(table_->counters().gaps.get(), 0U);
  }
}

TEST_F(StreamTableTest, WhatNeverComesIsGivenUpAfterATime) {
  put({.sequence = 0, .flags = kSyn});
  const std::string first = message("1");
  const std::string second = message("2") + message("3");
  const auto at = static_cast<uint32_t>(1 + first.size());
  EXPECT_EQ(put({.sequence = at, .octets = second}, 40'000, 10), Texts{});
  EXPECT_EQ(tick(200), Texts{});
  EXPECT_EQ(tick(600), (Texts{"2", "3"}));
  EXPECT_EQ(table_->counters().gaps.get(), 1U);
  EXPECT_EQ(put({.sequence = 1, .octets = first}, 40'000, 700), Texts{});  // too late
}

TEST_F(StreamTableTest, AConnectionMetInItsMidstIsReadFromTheNextMessageOn) {
  const std::string text = message("1");
  EXPECT_EQ(put({.sequence = 500, .octets = text.substr(30) + message("2")}), Texts{"2"});
  EXPECT_EQ(table_->streams(), 1U);
}

TEST_F(StreamTableTest, AnAnswerWithoutDataOpensNothing) {
  put({.sequence = 500});
  put({.sequence = 500, .flags = kRst});
  EXPECT_EQ(table_->streams(), 0U);
}

TEST_F(StreamTableTest, EndsOfConnectionsFreeThem) {
  for (const uint8_t end : {kFin, kRst}) {
    put({.sequence = 0, .flags = kSyn});
    EXPECT_EQ(table_->streams(), 1U);
    put({.sequence = 1, .flags = end});
    EXPECT_EQ(table_->streams(), 0U);
  }
  // The last message comes with the end, and behind a gap.
  const std::string first = message("1");
  put({.sequence = 0, .flags = kSyn});
  put({.sequence = static_cast<uint32_t>(1 + first.size()), .octets = message("2"), .flags = kFin});
  EXPECT_EQ(put({.sequence = 1, .octets = first}), (Texts{"1", "2"}));
  EXPECT_EQ(table_->streams(), 0U);
}

TEST_F(StreamTableTest, ForgedSegmentsMoveNothing) {
  const std::string text = message("1");
  for (const Sent& forged : {Sent{.sequence = 900'000, .flags = kSyn}, Sent{.sequence = 1U << 30, .octets = "far"},
                             Sent{.sequence = 1U << 30, .flags = kRst}, Sent{.sequence = 50, .flags = kSyn}}) {
    make({});
    put({.sequence = 99, .flags = kSyn});
    put({.sequence = 100, .octets = text.substr(0, 50)});
    put(forged);
    EXPECT_EQ(put({.sequence = 150, .octets = text.substr(50)}), Texts{"1"});
  }
}

TEST_F(StreamTableTest, ANewConnectionOfTheSameEndsIsRead) {
  put({.sequence = 99, .flags = kSyn});
  put({.sequence = 100, .octets = message("1").substr(0, 50)});
  put({.sequence = 70'000, .flags = kSyn});
  EXPECT_EQ(put({.sequence = 70'001, .octets = message("2")}), Texts{"2"});
}

TEST_F(StreamTableTest, ANewConnectionIsReadFromItsHandshakeOn) {
  put({.sequence = 99, .flags = kSyn});
  put({.sequence = 100, .octets = message("1").substr(0, 50)});
  const uint32_t far = 1U << 30;
  put({.sequence = far, .flags = kSyn});
  put({.sequence = far + 1});
  EXPECT_EQ(put({.sequence = far + 1, .octets = message("2")}), Texts{"2"});
}

TEST_F(StreamTableTest, WhatIsSeenTwiceIsReadOnceForHoweverLong) {
  put({.sequence = 0, .flags = kSyn});
  Texts heard;
  uint32_t sequence = 1;
  for (int i = 0; i < 800; ++i) {
    const std::string text = message(std::to_string(i), 1000);
    for (int again = 0; again < 2; ++again)
      std::ranges::copy(put({.sequence = sequence, .octets = text}), std::back_inserter(heard));
    sequence += static_cast<uint32_t>(text.size());
  }
  EXPECT_EQ(heard.size(), 800U);
  EXPECT_EQ(table_->counters().searches.get(), 0U);
}

TEST_F(StreamTableTest, AForgedEndInTheMidstOfAMessageEndsNothing) {
  const std::string text = message("1");
  for (const Sent& forged : {Sent{.sequence = 200, .flags = kRst}, Sent{.sequence = 51, .flags = kFin},
                             Sent{.sequence = 90, .flags = kFin}}) {
    make({});
    put({.sequence = 0, .flags = kSyn});
    put({.sequence = 1, .octets = text.substr(0, 50)});
    put(forged);
    EXPECT_EQ(put({.sequence = 51, .octets = text.substr(50)}), Texts{"1"}) << forged.sequence;
  }
}

TEST_F(StreamTableTest, ATapThatWasBlindForLongFindsItsPlace) {
  put({.sequence = 99, .flags = kSyn});
  const uint32_t far = 1U << 25;
  const std::string text = message("1");
  EXPECT_EQ(put({.sequence = far, .octets = text}), Texts{});
  EXPECT_EQ(put({.sequence = far + static_cast<uint32_t>(text.size()), .octets = message("2")}), Texts{"2"});
}

TEST_F(StreamTableTest, WhatWasThereBeforeAndGoesOnForLongIsAnotherPlace) {
  put({.sequence = 1'000'000, .flags = kSyn});
  uint32_t sequence = 1;
  Texts heard;
  for (int i = 0; i < 400; ++i) {
    const std::string text = message(std::to_string(i), 900);
    std::ranges::copy(put({.sequence = sequence, .octets = text}), std::back_inserter(heard));
    sequence += static_cast<uint32_t>(text.size());
  }
  ASSERT_FALSE(heard.empty());
  EXPECT_EQ(heard.back(), "399");
}

TEST_F(StreamTableTest, TheDirectionThatWasHeardOfLongestAgoGoes) {
  make({.streams_max = 2});
  const std::string text = message("1");
  for (const uint16_t port : std::vector<uint16_t>{1, 2}) {
    put({.sequence = 0, .flags = kSyn}, port);
    put({.sequence = 1, .octets = text.substr(0, 50)}, port);
  }
  put({.sequence = 51, .octets = text.substr(50, 1)}, 1);
  put({.sequence = 0, .flags = kSyn}, 3);
  EXPECT_EQ(table_->counters().evicted.get(), 1U);
  EXPECT_EQ(put({.sequence = 52, .octets = text.substr(51)}, 1), Texts{"1"});
}

TEST_F(StreamTableTest, RoomsAreForMessagesThatAreNotWhole) {
  make({.rooms_max = 1});
  const std::string text = message("1");
  for (uint16_t port = 1; port <= 5; ++port) {
    put({.sequence = 0, .flags = kSyn}, port);
    EXPECT_EQ(put({.sequence = 1, .octets = text}, port), Texts{"1"});
  }
  put({.sequence = static_cast<uint32_t>(1 + text.size()), .octets = text.substr(0, 50)}, 1);
  EXPECT_EQ(table_->counters().rooms_over.get(), 0U);
  put({.sequence = static_cast<uint32_t>(1 + text.size()), .octets = text.substr(0, 50)}, 2);
  EXPECT_EQ(table_->counters().rooms_over.get(), 1U);
  EXPECT_EQ(put({.sequence = static_cast<uint32_t>(51 + text.size()), .octets = text.substr(50)}, 2), Texts{"1"});
  EXPECT_EQ(put({.sequence = static_cast<uint32_t>(51 + text.size()), .octets = text.substr(50) + message("3")}, 1),
            Texts{"3"});
}

TEST_F(StreamTableTest, SegmentsThatFindNoRoomCostTheirGapAlone) {
  make({.held_max = 2});
  put({.sequence = 0, .flags = kSyn});
  Texts heard;
  uint32_t sequence = 101;  // something is missing
  for (int i = 0; i < 6; ++i) {
    const std::string text = message(std::to_string(i));
    std::ranges::copy(put({.sequence = sequence, .octets = text}), std::back_inserter(heard));
    sequence += static_cast<uint32_t>(text.size());
  }
  // The third and the sixth were lost, and with them nothing else.
  EXPECT_EQ(table_->counters().held_over.get(), 2U);
  EXPECT_EQ(heard, (Texts{"0", "1", "3", "4"}));
}

TEST_F(StreamTableTest, MessagesAsLongAsADatagramAreReadWhole) {
  put({.sequence = 0, .flags = kSyn});
  const std::string text = message("1", 60'000);
  uint32_t sequence = 1;
  for (size_t at = 0; at < text.size(); at += 1400) {
    const std::string piece = text.substr(at, 1400);
    EXPECT_EQ(put({.sequence = sequence, .octets = piece}), at + 1400 < text.size() ? Texts{} : Texts{"1"});
    sequence += static_cast<uint32_t>(piece.size());
  }
  EXPECT_EQ(table_->counters().too_long.get(), 0U);
}

TEST_F(StreamTableTest, EveryPrefixOfASegmentIsHarmless) {
  std::vector<uint8_t> segment(24);
  segment[12] = 0x60;
  for (size_t bytes = 0; bytes < segment.size(); ++bytes) {
    SignalRecord record;
    record.frame = record.message = Bytes(segment).first(bytes);
    table_->put(record);
    EXPECT_EQ(drain(), Texts{});
  }
  EXPECT_EQ(table_->counters().odd.get(), 24U);
}

TEST_F(StreamTableTest, HasBounds) {
  EXPECT_FALSE(StreamTable::make({.streams_max = 0}).ok());
  EXPECT_FALSE(StreamTable::make({.rooms_max = 0}).ok());
  EXPECT_FALSE(StreamTable::make({.held_max = 0}).ok());
}

}  // namespace
}  // namespace lictor::sip
