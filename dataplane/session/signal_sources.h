// Which packets are a network's own signalling: those of configured servers, by address and port. Immutable; made from
// the configuration at start, read by rx lcores and session lcores.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dataplane/base/signal_record.h"
#include "dataplane/packet/ip_prefix.h"
#include "dataplane/packet/parsed_frame.h"
#include "dataplane/packet/target_rule.h"

namespace lictor {

// Datagrams (of kSipSegment: TCP segments) from or to `address` with one of these ports at that side.
struct SignalServer {
  IpPrefix address;
  std::vector<uint16_t> ports;
  SignalKind kind = SignalKind::kRadius;
  uint16_t source_set = 0;
  uint32_t heard_at = UINT32_MAX;  // bit i: at port i
};

// The session lcore whose business the messages of a set of servers are.
constexpr size_t session_lcore_of(uint16_t source_set, size_t lcores) { return source_set % lcores; }

// Signalling of a link, whoever sends it: kPppoeDiscovery, kPppoeSession, kArp or kNeighbour.
struct SignalLink {
  SignalKind kind = SignalKind::kArp;
  uint16_t source_set = 0;
  uint32_t heard_at = UINT32_MAX;
};

class SignalSources {
 public:
  // Servers that are listed first are asked first; of links the first of a kind counts at a port. At most kServersMax.
  static constexpr size_t kServersMax = 1024;
  explicit SignalSources(std::vector<SignalServer> servers, std::span<const SignalLink> links = {});

  struct Found {
    SignalKind kind;
    uint16_t source_set;
  };
  // What a UDP or TCP level of a frame is that port `port` received. `ip` are its captured octets from the IP header
  // on.
  [[nodiscard]] std::optional<Found> find(const IpLevel& level, const uint8_t* ip, uint16_t port) const noexcept;
  // The same of a fragment of a UDP datagram or a TCP segment, whose ports may not be known: the set of a server that
  // it is from or to, the same for all fragments of the datagram. Of IPv6 the transport may not be known either.
  [[nodiscard]] std::optional<uint16_t> find_fragment(const IpLevel& level, const uint8_t* ip,
                                                      uint16_t port) const noexcept;
  // The same of a datagram, or of a TCP segment (its kind says so), that was put together.
  [[nodiscard]] std::optional<Found> find(const SignalRecordHeader& datagram) const noexcept;

  // The set that a message of a link is of; nothing where it is not read at this port.
  [[nodiscard]] std::optional<uint16_t> find_link(SignalKind kind, uint16_t port) const noexcept {
    const uint16_t set = links_[static_cast<size_t>(kind)][port];
    return set == kNoSet ? std::nullopt : std::optional(set);
  }
  [[nodiscard]] bool hears_link(SignalKind kind, uint16_t port) const noexcept {
    return find_link(kind, port).has_value();
  }

  // What rx lcores must let through for that.
  [[nodiscard]] std::vector<IpPrefix> addresses() const;
  [[nodiscard]] bool empty() const { return servers_.empty(); }

 private:
  struct Ends {
    bool ipv6 = false;
    bool tcp = false;
    const uint8_t* source = nullptr;
    const uint8_t* destination = nullptr;
    uint16_t source_port = 0;
    uint16_t destination_port = 0;
  };
  [[nodiscard]] std::optional<Found> find(const Ends& ends, uint16_t port) const noexcept;
  [[nodiscard]] bool knows_port(uint16_t port) const { return (ports_[port / 64] >> port % 64 & 1) != 0; }

  static constexpr uint16_t kNoSet = UINT16_MAX;

  std::vector<SignalServer> servers_;
  std::array<std::array<uint16_t, kPortsMax>, kSignalKinds> links_;  // source sets
  std::array<uint64_t, 1024> ports_{};                               // a bit for each port that some server has
};

}  // namespace lictor
