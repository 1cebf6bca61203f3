// Addresses and endpoints whose packets are never copied: prefixes that an operator or a warrant takes out, and the
// dataplane's own connections, of which a copy would feed itself. Built by the control thread, then immutable: any
// number of rx lcores ask it, for packets that matched and for nothing else.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/packet/ip_prefix.h"
#include "dataplane/packet/level_octets.h"

namespace lictor {

// One end of a connection.
struct TransportEndpoint {
  bool ipv6 = false;
  uint8_t protocol = 0;  // 6: TCP, 17: UDP
  uint16_t port = 0;
  std::array<uint8_t, 16> address{};  // network order; IPv4 takes the first four

  friend auto operator<=>(const TransportEndpoint&, const TransportEndpoint&) = default;
};

class ExclusionSet {
 public:
  ExclusionSet() = default;
  // Prefixes and endpoints may repeat and lie in each other.
  ExclusionSet(std::span<const IpPrefix> prefixes, std::span<const TransportEndpoint> endpoints);

  [[nodiscard]] bool empty() const { return ipv4_.empty() && ipv6_.empty() && endpoints_.empty(); }

  // Whether the level's source or destination is in a prefix, or is an endpoint with its port. A fragment without ports
  // counts as the endpoint's where address and protocol are: what cannot be told apart from our own is not copied.
  [[nodiscard]] bool excludes(const IpLevel& level, Bytes frame) const noexcept;

 private:
  using Address = std::array<uint8_t, 16>;  // IPv4: the first four octets, the others 0

  // Both ends included. Ranges of one family are disjoint and sorted.
  struct Range {
    Address first;
    Address last;
  };

  static std::vector<Range> ranges_of(std::span<const IpPrefix> prefixes, bool ipv6);
  static bool holds(const std::vector<Range>& ranges, const Address& address);
  [[nodiscard]] bool is_endpoint(const TransportEndpoint& end, bool ports_known) const;

  std::vector<Range> ipv4_;
  std::vector<Range> ipv6_;
  std::vector<TransportEndpoint> endpoints_;  // sorted
  std::vector<TransportEndpoint> portless_;   // the same without ports, sorted
};

}  // namespace lictor
