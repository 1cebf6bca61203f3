// Answers that come from who asked, or to nobody's request: what they take, and what they do not. Calls that are met in
// their midst.
#include <algorithm>

#include "tests/unit/dataplane/session/sip/sip_calls.h"

namespace lictor::sip {
namespace {

class SipImpostors : public SipCalls {
 protected:
  // Between two other nodes.
  void hear_on(uint32_t hop, const std::string& text) {
    ASSERT_EQ(parse_message(as_bytes(text), message), MessageError::kNone) << text;
    tracker->on_message(message, {.received = now, .hop = hop, .sender = HopSide::kFirst}, words);
  }
  [[nodiscard]] bool has_offers() const {
    return std::ranges::any_of(tracker->media(words.last).owners, &MediaOwner::offered);
  }
};

TEST_F(SipImpostors, WhoAsksTakesNoInviteOfHisOwn) {
  request("INVITE", {}, sdp(5000));
  answer_by_caller(200, "INVITE", {.to = "z"});
  EXPECT_FALSE(tracker->is_answered(words.last));
  answer(486, "INVITE", {.to = "2"});
  EXPECT_EQ(words.said.back(), "end refused media=0");
}

TEST_F(SipImpostors, AnAnswerOfWhoAskedHidesNoneThatComes) {
  request("INVITE", {}, sdp(5000));
  answer_by_caller(200, "INVITE", {.to = "2"});
  answer(200, "INVITE", {.to = "2"}, sdp(6000));
  EXPECT_EQ(words.media, (std::vector<uint16_t>{5000, 6000}));
  EXPECT_TRUE(tracker->is_surely_answered(words.last));
}

TEST_F(SipImpostors, AnAnswerToNothingHidesNoneThatComes) {
  const Leg asks{.to = "2"};
  hear_on(9, with_body(head("SIP/2.0 200 x", "INVITE", asks, ""), ""));
  hear_on(8, with_body(head("SIP/2.0 200 x", "INVITE", asks, ""), ""));
  request("INVITE", {}, sdp(5000));
  answer(200, "INVITE", asks, sdp(6000));
  EXPECT_EQ(words.media, (std::vector<uint16_t>{5000, 6000}));
}

TEST_F(SipImpostors, AnAnswerBeforeItsRequestHidesNoDescription) {
  establish();
  answer_by_caller(200, "INVITE", {.branch = "next", .to = "2", .number = 2});
  request("INVITE", {.branch = "next", .to = "2", .number = 2}, sdp(7000));
  EXPECT_NE(std::ranges::find(words.media, 7000), words.media.end());
}

// A gateway between two networks writes other addresses into the same request.
TEST_F(SipImpostors, TheSameRequestOnAnotherHopDescribesWhatItSaysThere) {
  request("INVITE", {}, sdp(5000));
  hear_on(9, with_sdp("INVITE sip:b@example.org SIP/2.0", "INVITE", {}, 5500));
  EXPECT_EQ(words.media, (std::vector<uint16_t>{5000, 5500}));
  EXPECT_EQ(words.said.back(), "continue again media=2");
}

// Whoever has two addresses may answer from the other one.
TEST_F(SipImpostors, CallsAnsweredFromElsewhereKeepNoPlaceFromOthers) {
  words.pins = tracker.get();
  for (int i = 0; i < 16; ++i) {
    const std::string call = "f" + std::to_string(i);
    request("INVITE", {.call = call});
    hear_on(9, with_body(head("SIP/2.0 200 x", "INVITE", {.call = call, .to = "z"}, ""), ""));
    EXPECT_TRUE(tracker->is_answered(words.last));
  }
  const std::string invite = with_sdp("INVITE sip:b@example.org SIP/2.0", "INVITE", {}, 5000);
  ASSERT_EQ(parse_message(as_bytes(invite), message), MessageError::kNone);
  tracker->on_message(message, {.received = now, .sender = HopSide::kFirst, .is_wanted = true}, words);
  EXPECT_EQ(words.said.back(), "begin media=1");
  EXPECT_EQ(tracker->counters().no_room.get(), 0U);
}

// One message each, of the caller's own making.
TEST_F(SipImpostors, CallsThatBeginWithTheirAnswerKeepNoPlaceFromOthers) {
  words.pins = tracker.get();
  for (int i = 0; i < 16; ++i) answer(200, "INVITE", {.call = "f" + std::to_string(i), .to = "z"});
  const std::string invite = with_sdp("INVITE sip:b@example.org SIP/2.0", "INVITE", {}, 5000);
  ASSERT_EQ(parse_message(as_bytes(invite), message), MessageError::kNone);
  tracker->on_message(message, {.received = now, .sender = HopSide::kFirst, .is_wanted = true}, words);
  EXPECT_EQ(words.said.back(), "begin media=1");
}

// RFC 3261 section 14.1: the session goes on as it was.
TEST_F(SipImpostors, ACallMetInItsMidstOutlivesARefusedChange) {
  request("INVITE", {.to = "2"}, sdp(5000));
  answer(491, "INVITE", {.to = "2"});
  EXPECT_EQ(take(), (Said{"begin media=1", "continue media=0"}));
  wait(2);
  request("INVITE", {.branch = "r", .to = "2", .number = 2}, sdp(5002));
  answer(200, "INVITE", {.branch = "r", .to = "2", .number = 2}, sdp(6000));
  EXPECT_EQ(take(), (Said{"continue media=1", "continue media=2"}));
  request("BYE", {.branch = "bye", .to = "2", .number = 3});
  answer(200, "BYE", {.branch = "bye", .to = "2", .number = 3});
  EXPECT_EQ(take(), (Said{"continue", "end released media=0"}));
}

TEST_F(SipImpostors, ACallMetInItsMidstEndsWithADialogThatTheOtherSideDoesNotKnow) {
  request("INVITE", {.to = "2"}, sdp(5000));
  answer(481, "INVITE", {.to = "2"});
  EXPECT_EQ(take(), (Said{"begin media=1", "end refused media=0"}));
}

TEST_F(SipImpostors, WhoComesAgainBehindAChallengeUnderAnotherTagIsTheCaller) {
  request("INVITE", {});
  answer(407, "INVITE", {});
  const uint32_t before = tracker->media(words.last).caller;
  hear(with_sdp("INVITE sip:b@example.org SIP/2.0", "INVITE", {.branch = "b", .from = "7", .number = 2}, 5000));
  const CallMediaView media = tracker->media(words.last);
  EXPECT_NE(media.caller, before);
  ASSERT_EQ(media.owners.size(), 1U);
  EXPECT_EQ(media.owners[0].speaker.party, media.caller);
}

// RFC 3312: each description of a call with preconditions is answered.
TEST_F(SipImpostors, NothingStaysOfferedWhereAnUpdateCameBeforeTheAnswer) {
  request("INVITE", {}, sdp(5000));
  answer(183, "INVITE", {.to = "2"}, sdp(6000));
  request("UPDATE", {.branch = "u", .to = "2", .number = 2}, sdp(5002));
  answer(200, "UPDATE", {.branch = "u", .to = "2", .number = 2}, sdp(6002));
  EXPECT_TRUE(has_offers());
  answer(200, "INVITE", {.to = "2"});
  EXPECT_FALSE(has_offers());
  // Another one that takes the same INVITE has what it offered.
  answer(200, "INVITE", {.to = "3"}, sdp(7000));
  EXPECT_EQ(std::ranges::count(words.media, 5000), 2);
}

}  // namespace
}  // namespace lictor::sip
