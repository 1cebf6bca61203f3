// What a message says in the words of sessions: the subscriber's names, addresses, the details of a record, the NAS.
// For the tracker alone; spans point into the message and into the reading itself, which is therefore neither copied
// nor kept.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dataplane/base/signal_record.h"
#include "dataplane/session/radius/message.h"
#include "dataplane/session/session_event.h"

namespace lictor::radius {

// Configuration.
struct SubscriberPlan {
  // User names that an access network gives everybody: they name nobody.
  std::vector<std::string> shared_users = {};
  // Prefixes that are shorter are nobody's: they are counted, and bind nothing.
  uint8_t ipv4_bits_min = 24;
  uint8_t ipv6_bits_min = 48;
};

// NAS-IP-Address, else NAS-IPv6-Address, else NAS-Identifier, else where the message came from.
struct NasName {
  static constexpr size_t kBytesMax = 256;
  std::array<uint8_t, kBytesMax> octets;  // a letter that says which, and it
  size_t bytes = 0;

  [[nodiscard]] Bytes key() const { return Bytes(octets).first(bytes); }
};
NasName nas_of(const Message& message, bool ipv6, const SignalEnd& source) noexcept;

class Names {
 public:
  Names() = default;
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;

  // Adds those of the message; of a kind that is there already the last counts.
  void add(const Message& message, const NasName& nas, const SubscriberPlan& plan) noexcept;
  [[nodiscard]] std::span<const ShownIdentity> all() const { return std::span(shown_).first(count_); }

 private:
  void set(IdentityKind kind, Bytes shown) noexcept;
  void add_mac(const Message& message) noexcept;
  void add_port(const Message& message, const NasName& nas) noexcept;

  std::array<ShownIdentity, kIdentityKinds> shown_;
  size_t count_ = 0;
  std::array<uint8_t, 6> mac_{};
  std::array<uint8_t, kIdentityBytesMax> port_;
};

// Addresses that a session has from now on: the message's, and of kinds of which the message says nothing those that it
// had.
class Addresses {
 public:
  static constexpr size_t kMax = 64;

  // What the message says. `too_wide` of them are nobody's, and are left out.
  explicit Addresses(const Message& message, const SubscriberPlan& plan) noexcept;
  // One that the session has; kept where the message says nothing of its kind.
  void keep(const SessionAddress& held) noexcept;
  [[nodiscard]] bool any() const { return count_ > 0 || released_.count > 0; }
  [[nodiscard]] std::span<const SessionAddress> all() const { return std::span(addresses_).first(count_); }
  [[nodiscard]] uint32_t too_wide() const { return too_wide_; }

 private:
  // Messages tell all or nothing of these.
  enum class Kind : uint8_t { kIpv4, kIpv6, kDelegated, kRouteIpv4, kRouteIpv6, kPortBlock, kCount };
  static Kind kind_of(const SessionAddress& address);
  void add(const IpPrefix& prefix, SessionAddress::Use use, PortRange ports = {}) noexcept;
  void add_routes(std::span<const Bytes> routes, bool ipv6) noexcept;
  void add_port_blocks(const Message& message) noexcept;

  const SubscriberPlan& plan_;
  std::array<SessionAddress, kMax> addresses_;
  size_t count_ = 0;
  uint32_t too_wide_ = 0;
  std::array<bool, static_cast<size_t>(Kind::kCount)> told_{};
  UpTo<SessionAddress, kPortBlocksMax> released_;
};

struct Details {
  Details() = default;
  Details(const Details&) = delete;
  Details& operator=(const Details&) = delete;

  // Adds what the message says to what another said; the last counts.
  void add(const Message& message, PacketTime received) noexcept;

  SessionDetails details;

 private:
  std::array<Bytes, 2 * kRoutesMax> routes_;
};

SessionEnd end_of(std::optional<uint32_t> terminate_cause) noexcept;

}  // namespace lictor::radius
