// A network of servers, a relay and clients, for tests of the DHCPv6 tracker: what passes when. Any thread.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataplane/session/dhcp6/tracker.h"
#include "tests/unit/dataplane/session/dhcp6/dhcp6_octets.h"
#include "tests/unit/dataplane/session/heard_events.h"

namespace lictor::dhcp6 {

constexpr const char* kServer = "2001:db8:ff::53";
constexpr const char* kOtherServer = "2001:db8:ff::54";
constexpr const char* kRelay = "2001:db8:ff::1";
constexpr const char* kStranger = "2001:db8:99::9";
constexpr const char* kLinkLocal = "fe80::7";
constexpr uint32_t kLeaseSeconds = 600;
const Octets kServerDuid = {0, 3, 0, 1, 2, 0, 0, 0, 0, 0x53};
const Octets kForeignDuid = {0, 3, 0, 1, 2, 0, 0, 0, 0, 0x99};

inline Octets octets_of_address(std::string_view text) {
  const IpPrefix prefix = *IpPrefix::parse(text);
  return {prefix.octets.begin(), prefix.octets.end()};
}
inline Ipv6Octets array_of(std::string_view text) { return IpPrefix::parse(text)->octets; }

// A client at a line.
struct Client {
  Octets duid = kDuidTime;
  std::string interface_id = "eth 1/7";
  std::string remote = "line-7";
  std::string peer = "fe80::7";
  uint32_t transaction = 0x10;
};

// IA_NA 7 and IA_PD 8.
inline Octets addresses(std::string_view address, uint32_t valid = kLeaseSeconds, uint32_t id = 7) {
  return association(3, id, lease(octets_of_address(address), valid / 2, valid));
}
inline Octets delegated(std::string_view text, uint8_t bits, uint32_t valid = kLeaseSeconds, uint32_t id = 8) {
  return association(25, id, prefix(octets_of_address(text), bits, valid / 2, valid));
}

class LeaseBench : public testing::Test {
 protected:
  explicit LeaseBench(TrackerPlan plan = plan_of(),
                      SessionBookPlan book = {.sessions_max = 64, .cells_bytes_max = 65'536})
      : book_(*SessionBook::make(book)), tracker_(std::move(plan), *book_) {}

  static TrackerPlan plan_of() {
    return {.sets = {{.servers = {array_of(kServer), array_of(kOtherServer)},
                      .relays = {array_of(kRelay)},
                      .server_duids = {kServerDuid}}},
            .exchanges_max = 64,
            .leases_max = 64,
            .key = {1, 2}};
  }

  void pass(std::string_view source, const Octets& message) {
    tracker_.on_message(signal_record(SignalKind::kDhcp6, now_ms_, source, message), heard_);
  }
  void wait_s(int64_t seconds) { now_ms_ += seconds * 1000; }
  // All of the tables is seen by a hundred calls.
  void expire() {
    for (int i = 0; i < 100; ++i) {
      tracker_.on_tick(at_ms(now_ms_), heard_);
      book_->expire(at_ms(now_ms_), heard_);
    }
  }

  static Octets around(uint8_t type, const Client& client, const Octets& inside) {
    const Octets header = join({{type, 0}, octets_of_address(kRelay), octets_of_address(client.peer)});
    const Octets remote = type == 12 ? option(37, join({big32(3561), octets_of(client.remote)})) : Octets{};
    return join({header, option(18, octets_of(client.interface_id)), remote, option(9, inside)});
  }
  static Octets asked(const Client& client, uint8_t kind, const Octets& options) {
    return message(kind, client.transaction, {option(1, client.duid), options});
  }
  static Octets answered(const Client& client, const Octets& options, const Octets& server = kServerDuid) {
    return message(7, client.transaction, {option(1, client.duid), option(2, server), options});
  }
  void ask(const Client& client, uint8_t kind, const Octets& options = {}, std::string_view source = kLinkLocal) {
    pass(source, asked(client, kind, options));
  }
  void ask_relayed(const Client& client, uint8_t kind, const Octets& options = {}) {
    pass(kRelay, around(12, client, asked(client, kind, options)));
  }
  void reply(const Client& client, const Octets& options, std::string_view source = kServer) {
    pass(source, answered(client, options));
  }
  void reply_relayed(const Client& client, const Octets& options, std::string_view source = kServer) {
    pass(source, around(13, client, answered(client, options)));
  }
  // A whole exchange with another transaction: 3 REQUEST, 5 RENEW, 6 REBIND.
  void exchange(Client client, uint8_t kind, const Octets& wanted, const Octets& given) {
    client.transaction += 0x1000 + static_cast<uint32_t>(now_ms_ / 10);
    ask_relayed(client, kind, wanted);
    reply_relayed(client, given);
  }
  SessionId lease_both(const Client& client) {
    const Octets both = join({addresses("2001:db8:1::7"), delegated("2001:db8:7::", 56)});
    exchange(client, 3, both, both);
    return holder("2001:db8:1::7");
  }
  SessionId holder(std::string_view prefix) {
    SessionId found = kNoSession;
    book_->for_each_holder(0, *IpPrefix::parse(prefix),
                           [&](SessionId session, const SessionAddress&, PacketTime) { found = session; });
    return found;
  }

  std::unique_ptr<SessionBook> book_;
  LeaseTracker tracker_;
  HeardEvents heard_;
  int64_t now_ms_ = 0;
  const Client client_;
  const SessionAddress address_ = bound_to("2001:db8:1::7");
  const SessionAddress prefix_ = bound_to("2001:db8:7::/56", SessionAddress::Use::kDelegated);
};

}  // namespace lictor::dhcp6
