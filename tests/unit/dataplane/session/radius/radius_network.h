// A network with a RADIUS server, a proxy and access servers, for tests of the tracker: what is said in it, and what
// the tracker tells, as words. One thread.
#pragma once

#include <arpa/inet.h>
#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/session/radius/tracker.h"
#include "tests/unit/dataplane/session/radius/message_octets.h"

namespace lictor::radius {

constexpr std::string_view kNetworkSecret = "a secret";
constexpr int64_t kBeginS = 1'700'000'000;

inline PacketTime at(double second) { return {kBeginS * kNanosecondsPerSecond + static_cast<int64_t>(second * 1e9)}; }

inline std::string prefix_text(const IpPrefix& prefix) {
  std::array<char, INET6_ADDRSTRLEN> words{};
  inet_ntop(prefix.ipv6 ? AF_INET6 : AF_INET, prefix.octets.data(), words.data(), words.size());
  return std::string(words.data()) + "/" + std::to_string(prefix.bits);
}

inline std::string address_text(const SessionAddress& address) {
  constexpr std::array<const char*, 3> kUses = {"", " delegated", " route"};
  const PortRange ports = address.ports;
  return prefix_text(address.prefix) +
         (ports.all() ? "" : ":" + std::to_string(ports.first) + "-" + std::to_string(ports.last)) +
         kUses[static_cast<size_t>(address.use)];
}

// "accept alice +192.0.2.7/32 -192.0.2.8/32 end=logoff": the kind, the user's name, what is bound and unbound.
inline std::string event_text(const SessionEvent& event) {
  constexpr std::array<const char*, 6> kKinds = {"attempt", "accept", "reject", "failed", "update", "end"};
  constexpr std::array<const char*, 7> kEnds = {"none", "logoff", "lost", "timeout", "lease", "replaced", "other"};
  std::string words = kKinds[static_cast<size_t>(event.kind)];
  for (const ShownIdentity& name : event.shown) {
    if (name.kind == IdentityKind::kRadiusUser) words += " " + std::string(as_text(name.shown));
  }
  for (const SessionAddress& address : event.bound) words += " +" + address_text(address);
  for (const SessionAddress& address : event.unbound) words += " -" + address_text(address);
  if (event.end != SessionEnd::kNone) words += std::string(" end=") + kEnds[static_cast<size_t>(event.end)];
  return words;
}

// In every Access-Request of these tests that has one.
inline constexpr const char* kTestPassword = "0123456789abcdef";

class WordSink : public SessionSink {
 public:
  void on_event(const SessionEvent& event) noexcept override {
    words.push_back(event_text(event));
    if (event.message != nullptr) expect_masked(event);
    last = event;
    names.clear();
    for (const ShownIdentity& name : event.shown)
      names.push_back(std::string(kIdentityKindNames[static_cast<size_t>(name.kind)]) + "=" +
                      std::string(as_text(name.shown)));
    details = event.details == nullptr ? SessionDetails{} : *event.details;
  }
  std::vector<std::string> take() { return std::exchange(words, {}); }

  // What an agency would be shown of it has no authenticator any more, and each password is gone.
  static void expect_masked(const SessionEvent& event) {
    ASSERT_NE(event.shown_as, nullptr);
    Octets copy(event.message->message.size());
    copy.resize(event.shown_as->copy(event.message->message, ShownLocation::kNo, copy));
    ASSERT_GE(copy.size(), kHeaderBytes);
    EXPECT_EQ(Octets(copy.begin() + 4, copy.begin() + 20), Octets(16, kMask));
    const std::string text(copy.begin(), copy.end());
    EXPECT_EQ(text.find(kTestPassword), std::string::npos);
  }

  std::vector<std::string> words;
  std::vector<std::string> names;  // of the last one
  SessionEvent last;               // its spans are gone
  SessionDetails details;          // the same
};

struct End {
  Octets address;
  uint16_t port = 0;

