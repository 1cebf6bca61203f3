// Calls as a tap sees them: forks, retries, transfers of media, and each communication's one end.
#include "dataplane/session/sip/call_tracker.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/dataplane/session/sip/sip_texts.h"

namespace lictor::sip {
namespace {

struct Words : CallSink {
  void on_call_event(const CallEvent& event) noexcept override {
    constexpr const char* kKinds[] = {"begin", "continue", "end", "report"};
    constexpr const char* kEnds[] = {"",           "released",      "bye-unanswered", "refused", "cancelled",
                                     "unanswered", "session-timer", "silent",         "no-room"};
    std::string words = kKinds[static_cast<size_t>(event.kind)];
    if (event.end != CallEnd::kNone) words += std::string(" ") + kEnds[static_cast<size_t>(event.end)];
    if (event.repeated) words += " again";
    if (event.media_changed) words += " media=" + std::to_string(event.media.size());
    said.push_back(words);
    last = event.call;
    media.clear();
    for (const MediaEndpoint& endpoint : event.media) media.push_back(endpoint.port);
    if (event.kind == CallEventKind::kEnd) ++ends[event.call];
    if (pins != nullptr && event.kind == CallEventKind::kBegin) pins->pin(event.call);
  }
  std::vector<std::string> said;
  std::vector<uint16_t> media;
  std::map<CallId, int> ends;
  CallId last = kNoCall;
  CallTracker* pins = nullptr;
};

struct Leg {
  std::string branch = "a";
  std::string call = "c1";
  std::string from = "1";
  std::string to;
  int number = 1;
};

std::string sdp(int port) {
  return "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nm=audio " + std::to_string(port) +
         " RTP/AVP 0\r\na=rtcp-mux-only\r\n";
}

std::string head(const std::string& start, const std::string& method, const Leg& leg, const std::string& more) {
  return start + "\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=" + leg.branch +
         "\r\nFrom: <sip:a@example.org>;tag=" + leg.from + "\r\nTo: <sip:b@example.org>" +
         (leg.to.empty() ? "" : ";tag=" + leg.to) + "\r\nCall-ID: " + leg.call +
         "\r\nCSeq: " + std::to_string(leg.number) + " " + method + "\r\n" + more;
}

class SipCalls : public ::testing::Test {
 protected:
  void request(const std::string& method, const Leg& leg, const std::string& body = "", const std::string& more = "") {
    hear(with_body(head(method + " sip:b@example.org SIP/2.0", method, leg, more), body));
  }
  void answer(int status, const std::string& method, const Leg& leg, const std::string& body = "",
              const std::string& more = "") {
    hear(with_body(head("SIP/2.0 " + std::to_string(status) + " x", method, leg, more), body));
  }
  void hear(const std::string& text) {
    ASSERT_EQ(parse_message(as_bytes(text), message), MessageError::kNone) << text;
    tracker->on_message(message, {.received = now}, words);
  }
  void wait(int64_t seconds) {
    now.unix_ns += seconds * kNanosecondsPerSecond;
    for (int i = 0; i < 300; ++i) tracker->on_tick(now, words);
  }
  void establish(const Leg& leg = {}) {
    request("INVITE", leg, sdp(5000));
    Leg answered = leg;
    answered.to = "2";
    answer(200, "INVITE", answered, sdp(6000));
    words.said.clear();
  }
  std::vector<std::string> take() { return std::exchange(words.said, {}); }

  PacketTime now{1'700'000'000 * kNanosecondsPerSecond};
  std::unique_ptr<CallTracker> tracker = *CallTracker::make({.calls_max = 16, .key = {.low = 1, .high = 2}});
  Words words;
  Message message;
};

using Said = std::vector<std::string>;

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
  EXPECT_EQ(words.media, (std::vector<uint16_t>{5000, 6000, 7000}));
  take();
  answer(486, "INVITE", {.branch = "b1", .to = "x"});
  answer(603, "INVITE", {.branch = "b2", .to = "y"});
  answer(603, "INVITE", {.branch = "a", .to = "y"});
  EXPECT_EQ(take(), (Said{"continue media=2", "continue media=1", "end refused media=0"}));
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
  answer(200, "INVITE", {.to = "2"});
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

}  // namespace
}  // namespace lictor::sip
