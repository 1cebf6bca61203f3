#include "encoders/handover/peer_book.h"

#include <netinet/in.h>

#include <cstring>

#include "dataplane/base/check.h"

namespace lictor {

void PeerBook::enter(const TransportEndpoint& peer) {
  const std::lock_guard lock(mutex_);
  Peer& known = peers_[peer];
  if (known.references++ == 0) known.since = ++version_;
}

bool PeerBook::is_in_force(const TransportEndpoint& peer) const {
  const std::lock_guard lock(mutex_);
  const auto known = peers_.find(peer);
  return known != peers_.end() && known->second.since <= in_force_;
}

void PeerBook::leave(const TransportEndpoint& peer) {
  const std::lock_guard lock(mutex_);
  const auto known = peers_.find(peer);
  LICTOR_CHECK(known != peers_.end());
  if (--known->second.references > 0) return;
  peers_.erase(known);
  ++version_;
}

std::optional<PeerBook::Changes> PeerBook::changes() const {
  const std::lock_guard lock(mutex_);
  if (version_ <= in_force_) return std::nullopt;
  Changes changes{.peers = {}, .version = version_};
  for (const auto& [peer, known] : peers_) changes.peers.push_back(peer);
  return changes;
}

void PeerBook::put_in_force(uint64_t version) {
  const std::lock_guard lock(mutex_);
  in_force_ = std::max(in_force_, version);
}

void PeerBook::put_all_in_force() { put_in_force(UINT64_MAX); }

TransportEndpoint endpoint_of(const SocketAddress& address) {
  TransportEndpoint endpoint{.protocol = IPPROTO_TCP};
  if (address.storage.ss_family == AF_INET6) {
    const auto& own = reinterpret_cast<const sockaddr_in6&>(address.storage);
    endpoint.ipv6 = true;
    endpoint.port = ntohs(own.sin6_port);
    std::memcpy(endpoint.address.data(), &own.sin6_addr, 16);
    // A mapped address goes out as IPv4.
    if (!IN6_IS_ADDR_V4MAPPED(&own.sin6_addr)) return endpoint;
    endpoint.ipv6 = false;
    endpoint.address = {};
    std::memcpy(endpoint.address.data(), &own.sin6_addr.s6_addr[12], 4);
  } else if (address.storage.ss_family == AF_INET) {
    const auto& own = reinterpret_cast<const sockaddr_in&>(address.storage);
    endpoint.port = ntohs(own.sin_port);
    std::memcpy(endpoint.address.data(), &own.sin_addr, 4);
  }
  return endpoint;
}

}  // namespace lictor
