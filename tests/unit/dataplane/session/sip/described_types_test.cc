// What payload types mean by descriptions, and by all those of a call.
#include "dataplane/session/sip/described_types.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/dataplane/session/sip/sip_calls.h"

namespace lictor::sip {
namespace {

std::string described(const std::string& streams) {
  return "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n" + streams;
}

PayloadTypes types_of(const std::string& streams) {
  SessionDescription description;
  const std::string body = described(streams);  // the description points into it
  EXPECT_EQ(parse_sdp(as_bytes(body), description), SdpError::kNone);
  PayloadTypes types;
  add_payload_types(description, types);
  return types;
}

// As "noise events others".
std::string words(const PayloadTypes& types) {
  std::string text;
  for (const PayloadTypeSet* const set : {&types.comfort_noise, &types.telephone_events, &types.others}) {
    if (!text.empty() || set != &types.comfort_noise) text += " | ";
    std::string numbers;
    for (uint8_t type = 0; type <= PayloadTypeSet::kTypeMax; ++type)
      if (set->has(type)) numbers += (numbers.empty() ? "" : " ") + std::to_string(type);
    text += numbers;
  }
  return text;
}

TEST(DescribedTypes, NumbersMeanWhatTheirLinesSay) {
  EXPECT_EQ(words(types_of("m=audio 5000 RTP/AVP 0 8 97 101 98\r\na=rtpmap:97 cn/16000\r\n"
                           "a=rtpmap:101 Telephone-Event/8000/1\r\na=rtpmap:98 opus/48000/2\r\n")),
            "97 | 101 | 0 8 98");
}

TEST(DescribedTypes, ThirteenOfAudioIsComfortNoiseByItself) {
  EXPECT_EQ(words(types_of("m=audio 5000 RTP/SAVPF 0 13\r\n")), "13 |  | 0");
  EXPECT_EQ(words(types_of("m=video 5000 RTP/AVP 13\r\n")), " |  | 13");
  EXPECT_EQ(words(types_of("m=audio 5000 RTP/AVP 13\r\na=rtpmap:13 opus/48000\r\n")), " |  | 13");
  EXPECT_EQ(words(types_of("m=audio 5000 RTP/AVP 19\r\na=rtpmap:19 CN/8000\r\n")), "19 |  | ");
}

TEST(DescribedTypes, ACodecIsOneWhateverALineCallsIt) {
  const PayloadTypes types =
      types_of("m=audio 5000 RTP/AVP 0 8\r\na=rtpmap:0 CN/8000\r\na=rtpmap:8 telephone-event/8000\r\n");
  EXPECT_FALSE(types.is_comfort_noise(0));
  EXPECT_FALSE(types.is_telephone_event(8));
}

TEST(DescribedTypes, OnlyStreamsOfRtpSayAnything) {
  EXPECT_TRUE(types_of("m=image 5000 udptl t38\r\n").empty());
  EXPECT_TRUE(types_of("m=message 5000 TCP/MSRP 13\r\n").empty());
  EXPECT_EQ(words(types_of("m=audio 0 RTP/AVP 13\r\na=bundle-only\r\n")), "13 |  | ");
}

TEST(DescribedTypes, OddLinesAreCountedAndNameNothing) {
  SessionDescription description;
  const std::string text = described(
      "m=audio 5000 RTP/AVP 0 128 x 99999999999\r\na=rtpmap:128 CN/8000\r\na=rtpmap:97\r\na=rtpmap:CN/8000\r\n");
  ASSERT_EQ(parse_sdp(as_bytes(text), description), SdpError::kNone);
  EXPECT_EQ(description.odd_lines, 3);
  PayloadTypes types;
  add_payload_types(description, types);
  EXPECT_EQ(words(types), " |  | 0");
}

TEST(DescribedTypes, EveryPrefixIsReadWithinItself) {
  const std::string text = described("m=audio 5000 RTP/AVP 0 101 13\r\na=rtpmap:101 telephone-event/8000\r\n");
  for (size_t length = 0; length < text.size(); ++length) {
    const std::vector<char> prefix(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(length));
    SessionDescription description;
    if (parse_sdp(as_bytes(std::string_view(prefix.data(), prefix.size())), description) != SdpError::kNone) continue;
    PayloadTypes types;
    add_payload_types(description, types);
    EXPECT_TRUE(types.telephone_events.empty() || types.telephone_events.has(101)) << length;
  }
}

struct LastDescribed : CallSink {
  void on_call_event(const CallEvent& event) noexcept override { last = event.media.described; }
  CallDescriptions last;
};

class TypesOfCalls : public ::testing::Test {
 protected:
  void hear(const std::string& text) {
    Message message;
    ASSERT_EQ(parse_message(as_bytes(text), message), MessageError::kNone);
    tracker_->on_message(message, {.received = {kNanosecondsPerSecond}}, sink_);
  }
  void offer(const std::string& streams, const std::string& branch = "a", int number = 1) {
    hear(with_body(head("INVITE sip:b@example.org SIP/2.0", "INVITE", {.branch = branch, .number = number}, ""),
                   described(streams)));
  }
  void answer(const std::string& streams, const std::string& branch = "a", int number = 1) {
    hear(with_body(head("SIP/2.0 200 OK", "INVITE", {.branch = branch, .to = "2", .number = number}, ""),
                   described(streams)));
  }

  std::unique_ptr<CallTracker> tracker_ = *CallTracker::make({.calls_max = 4, .key = {.low = 1, .high = 2}});
  LastDescribed sink_;
};

TEST_F(TypesOfCalls, AllThatWasDescribedIsKept) {
  offer("m=audio 5000 RTP/AVP 0 13 101\r\na=rtpmap:101 telephone-event/8000\r\n");
  EXPECT_EQ(sink_.last.count, 1U);
  answer("m=audio 6000 RTP/AVP 0 96\r\na=rtpmap:96 telephone-event/8000\r\n");
  EXPECT_EQ(words(sink_.last.types), "13 | 96 101 | 0");
  EXPECT_EQ(sink_.last.count, 2U);
}

TEST_F(TypesOfCalls, WhatOneSideCallsSomethingElseIsNeither) {
  offer("m=audio 5000 RTP/AVP 0 96 97\r\na=rtpmap:96 telephone-event/8000\r\na=rtpmap:97 CN/16000\r\n");
  answer("m=audio 6000 RTP/AVP 0 96 97\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:97 telephone-event/8000\r\n");
  for (const uint8_t type : {uint8_t{96}, uint8_t{97}}) {
    EXPECT_FALSE(sink_.last.types.is_comfort_noise(type));
    EXPECT_FALSE(sink_.last.types.is_telephone_event(type));
    EXPECT_TRUE(sink_.last.types.has(type));
  }
}

TEST_F(TypesOfCalls, WhatIsRepeatedIsNoDescriptionMore) {
  offer("m=audio 5000 RTP/AVP 0\r\n");
  offer("m=audio 5000 RTP/AVP 0\r\n");
  answer("m=audio 6000 RTP/AVP 0\r\n");
  answer("m=audio 6000 RTP/AVP 0\r\n");
  EXPECT_EQ(sink_.last.count, 2U);
  offer("m=audio 5000 RTP/AVP 0\r\n", "b", 2);
  EXPECT_EQ(sink_.last.count, 3U);
}

}  // namespace
}  // namespace lictor::sip
