// Calls as a tap sees them: forks, retries, transfers of media, and each communication's one end.
#include "tests/unit/dataplane/session/sip/sip_calls.h"

namespace lictor::sip {
namespace {

TEST_F(SipCalls, CallBeginsContinuesAndEndsOnce) {
  request("INVITE", {}, sdp(5000));
  answer(180, "INVITE", {.to = "2"});
  answer(200, "INVITE", {.to = "2"}, sdp(6000));
  request("ACK", {.branch = "b", .to = "2"});
  request("BYE", {.branch = "c", .to = "2", .number = 2});
  answer(200, "BYE", {.branch = "c", .to = "2", .number = 2});
  answer(200, "BYE", {.branch = "c", .to = "2", .number = 2});
  EXPECT_EQ(take(), (Said{"begin media=1", "continue", "continue media=2", "continue", "continue",
                          "end released media=0", "report"}));
  EXPECT_EQ(tracker->counters().ended.get(), 1U);
}

TEST_F(SipCalls, CalledSideMayHangUp) {
  establish();
  request("BYE", {.branch = "x", .from = "2", .to = "1", .number = 9});
  answer(200, "BYE", {.branch = "x", .from = "2", .to = "1", .number = 9});
  EXPECT_EQ(take(), (Said{"continue", "end released media=0"}));
}

TEST_F(SipCalls, RepeatedMessagesAreToldAsSuch) {
  request("INVITE", {}, sdp(5000));
  request("INVITE", {}, sdp(5000));
  answer(200, "INVITE", {.to = "2"});
  answer(200, "INVITE", {.to = "2"});
  EXPECT_EQ(take(), (Said{"begin media=1", "continue again", "continue", "continue again"}));
}

TEST_F(SipCalls, ForksEndWithTheLastRefusal) {
  request("INVITE", {.branch = "a"}, sdp(5000));
  request("INVITE", {.branch = "b1"}, sdp(5000));
  request("INVITE", {.branch = "b2"}, sdp(5000));
  answer(183, "INVITE", {.branch = "b1", .to = "x"}, sdp(6000));
  answer(183, "INVITE", {.branch = "b2", .to = "y"}, sdp(7000));
  EXPECT_EQ(words.media, (std::vector<uint16_t>{5000, 5000, 5000, 6000, 7000}));  // each is told where to send
  take();
  answer(486, "INVITE", {.branch = "b1", .to = "x"});
  answer(603, "INVITE", {.branch = "b2", .to = "y"});
  answer(603, "INVITE", {.branch = "a", .to = "y"});
  EXPECT_EQ(take(), (Said{"continue media=3", "continue media=1", "end refused media=0"}));
}

TEST_F(SipCalls, CancelEndsWithTheAnswerToTheInvite) {
  request("INVITE", {});
  request("CANCEL", {});
  answer(200, "CANCEL", {});
  answer(487, "INVITE", {.to = "2"});
  request("ACK", {.to = "2"});
  EXPECT_EQ(take(), (Said{"begin", "continue", "continue", "end cancelled", "report"}));
}

TEST_F(SipCalls, ChallengeAndRetryAreOneCall) {
  request("INVITE", {.branch = "a"});
  answer(407, "INVITE", {.branch = "a", .to = "2"});
  request("INVITE", {.branch = "b", .number = 2});
  answer(200, "INVITE", {.branch = "b", .to = "3", .number = 2});
  wait(60);
  EXPECT_EQ(take(), (Said{"begin", "continue", "continue", "continue"}));
}

TEST_F(SipCalls, ChallengeWithoutRetryEndsTheCall) {
  request("INVITE", {});
  answer(401, "INVITE", {.to = "2"});
  wait(31);
  EXPECT_EQ(take(), (Said{"begin", "continue"}));
  wait(2);
  EXPECT_EQ(take(), Said{"end refused"});
}

TEST_F(SipCalls, ByeThatNobodyAnswersEndsTheCall) {
  establish();
  request("BYE", {.branch = "c", .to = "2"});
  wait(33);
  EXPECT_EQ(take(), (Said{"continue", "end bye-unanswered media=0"}));
}

TEST_F(SipCalls, InviteThatNobodyAnswersEndsTheCall) {
  request("INVITE", {}, sdp(5000));
  wait(200);
  answer(180, "INVITE", {.to = "2"});
  wait(200);
  EXPECT_EQ(take(), (Said{"begin media=1", "continue"}));
  wait(100);
  EXPECT_EQ(take(), Said{"end unanswered media=0"});
}

TEST_F(SipCalls, SessionTimerThatNobodyRefreshesEndsTheCall) {
  request("INVITE", {});
  answer(200, "INVITE", {.to = "2"}, "", "Session-Expires: 90;refresher=uac\r\n");
  wait(80);
  request("UPDATE", {.branch = "u", .to = "2"});
  answer(200, "UPDATE", {.branch = "u", .to = "2"}, "", "x: 90\r\n");
  wait(100);
  take();
  wait(23);
  EXPECT_EQ(take(), Said{"end session-timer"});
}

TEST_F(SipCalls, NewOfferIsArmedBesidesTheOldUntilItIsTaken) {
  establish();
  request("INVITE", {.branch = "r", .to = "2", .number = 2}, sdp(5100));
  EXPECT_EQ(words.media, (std::vector<uint16_t>{5000, 6000, 5100}));
  answer(200, "INVITE", {.branch = "r", .to = "2", .number = 2}, sdp(6100));
  EXPECT_EQ(words.media, (std::vector<uint16_t>{5100, 6100}));
}

TEST_F(SipCalls, RefusedOfferLeavesWhatWas) {
  establish();
  request("UPDATE", {.branch = "r", .to = "2", .number = 2}, sdp(5100));
  answer(488, "UPDATE", {.branch = "r", .to = "2", .number = 2});
  EXPECT_EQ(words.media, (std::vector<uint16_t>{5000, 6000}));
  request("INVITE", {.branch = "s", .to = "2", .number = 3}, sdp(5100));
  answer(491, "INVITE", {.branch = "s", .to = "2", .number = 3});
  EXPECT_EQ(words.media, (std::vector<uint16_t>{5000, 6000}));
  EXPECT_EQ(words.ends.size(), 0U);
}

TEST_F(SipCalls, LateOfferIsAnsweredByItsAck) {
  request("INVITE", {});
  answer(200, "INVITE", {.to = "2"}, sdp(6000));
  request("ACK", {.branch = "k", .to = "2"}, sdp(5000));
  EXPECT_EQ(take(), (Said{"begin", "continue media=1", "continue media=2"}));
}

TEST_F(SipCalls, SameCallIdAnewIsAnotherCall) {
  request("INVITE", {});
  answer(486, "INVITE", {.to = "2"});
  request("INVITE", {});
  request("INVITE", {.branch = "b", .number = 2});
  EXPECT_EQ(take(), (Said{"begin", "end refused", "report again", "begin"}));
}

TEST_F(SipCalls, MessagesOfNoCallAreReports) {
  answer(200, "BYE", {.to = "2"});
  request("OPTIONS", {});
  hear("REGISTER sip:example.org SIP/2.0\r\n\r\n");
  EXPECT_EQ(take(), (Said{"report", "report", "report"}));
  EXPECT_EQ(tracker->counters().odd.get(), 1U);
  EXPECT_EQ(tracker->calls(), 0U);
}

TEST_F(SipCalls, KeysOfTwoSetsNeverMeet) {
  establish();
  const std::string bye = with_body(head("BYE sip:b@example.org SIP/2.0", "BYE", {.to = "2"}, ""), "");
  ASSERT_EQ(parse_message(as_bytes(bye), message), MessageError::kNone);
  tracker->on_message(message, {.received = now, .source_set = 1}, words);
  EXPECT_EQ(take(), Said{"report"});
}

TEST_F(SipCalls, StormTakesNoAnsweredCallAndNoPinnedOne) {
  words.pins = tracker.get();
  request("INVITE", {.call = "pinned"});
  const CallId pinned = words.last;
  words.pins = nullptr;
  establish({.call = "answered"});
  const CallId answered = words.last;
  for (int i = 0; i < 1000; ++i) request("INVITE", {.call = "storm" + std::to_string(i)});
  EXPECT_FALSE(words.ends.contains(pinned) || words.ends.contains(answered));
  EXPECT_EQ(tracker->calls(), 16U);
  EXPECT_EQ(tracker->counters().evicted.get(), 1000U - 14);
}

TEST_F(SipCalls, WhereOnlyPinnedCallsAreNewOnesHaveNoRoom) {
  words.pins = tracker.get();
  for (int i = 0; i < 17; ++i) request("INVITE", {.call = std::to_string(i)});
  EXPECT_EQ(words.said.back(), "report");
  EXPECT_EQ(tracker->counters().no_room.get(), 1U);
  EXPECT_EQ(words.ends.size(), 0U);
}

TEST_F(SipCalls, EndedCallsAreForgotten) {
  establish();
  tracker->end_call(words.last, CallEnd::kSilent, now, words);
  EXPECT_EQ(take(), Said{"end silent media=0"});
  tracker->end_call(words.last, CallEnd::kSilent, now, words);
  EXPECT_EQ(take(), Said{});
  EXPECT_EQ(tracker->calls(), 1U);
  wait(33);
  EXPECT_EQ(tracker->calls(), 0U);
}

TEST_F(SipCalls, ForksBeyondTheBoundAreCounted) {
  for (size_t i = 0; i < kCallLegsMax + 2; ++i) request("INVITE", {.branch = std::to_string(i)});
  EXPECT_EQ(tracker->counters().legs_beyond.get(), 2U);
  EXPECT_EQ(tracker->counters().opened.get(), 1U);
}

TEST_F(SipCalls, EachDescriptionOfABodyIsRead) {
  const std::string part = "--b\r\nContent-Type: application/sdp\r\nContent-Disposition: ";
  const std::string type = "Content-Type: multipart/mixed;boundary=b\r\n";
  request("INVITE", {},
          part + "render;handling=optional\r\n\r\nx=0\r\n" + part + "early-session\r\n\r\n" + sdp(9000) + part +
              "session\r\n\r\n" + sdp(5000) + "--b--\r\n",
          type);
  EXPECT_EQ(words.media, (std::vector<uint16_t>{9000, 5000}));
}

}  // namespace
}  // namespace lictor::sip
