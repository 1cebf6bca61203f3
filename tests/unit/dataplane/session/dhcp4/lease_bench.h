// A network of one server, two relays and clients, for tests of the DHCPv4 tracker: what passes when. Any thread.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataplane/session/dhcp4/tracker.h"
#include "tests/unit/dataplane/session/dhcp4/dhcp4_octets.h"
#include "tests/unit/dataplane/session/heard_events.h"

namespace lictor::dhcp4 {

constexpr uint32_t kServer = 0xc6336435;        // 198.51.100.53
constexpr uint32_t kRelay = 0xc0000201;         // 192.0.2.1
constexpr uint32_t kOtherRelay = 0xc0000202;    // 192.0.2.2
constexpr uint32_t kAddress = 0xc0000207;       // 192.0.2.7
constexpr uint32_t kOtherAddress = 0xc0000208;  // 192.0.2.8
constexpr uint32_t kStranger = 0xcb007109;      // 203.0.113.9: nobody configured it
constexpr uint32_t kLeaseSeconds = 600;

inline std::string dotted(uint32_t address) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) text += std::to_string(address >> shift & 255) + (shift > 0 ? "." : "");
  return text;
}

// A client at a line.
struct Client {
  Octets mac = {2, 0, 0, 0, 0, 7};
  Octets client_id = {1, 2, 0, 0, 0, 0, 7};
  std::string circuit = "eth 1/7";
  std::string remote = "line-7";
  uint32_t relay = kRelay;
  uint32_t xid = 0x10;
};

class LeaseBench : public testing::Test {
 protected:
  explicit LeaseBench(TrackerPlan plan = plan_of(),
                      SessionBookPlan book = {.sessions_max = 64, .cells_bytes_max = 65'536})
      : book_(*SessionBook::make(book)), tracker_(std::move(plan), *book_) {}

  static TrackerPlan plan_of() {
    return {.sets = {{.servers = {kServer}, .relays = {kOtherRelay, kRelay}}}, .exchanges_max = 64, .key = {1, 2}};
  }

  void pass(uint32_t source, const Octets& message) {
    tracker_.on_message(signal_record(SignalKind::kDhcp4, now_ms_, dotted(source), message), heard_);
  }
  void wait_s(int64_t seconds) { now_ms_ += seconds * 1000; }
  // All of the table is seen by a hundred calls.
  void expire() {
    for (int i = 0; i < 100; ++i) book_->expire(at_ms(now_ms_), heard_);
  }

  static Octets line_option(const Client& client) {
    return option(82, join({option(1, octets_of(client.circuit)), option(2, octets_of(client.remote))}));
  }
  static Octets identifier(const Client& client) {
    return client.client_id.empty() ? Octets{} : option(61, client.client_id);
  }

  // What the client sends, and what its relay makes of it.
  void ask(const Client& client, uint8_t kind, const Octets& options = {}, uint32_t ciaddr = 0) {
    pass(ciaddr, datagram({.xid = client.xid, .ciaddr = ciaddr, .hardware = client.mac},
                          {type(kind), identifier(client), options, kEndOption}));
  }
  void ask_relayed(const Client& client, uint8_t kind, const Octets& options = {}) {
    pass(client.relay, datagram({.hops = 1, .xid = client.xid, .giaddr = client.relay, .hardware = client.mac},
                                {type(kind), identifier(client), options, line_option(client), kEndOption}));
  }
  struct Answer {
    uint8_t kind = 5;
    uint32_t yiaddr = kAddress;
    uint32_t server_id = kServer;
    uint32_t lease_s = kLeaseSeconds;
    uint32_t source = kServer;
  };
  static Octets lease_of(const Answer& answer) {
    return join({option(54, big32(answer.server_id)), answer.kind == 5 ? option(51, big32(answer.lease_s)) : Octets{}});
  }
  // To the relay, with its option 82; or to the client.
  void answer_relayed(const Client& client, const Answer& answer) {
    pass(answer.source,
         datagram({.op = 2, .xid = client.xid, .yiaddr = answer.yiaddr, .giaddr = client.relay, .hardware = client.mac},
                  {type(answer.kind), lease_of(answer), line_option(client), kEndOption}));
  }
  void answer(const Client& client, const Answer& answer, uint32_t giaddr = 0) {
    pass(answer.source,
         datagram({.op = 2, .xid = client.xid, .yiaddr = answer.yiaddr, .giaddr = giaddr, .hardware = client.mac},
                  {type(answer.kind), lease_of(answer), kEndOption}));
  }

  // The relay's side of a whole exchange.
  SessionId lease(Client client, uint32_t address = kAddress, uint32_t lease_s = kLeaseSeconds) {
    client.xid += 0x1000 + static_cast<uint32_t>(now_ms_);
    ask_relayed(client, 3, option(50, big32(address)));
    answer_relayed(client, {.yiaddr = address, .lease_s = lease_s});
    return holder(address);
  }
  // The client's own unicast renewal.
  void renew(Client client, uint32_t address = kAddress, const Octets& options = {}) {
    client.xid += 0x2000 + static_cast<uint32_t>(now_ms_);
    ask(client, 3, options, address);
    pass(kServer, datagram({.op = 2, .xid = client.xid, .ciaddr = address, .yiaddr = address, .hardware = client.mac},
                           {type(5), lease_of({}), options, kEndOption}));
  }
  SessionId holder(uint32_t address) {
    SessionId found = kNoSession;
    book_->for_each_holder(0, *IpPrefix::parse(dotted(address)),
                           [&](SessionId session, const SessionAddress&, PacketTime) { found = session; });
    return found;
  }
  static Octets name(std::string_view text) { return octets_of(text); }

  std::unique_ptr<SessionBook> book_;
  LeaseTracker tracker_;
  HeardEvents heard_;
  int64_t now_ms_ = 0;
  const Client client_;
};

}  // namespace lictor::dhcp4
