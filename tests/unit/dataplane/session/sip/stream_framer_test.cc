// Messages of a stream, however it is cut, and behind what was lost of it.
#include "dataplane/session/sip/stream_framer.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <vector>

#include "tests/unit/dataplane/session/sip/sip_texts.h"

namespace lictor::sip {
namespace {

using Texts = std::vector<std::string>;

class SipStream : public ::testing::Test {
 protected:
  Texts put(std::string_view piece) {
    const Exactly exact(piece);
    framer->put(exact.bytes());
    Texts messages;
    Message message;
    while (framer->next(message)) messages.push_back(text_of(message.octets));
    return messages;
  }
  void start_again(size_t room_bytes) {
    room.assign(room_bytes, 0);
    counters = {};
    framer.emplace(room, counters);
  }

  std::vector<uint8_t> room = std::vector<uint8_t>(8192);
  StreamCounters counters;
  std::optional<StreamFramer> framer{std::in_place, room, counters};
};

std::string bye(int number) {
  return with_body("BYE sip:b@example.org SIP/2.0\r\nCall-ID: " + std::to_string(number) + "\r\n", "body");
}

TEST_F(SipStream, SeveralMessagesOfOnePieceComeOneByOne) {
  EXPECT_EQ(put(bye(1) + "\r\n\r\n" + invite() + bye(3)), (Texts{bye(1), invite(), bye(3)}));
  EXPECT_EQ(counters.messages, 3U);
  EXPECT_EQ(counters.keepalives, 1U);
}

TEST_F(SipStream, MessagesAreTheSameHoweverTheStreamIsCut) {
  const std::string stream = bye(1) + "\r\n\r\n" + invite() + invite("") + bye(2);
  for (size_t bytes = 1; bytes < stream.size(); ++bytes) {
    start_again(4096);
    Texts all;
    for (size_t at = 0; at < stream.size(); at += bytes) {
      for (std::string& text : put(std::string_view(stream).substr(at, bytes))) all.push_back(std::move(text));
    }
    ASSERT_EQ(all, (Texts{bye(1), invite(), invite(""), bye(2)})) << bytes;
    ASSERT_EQ(counters.bytes_passed_over + counters.searches, 0U);
  }
}

TEST_F(SipStream, BodyTooLongIsSkippedAndTheNextMessageComes) {
  const std::string big = with_body("MESSAGE sip:b@example.org SIP/2.0\r\n", std::string(20'000, 'x'));
  const Texts messages = put(big + bye(1));
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_TRUE(messages[0].ends_with("\r\n\r\n"));
  EXPECT_EQ(messages[1], bye(1));
  EXPECT_EQ(counters.too_long, 1U);
}

TEST_F(SipStream, LengthThatNobodySendsHidesNothingBehindIt) {
  const Texts messages = put("INFO sip:b@example.org SIP/2.0\r\nl: 4000000000\r\n\r\n" + bye(1));
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[1], bye(1));
}

TEST_F(SipStream, HeadTooLongIsGivenUpAndTheNextMessageComes) {
  const std::string head = "INVITE sip:b@example.org SIP/2.0\r\nX: " + std::string(9000, 'x') + "\r\n\r\n";
  EXPECT_EQ(put(head + bye(1)), Texts{bye(1)});
  EXPECT_EQ(counters.heads_too_long, 1U);
  EXPECT_EQ(counters.found_again, 1U);
}

TEST_F(SipStream, BehindAGapTheNextMessageIsFound) {
  const std::string stream = invite();
  EXPECT_EQ(put(std::string_view(stream).substr(0, 200)), Texts{});
  framer->lose_place();
  EXPECT_EQ(put("rest of something\r\na=b\r\n" + bye(1) + bye(2)), (Texts{bye(1), bye(2)}));
  EXPECT_EQ(counters.searches, 1U);
  EXPECT_EQ(counters.found_again, 1U);
  EXPECT_EQ(counters.bytes_passed_over, 200U + 24U);
}

TEST_F(SipStream, SearchFindsAMessageThatPiecesCut) {
  framer->lose_place();
  const std::string stream = "junk\r\n" + bye(1);
  Texts all;
  for (const char octet : stream) {
    for (std::string& text : put({&octet, 1})) all.push_back(std::move(text));
  }
  EXPECT_EQ(all, Texts{bye(1)});
}

TEST_F(SipStream, ConnectionOfSomethingElseIsGivenUp) {
  const std::string junk = std::string(1000, 'x') + "\n\n";
  uint64_t sent = 0;
  for (; sent < 2 * kSearchBytesMax; sent += junk.size()) EXPECT_EQ(put(junk), Texts{});
  EXPECT_TRUE(framer->is_given_up());
  EXPECT_EQ(counters.given_up, 1U);
  EXPECT_EQ(put("BYE sip:b@example.org SIP/"), Texts{});
  EXPECT_EQ(framer->buffered(), 0U) << "what carries something else has no room";
  framer->lose_place();
  EXPECT_TRUE(framer->is_given_up());
  EXPECT_EQ(counters.searches, 1U);
}

TEST_F(SipStream, ConnectionThatWasGivenUpIsHeardAgain) {
  for (uint64_t round = 1; round <= 2; ++round) {
    const std::string big = with_body("NOTIFY sip:b@example.org SIP/2.0\r\n", std::string(2 * kSearchBytesMax, 'x'));
    EXPECT_EQ(put(big).size(), 1U);
    EXPECT_EQ(counters.given_up, round);
    EXPECT_EQ(put("\r\n\r\n" + invite()), Texts{invite()});
    EXPECT_EQ(put(bye(1)), Texts{bye(1)});
    EXPECT_EQ(counters.found_again, round);
  }
  put(with_body("NOTIFY sip:b@example.org SIP/2.0\r\n", std::string(2 * kSearchBytesMax, 'x')));
  const std::string stream = "rest\r\n" + invite();
  EXPECT_EQ(put(stream.substr(0, 200)), Texts{});
  EXPECT_EQ(put(stream.substr(200)), Texts{invite()}) << "its first line alone is of one piece";
}

TEST_F(SipStream, MessageWithoutLengthHasNoBody) {
  EXPECT_EQ(put("ACK sip:b@example.org SIP/2.0\r\nCall-ID: 1\r\n\r\n" + bye(1)).size(), 2U);
  EXPECT_EQ(counters.no_length, 1U);
}

TEST_F(SipStream, BodyWhoseLengthsContradictEachOtherEndsWhereAMessageBegins) {
  const std::string body = "v=0\r\nm=audio 5000 RTP/AVP 0\r\n";
  for (const std::string lengths : {"l: 3\r\nl: 29\r\n", "l: 29\r\nl: 3\r\n", "l: x\r\n", "l: 29\r\nl: 99999\r\n"}) {
    start_again(4096);
    const std::string head = "INVITE sip:b@example.org SIP/2.0\r\n" + lengths + "\r\n";
    EXPECT_EQ(put(head + body + bye(1)), (Texts{head + body, bye(1)})) << lengths;
    EXPECT_EQ(put(head + body), Texts{head + body}) << lengths;
    EXPECT_EQ(put(bye(2)), Texts{bye(2)}) << lengths;
    EXPECT_EQ(counters.no_length, 2U);
  }
  const std::string head = "INVITE sip:b@example.org SIP/2.0\r\nl: 29\r\nl: 40\r\n\r\n";
  EXPECT_EQ(put(head + body.substr(0, 5)), Texts{}) << "whoever is believed, there is more of it";
  EXPECT_EQ(put(body.substr(5) + bye(3)), (Texts{head + body, bye(3)}));
}

TEST_F(SipStream, EveryOctetIsInAMessageBetweenThemOrPassedOver) {
  std::mt19937 random(7);
  const Texts parts = {
      bye(1), invite(), "\r\n\r\n", "junk\r\n", "INVITE sip:x SIP/2.0\r\n", "\n\n", "SIP/2.0 200 OK\r\n"};
  for (int round = 0; round < 300; ++round) {
    start_again(4096);
    std::string stream;
    for (int i = 0; i < 20; ++i) stream += parts[random() % parts.size()];
    uint64_t given = 0;
    for (size_t at = 0; at < stream.size();) {
      const size_t bytes = 1 + random() % 700;
      for (const std::string& text : put(std::string_view(stream).substr(at, bytes))) given += text.size();
      at += bytes;
      if (random() % 16 == 0) framer->lose_place();
    }
    framer->lose_place();
    EXPECT_EQ(given + counters.bytes_between + counters.bytes_skipped + counters.bytes_passed_over, stream.size());
  }
}

}  // namespace
}  // namespace lictor::sip
