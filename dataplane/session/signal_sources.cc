#include "dataplane/session/signal_sources.h"

#include <algorithm>

#include "dataplane/base/check.h"
#include "dataplane/packet/flow_match.h"

namespace lictor {
namespace {

constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;

bool is_of(const SignalServer& server, bool ipv6, const uint8_t* address, uint16_t port) {
  return server.address.ipv6 == ipv6 && std::ranges::find(server.ports, port) != server.ports.end() &&
         covers(server.address, address);
}

bool is_tcp(const SignalServer& server) { return server.kind == SignalKind::kSipSegment; }

}  // namespace

SignalSources::SignalSources(std::vector<SignalServer> servers, std::span<const SignalLink> links)
    : servers_(std::move(servers)) {
  LICTOR_CHECK(servers_.size() <= kServersMax);
  for (auto& ports : links_) ports.fill(kNoSet);
  for (const SignalLink& link : links) {
    auto& ports = links_[static_cast<size_t>(link.kind)];
    for (size_t port = 0; port < ports.size(); ++port) {
      if ((link.heard_at >> port & 1) != 0 && ports[port] == kNoSet) ports[port] = link.source_set;
    }
  }
  for (const SignalServer& server : servers_) {
    for (const uint16_t port : server.ports) ports_[port / 64] |= uint64_t{1} << port % 64;
  }
}

std::optional<SignalSources::Found> SignalSources::find(const IpLevel& level, const uint8_t* ip,
                                                        uint16_t port) const noexcept {
  if ((level.protocol != kUdp && level.protocol != kTcp) || !level.ports_known) return std::nullopt;
  if (!knows_port(level.source_port) && !knows_port(level.destination_port)) return std::nullopt;
  return find({.ipv6 = level.ipv6,
               .tcp = level.protocol == kTcp,
               .source = source_of(level, ip),
               .destination = destination_of(level, ip),
               .source_port = level.source_port,
               .destination_port = level.destination_port},
              port);
}

std::optional<SignalSources::Found> SignalSources::find(const SignalRecordHeader& datagram) const noexcept {
  return find({.ipv6 = datagram.ipv6,
               .tcp = datagram.kind == SignalKind::kSipSegment,
               .source = datagram.source.address.data(),
               .destination = datagram.destination.address.data(),
               .source_port = datagram.source.port,
               .destination_port = datagram.destination.port},
              datagram.port);
}

std::optional<SignalSources::Found> SignalSources::find(const Ends& ends, uint16_t port) const noexcept {
  for (const SignalServer& server : servers_) {
    if ((server.heard_at >> port & 1) == 0 || is_tcp(server) != ends.tcp) continue;
    if (is_of(server, ends.ipv6, ends.source, ends.source_port) ||
        is_of(server, ends.ipv6, ends.destination, ends.destination_port)) {
      return Found{.kind = server.kind, .source_set = server.source_set};
    }
  }
  return std::nullopt;
}

std::optional<uint16_t> SignalSources::find_fragment(const IpLevel& level, const uint8_t* ip,
                                                     uint16_t port) const noexcept {
  // Of IPv6 the first one's word counts (RFC 8200 section 4.5), and its options may hide the transport.
  const bool is_unknown = level.ipv6 && (level.protocol == 0 || level.fragment == FragmentKind::kLater);
  if (level.protocol != kUdp && level.protocol != kTcp && !is_unknown) return std::nullopt;
  for (const SignalServer& server : servers_) {
    if ((server.heard_at >> port & 1) == 0 || server.address.ipv6 != level.ipv6) continue;
    if (covers(server.address, source_of(level, ip)) || covers(server.address, destination_of(level, ip)))
      return server.source_set;
  }
  return std::nullopt;
}

std::vector<IpPrefix> SignalSources::addresses() const {
  std::vector<IpPrefix> addresses;
  for (const SignalServer& server : servers_) addresses.push_back(server.address);
  std::ranges::sort(addresses);
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

}  // namespace lictor
