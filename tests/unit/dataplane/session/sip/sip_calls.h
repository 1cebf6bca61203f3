// Messages of calls for the tests of the tracker, and what it says of them in words. Any thread.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/session/sip/call_tracker.h"
#include "tests/unit/dataplane/session/sip/sip_texts.h"

namespace lictor::sip {

struct Words : CallSink {
  void on_call_event(const CallEvent& event) noexcept override {
    constexpr const char* kKinds[] = {"begin", "continue", "end", "report"};
    constexpr const char* kEnds[] = {"",           "released",      "bye-unanswered", "refused", "cancelled",
                                     "unanswered", "session-timer", "silent",         "no-room"};
    std::string words = kKinds[static_cast<size_t>(event.kind)];
    if (event.end != CallEnd::kNone) words += std::string(" ") + kEnds[static_cast<size_t>(event.end)];
    if (event.repeated) words += " again";
    if (event.media_changed) words += " media=" + std::to_string(event.media.endpoints.size());
    said.push_back(words);
    last = event.call;
    media.clear();
    for (const MediaEndpoint& endpoint : event.media.endpoints) media.push_back(endpoint.port);
    if (event.kind == CallEventKind::kEnd) ++ends[event.call];
    if (pins != nullptr && event.kind == CallEventKind::kBegin) pins->pin(event.call, false);
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

inline std::string sdp(int port) {
  return "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nm=audio " + std::to_string(port) +
         " RTP/AVP 0\r\na=rtcp-mux-only\r\n";
}

inline std::string head(const std::string& start, const std::string& method, const Leg& leg, const std::string& more) {
  return start + "\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=" + leg.branch +
         "\r\nFrom: <sip:a@example.org>;tag=" + leg.from + "\r\nTo: <sip:b@example.org>" +
         (leg.to.empty() ? "" : ";tag=" + leg.to) + "\r\nCall-ID: " + leg.call +
         "\r\nCSeq: " + std::to_string(leg.number) + " " + method + "\r\n" + more;
}

// A message with a description of media at `port`; 0: without one.
inline std::string with_sdp(const std::string& start, const std::string& method, const Leg& leg, int port) {
  if (port == 0) return with_body(head(start, method, leg, ""), "");
  return with_body(head(start, method, leg, "Content-Type: application/sdp\r\n"), sdp(port));
}

class SipCalls : public ::testing::Test {
 protected:
  void request(const std::string& method, const Leg& leg, const std::string& body = "", const std::string& more = "") {
    hear(with_body(head(method + " sip:b@example.org SIP/2.0", method, leg, more), body), leg.from == "1");
  }
  void answer(int status, const std::string& method, const Leg& leg, const std::string& body = "",
              const std::string& more = "") {
    hear(with_body(head("SIP/2.0 " + std::to_string(status) + " x", method, leg, more), body), leg.from != "1");
  }
  // An answer that comes from who asked.
  void answer_by_caller(int status, const std::string& method, const Leg& leg) {
    hear(with_body(head("SIP/2.0 " + std::to_string(status) + " x", method, leg, ""), ""), leg.from == "1");
  }
  // `by_caller`: who sends it.
  void hear(const std::string& text, bool by_caller = true) {
    ASSERT_EQ(parse_message(as_bytes(text), message), MessageError::kNone) << text;
    const HopSide sender = by_caller ? HopSide::kFirst : HopSide::kSecond;
    tracker->on_message(message, {.received = now, .sender = sender, .is_of_followed = is_of_followed}, words);
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

  bool is_of_followed = false;
  PacketTime now{1'700'000'000 * kNanosecondsPerSecond};
  std::unique_ptr<CallTracker> tracker = *CallTracker::make({.calls_max = 16, .key = {.low = 1, .high = 2}});
  Words words;
  Message message;
};

using Said = std::vector<std::string>;

}  // namespace lictor::sip
