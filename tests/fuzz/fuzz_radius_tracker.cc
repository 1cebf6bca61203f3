// Any octets as RADIUS messages one after the other, between clients that are believed without secret, so that what
// they say counts: each has one fate, no session is told of in a way that contradicts what was told before, and the
// book's account holds.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/session/radius/tracker.h"

namespace {

using namespace lictor;
using namespace lictor::radius;

constexpr std::array<uint8_t, 4> kServer = {198, 51, 100, 1};
constexpr uint8_t kClients = 4;

// What was told so far.
class Witness : public SessionSink {
 public:
  void on_event(const SessionEvent& event) noexcept override {
    LICTOR_CHECK(event.effective <= event.received);
    LICTOR_CHECK((event.kind == AccessEvent::kEnd) == (event.end != SessionEnd::kNone));
    if (event.session == kNoSession) {
      LICTOR_CHECK(event.bound.empty() && event.unbound.empty() && event.kind != AccessEvent::kEnd);
      return;
    }
    std::vector<SessionAddress>& held = held_[static_cast<uint32_t>(event.session)];
    for (const SessionAddress& address : event.unbound) {
      const auto at = std::find(held.begin(), held.end(), address);
      LICTOR_CHECK(at != held.end());
      held.erase(at);
    }
    for (const SessionAddress& address : event.bound) {
      LICTOR_CHECK(std::find(held.begin(), held.end(), address) == held.end());
      held.push_back(address);
    }
    if (event.kind != AccessEvent::kEnd) return;
    LICTOR_CHECK(held.empty());
    held_.erase(static_cast<uint32_t>(event.session));
  }
  [[nodiscard]] size_t sessions() const { return held_.size(); }

 private:
  std::map<uint32_t, std::vector<SessionAddress>> held_;
};

TrackerPlan plan_of(bool on_response) {
  TrackerPlan plan;
  plan.peers = {{.source_set = 0,
                 .servers = {*IpPrefix::make(kServer, 32)},
                 .clients = {{.addresses = *IpPrefix::parse("192.0.2.0/24")}}}};
  plan.accounting = on_response ? AccountingPolicy::kOnResponse : AccountingPolicy::kOnRequest;
  plan.pending_max = plan.starts_remembered = plan.interims_remembered = plan.contents_remembered = 16;
  plan.ends_remembered = 16;
  plan.nas_max = 4;
  return plan;
}

SignalRecord record_of(Bytes datagram, uint8_t way, PacketTime now) {
  SignalEnd client{.address = {192, 0, 2, static_cast<uint8_t>(way % kClients)}, .port = 40'000};
  SignalEnd server{.port = 1813};
  std::copy(kServer.begin(), kServer.end(), server.address.begin());
  if (way >= 128) std::swap(client, server);
  return {.header = {.arrival = now, .source = client, .destination = server}, .frame = datagram, .message = datagram};
}

}  // namespace

// Of each message: seconds since the last one, which way it goes, its length in two octets, and it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader in({data, size});
  const auto book = *SessionBook::make({.sessions_max = 8, .cells_bytes_max = 64 << 10});
  const auto tracker = *RadiusTracker::make(plan_of(in.u8() % 2 == 1), *book);
  Witness witness;
  PacketTime now{1'700'000'000 * kNanosecondsPerSecond};
  uint64_t messages = 0;
  while (in.remaining() > 0) {
    now.unix_ns += int64_t{in.u8()} * in.u8() * kNanosecondsPerSecond / 8;
    const uint8_t way = in.u8();
    const Bytes datagram = in.take(std::min<size_t>(in.u16(), in.remaining()));
    tracker->on_message(record_of(datagram, way, now), witness);
    LICTOR_CHECK(tracker->counters().fates.total() == ++messages);
    tracker->on_tick(now, witness);
    book->expire(now, witness);
    const uint64_t open = book->counters().opened.get() - book->counters().closed.get();
    LICTOR_CHECK(open == witness.sessions());
  }
  return 0;
}
