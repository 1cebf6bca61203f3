// A sink that keeps copies of all that it is told, and records to feed trackers with, for their tests. Any thread.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/session/session_book.h"
#include "tests/unit/dataplane/session/octets.h"

namespace lictor {

struct HeardEvent {
  AccessEvent kind = AccessEvent::kUpdate;
  SessionId session = kNoSession;
  SessionEnd end = SessionEnd::kNone;
  PacketTime effective;
  bool identities_changed = false;
  std::optional<PacketTime> deadline;
  std::map<IdentityKind, Octets> shown;
  std::vector<SessionAddress> bound;
  std::vector<SessionAddress> unbound;
  std::optional<PacketTime> expected_end;
  std::string host_name;
  std::optional<IpPrefix> nas_address;
};

class HeardEvents : public SessionSink {
 public:
  void on_event(const SessionEvent& event) noexcept override {
    HeardEvent heard{.kind = event.kind,
                     .session = event.session,
                     .end = event.end,
                     .effective = event.effective,
                     .identities_changed = event.identities_changed,
                     .deadline = event.deadline,
                     .bound = {event.bound.begin(), event.bound.end()},
                     .unbound = {event.unbound.begin(), event.unbound.end()}};
    for (const ShownIdentity& name : event.shown) heard.shown[name.kind] = octets_of(name.shown);
    if (event.details != nullptr) {
      heard.expected_end = event.details->expected_end;
      heard.host_name = std::string(as_text(event.details->host_name));
      heard.nas_address = event.details->nas_address;
    }
    events.push_back(std::move(heard));
  }

  std::vector<HeardEvent> take() { return std::exchange(events, {}); }

  std::vector<HeardEvent> events;
};

// Milliseconds of packet time.
inline PacketTime at_ms(int64_t ms) { return {(1'700'000'000'000 + ms) * 1'000'000}; }

inline SessionAddress bound_to(std::string_view prefix, SessionAddress::Use use = SessionAddress::Use::kAddress) {
  return {.prefix = *IpPrefix::parse(prefix), .use = use};
}

inline SignalRecord signal_record(SignalKind kind, int64_t ms, std::string_view source, const Octets& message) {
  const IpPrefix host = *IpPrefix::parse(source);
  SignalRecord record{
      .header = {.arrival = at_ms(ms), .kind = kind, .ipv6 = host.ipv6}, .frame = message, .message = message};
  record.header.source.address = host.octets;
  return record;
}

// What a session is known by now.
inline std::map<IdentityKind, Octets> names_of(const SessionBook& book, SessionId session) {
  std::map<IdentityKind, Octets> names;
  book.for_each_identity(session, [&](IdentityKind kind, Bytes shown) { names[kind] = octets_of(shown); });
  return names;
}

}  // namespace lictor
