// A PPPoE tracker with a book, and messages of a subscriber and a concentrator, for tests.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataplane/session/pppoe/tracker.h"
#include "tests/unit/dataplane/session/pppoe/pppoe_octets.h"
#include "tests/unit/dataplane/session/recording_sink.h"

namespace lictor {

constexpr MacOctets kConcentrator = {2, 0, 0, 0, 0, 0xac};
constexpr MacOctets kClient = {2, 0, 0, 0, 0, 1};
constexpr MacOctets kOther = {2, 0, 0, 0, 0, 2};
constexpr uint16_t kNumber = 0x1234;

struct Sent {
  MacOctets from = kClient;
  MacOctets to = kConcentrator;
  uint16_t port = 0;
  std::array<uint16_t, 4> vlans = {100, 7, 0, 0};
};
constexpr Sent kFromClient{};
constexpr Sent kFromConcentrator{.from = kConcentrator, .to = kClient};

inline Octets ipcp_ack(std::array<uint8_t, 4> address, uint16_t number = kNumber) {
  return ppp_control(number, kIpcpProtocol, 2, join({{3, 6}, {address.begin(), address.end()}}));
}
inline Octets lcp(PppCode code, uint8_t id = 1, uint16_t number = kNumber) {
  return ppp_control(number, kLcpProtocol, static_cast<uint8_t>(code), {}, id);
}
inline Octets pap_answer(PapCode code) { return ppp_control(kNumber, kPapProtocol, static_cast<uint8_t>(code), {0}); }
inline Octets chap(ChapCode code, uint8_t id) {
  return ppp_control(kNumber, kChapProtocol, static_cast<uint8_t>(code),
                     code == ChapCode::kChallenge ? Octets{1, 0x5a, 'a', 'c'} : Octets{}, id);
}

class PppoeSessions : public testing::Test {
 protected:
  explicit PppoeSessions(PppoePlan plan = plan_of({.concentrators = {kConcentrator}, .trusts_access_nodes = true}))
      : book_(SessionBook::make({.sessions_max = 8}).value()), tracker_(std::move(plan), *book_) {}

  static PppoePlan plan_of(PppoeSet set) {
    return {.sets = {std::move(set)}, .requests_max = 4, .authentications_max = 4};
  }

  // Each message comes a tenth of a second behind the one before.
  void send(SignalKind kind, const Octets& octets, const Sent& sent) {
    now_.unix_ns += kNanosecondsPerSecond / 10;
    SignalRecord record;
    record.header.arrival = now_;
    record.header.kind = kind;
    record.header.port = sent.port;
    record.header.source_mac = sent.from;
    record.header.destination_mac = sent.to;
    record.header.vlans = sent.vlans;
    record.header.vlan_count = 2;
    record.message = octets;
    tracker_.on_message(record, sink_);
  }
  void discovery(PppoeCode code, uint16_t number, const Octets& tags, const Sent& sent) {
    send(SignalKind::kPppoeDiscovery, pppoe_packet(code, number, tags), sent);
  }
  void ppp(const Octets& octets, const Sent& sent) { send(SignalKind::kPppoeSession, octets, sent); }
  void pass_seconds(int64_t seconds) { now_.unix_ns += seconds * kNanosecondsPerSecond; }

  void dial(uint16_t number = kNumber, const Octets& line = line_tag("circuit 1", "remote 1")) {
    discovery(PppoeCode::kPadr, 0, join({tag(0x0103, {1, 2}), line}), kFromClient);
    discovery(PppoeCode::kPads, number, join({tag(0x0102, of_text("ac1")), tag(0x0103, {1, 2})}), kFromConcentrator);
  }
  void log_in(std::string_view name) {
    ppp(pap_request(kNumber, name, "secret"), kFromClient);
    ppp(pap_answer(PapCode::kAck), kFromConcentrator);
  }

  std::vector<SessionId> named(IdentityKind kind, std::string_view name) {
    std::vector<SessionId> found;
    book_->for_each_of(kind, as_bytes(name), [&found](SessionId session) { found.push_back(session); });
    return found;
  }
  bool has(std::string_view address) {
    bool held = false;
    book_->for_each_holder(0, *IpPrefix::parse(address),
                           [&held](SessionId, const SessionAddress&, PacketTime) { held = true; });
    return held;
  }
  std::vector<AccessEvent> kinds() {
    std::vector<AccessEvent> kinds;
    for (const RecordingSink::Event& event : sink_.take()) kinds.push_back(event.kind);
    return kinds;
  }
  uint64_t open() { return book_->counters().opened.get() - book_->counters().closed.get(); }
  const PppoeCounters& counters() { return tracker_.counters(); }

  std::unique_ptr<SessionBook> book_;
  PppoeTracker tracker_;
  RecordingSink sink_;
  PacketTime now_ = at_second(0);
};

}  // namespace lictor