  [[nodiscard]] SignalEnd signal() const {
    SignalEnd end{.port = port};
    std::copy(address.begin(), address.end(), end.address.begin());
    return end;
  }
};

inline const End kNas{{192, 0, 2, 1}, 40'000};
inline const End kOtherNas{{192, 0, 2, 2}, 40'000};
inline const End kProxy{{192, 0, 2, 129}, 1813};
inline const End kServer{{198, 51, 100, 1}, 1813};
inline const End kStranger{{203, 0, 113, 1}, 40'000};

inline TrackerPlan network_plan() {
  const auto host = [](const End& end) { return *IpPrefix::make(end.address, 32); };
  const SecretPointer secret = *SharedSecret::make(as_bytes(kNetworkSecret));
  TrackerPlan plan;
  plan.peers = {{.source_set = 0,
                 .servers = {host(kServer), host(kProxy)},
                 .clients = {{*IpPrefix::parse("192.0.2.0/25"), secret}, {host(kProxy), secret}}}};
  plan.starts_remembered = plan.interims_remembered = plan.contents_remembered = plan.ends_remembered = 1024;
  plan.pending_max = 64;
  plan.nas_max = 16;
  return plan;
}

struct Sent {
  double second = 0;
  End from = kNas;
  End to = kServer;
  uint8_t id = 0;  // 0: the next
  std::string_view secret = kNetworkSecret;
};

class RadiusNetwork : public testing::Test {
 protected:
  explicit RadiusNetwork(TrackerPlan plan = network_plan(), uint32_t sessions_max = 64)
      : book_(*SessionBook::make({.sessions_max = sessions_max, .cells_bytes_max = 1 << 20})),
        tracker_(*RadiusTracker::make(std::move(plan), *book_)) {}

  // The fate of a datagram.
  Fate carry(const Sent& sent, const Octets& datagram) {
    const SignalRecord record{.header = {.arrival = at(sent.second),
                                         .kind = SignalKind::kRadius,
                                         .ipv6 = sent.from.address.size() == 16,
                                         .source = sent.from.signal(),
                                         .destination = sent.to.signal()},
                              .frame = datagram,
                              .message = datagram};
    std::array<uint64_t, kReasons<Fate>> before{};
    for (size_t i = 0; i < before.size(); ++i) before[i] = fates(static_cast<Fate>(i));
    tracker_->on_message(record, sink_);
    for (size_t i = 0; i < before.size(); ++i) {
      if (fates(static_cast<Fate>(i)) != before[i]) return static_cast<Fate>(i);
    }
    ADD_FAILURE() << "a message has no fate";
    return Fate::kCount;
  }
  [[nodiscard]] uint64_t fates(Fate fate) const { return tracker_->counters().fates.get(fate); }

  // An accounting request, signed.
  Octets accounting(const Sent& sent, StatusType status, std::string_view session, const Octets& more) {
    const uint8_t id = sent.id == 0 ? ++id_ : sent.id;
    const Octets name = session.empty() ? Octets{} : attribute(44, session);
    return signed_request(message(4, id, join({attribute(40, number(static_cast<uint32_t>(status))), name, more})),
                          sent.secret);
  }
  Fate start(const Sent& sent, std::string_view session, const Octets& more = {}) {
    return carry(sent, accounting(sent, StatusType::kStart, session, more));
  }
  Fate interim(const Sent& sent, std::string_view session, const Octets& more = {}) {
    return carry(sent, accounting(sent, StatusType::kInterim, session, more));
  }
  Fate stop(const Sent& sent, std::string_view session, const Octets& more = {}) {
    return carry(sent, accounting(sent, StatusType::kStop, session, more));
  }
  // A login's or an order's request; returns its octets, which answer() wants.
  Octets access_request(const Sent& sent, const Octets& more) {
    const uint8_t id = sent.id == 0 ? ++id_ : sent.id;
    Octets request = message(1, id, join({attribute(80, Octets(16)), attribute(2, kTestPassword), more}),
                             Octets(16, static_cast<uint8_t>(id + 100)));
    put(request, 22, hmac_md5(sent.secret, request));
    return request;
  }
  Fate answer(double second, uint8_t code, const Octets& request, const Sent& asked, const Octets& more = {},
              std::string_view secret = kNetworkSecret) {
    const Octets authenticator(request.begin() + 4, request.begin() + 20);
    const Octets octets = signed_message(message(code, request[1], more), authenticator, secret);
    return carry({.second = second, .from = asked.to, .to = asked.from}, octets);
  }

  static Octets user(std::string_view name) { return attribute(1, name); }
  static Octets ipv4(uint8_t last) { return attribute(8, {203, 0, 113, last}); }
  static Octets ipv6(uint8_t which) { return attribute(97, prefix_value(64, which)); }
  static Octets event_time(double second) {
    return attribute(55, number(static_cast<uint32_t>(kBeginS + static_cast<int64_t>(second))));
  }
  std::vector<std::string> told() { return sink_.take(); }
  // Until then, as the session lcore does.
  void wait_until(double second) {
    for (int call = 0; call < 300; ++call) {
      tracker_->on_tick(at(second), sink_);
      book_->expire(at(second), sink_);
    }
  }

  std::unique_ptr<SessionBook> book_;
  std::unique_ptr<RadiusTracker> tracker_;
  WordSink sink_;
  uint8_t id_ = 0;
};

}  // namespace lictor::radius
