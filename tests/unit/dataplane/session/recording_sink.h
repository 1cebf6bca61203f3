// A sink that keeps what it is told, for tests.
#pragma once

#include <string>
#include <vector>

#include "dataplane/session/session_book.h"

namespace lictor {

inline SessionAddress address_of(std::string_view prefix, SessionAddress::Use use = SessionAddress::Use::kAddress) {
  return {.prefix = *IpPrefix::parse(prefix), .ports = {}, .use = use};
}

class RecordingSink : public SessionSink {
 public:
  struct Event {
    AccessEvent kind;
    SessionId session;
    SessionEnd end;
    PacketTime received;
    PacketTime effective;
    bool identities_changed;
    std::vector<SessionAddress> bound;
    std::vector<SessionAddress> unbound;
  };

  void on_event(const SessionEvent& event) noexcept override {
    events.push_back({.kind = event.kind,
                      .session = event.session,
                      .end = event.end,
                      .received = event.received,
                      .effective = event.effective,
                      .identities_changed = event.identities_changed,
                      .bound = {event.bound.begin(), event.bound.end()},
                      .unbound = {event.unbound.begin(), event.unbound.end()}});
  }

  std::vector<Event> take() { return std::exchange(events, {}); }

  std::vector<Event> events;
};

// Whole seconds of packet time.
inline PacketTime at_second(int64_t second) { return {(1'700'000'000 + second) * kNanosecondsPerSecond}; }

}  // namespace lictor
