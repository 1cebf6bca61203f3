#include "dataplane/session/radius/peers.h"

#include <fmt/format.h>

#include <algorithm>

namespace lictor::radius {
namespace {

uint8_t bits_of(bool ipv6) { return ipv6 ? 128 : 32; }

bool is_host(const IpPrefix& prefix) { return prefix.bits == bits_of(prefix.ipv6); }

IpPrefix host_of(bool ipv6, const SignalEnd& end) {
  IpPrefix host{.ipv6 = ipv6, .bits = bits_of(ipv6)};
  std::copy_n(end.address.begin(), host.bits / 8, host.octets.begin());
  return host;
}

bool holds(const IpPrefix& prefix, const IpPrefix& host) {
  if (prefix.ipv6 != host.ipv6) return false;
  const size_t whole = prefix.bits / 8U;
  if (!std::equal(prefix.octets.begin(), prefix.octets.begin() + static_cast<ptrdiff_t>(whole), host.octets.begin()))
    return false;
  const uint8_t rest = prefix.bits % 8;
  return rest == 0 || ((prefix.octets[whole] ^ host.octets[whole]) >> (8 - rest)) == 0;
}

bool by_address(const ClientPlan& one, const ClientPlan& other) { return one.addresses < other.addresses; }

template <typename List, typename Less>
bool has_twins(const List& sorted, Less less) {
  return std::adjacent_find(sorted.begin(), sorted.end(),
                            [less](const auto& one, const auto& other) { return !less(one, other); }) != sorted.end();
}

Status refused(uint16_t source_set, std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("set {}: {}", source_set, why));
}

}  // namespace

Result<Peers> Peers::make(const std::vector<PeerSetPlan>& sets) {
  Peers peers;
  for (const PeerSetPlan& plan : sets) {
    if (plan.servers.size() > kServersMax) return refused(plan.source_set, "has too many servers");
    if (plan.clients.size() > kClientsMax) return refused(plan.source_set, "has too many clients");
    if (!std::all_of(plan.servers.begin(), plan.servers.end(), is_host))
      return refused(plan.source_set, "has a server that is no host");
    Set set{.source_set = plan.source_set, .servers = plan.servers};
    for (const ClientPlan& client : plan.clients)
      (is_host(client.addresses) ? set.hosts : set.networks).push_back(client);
    std::sort(set.servers.begin(), set.servers.end());
    std::sort(set.hosts.begin(), set.hosts.end(), by_address);
    std::sort(set.networks.begin(), set.networks.end(), by_address);
    if (has_twins(set.hosts, by_address) || has_twins(set.networks, by_address))
      return refused(plan.source_set, "has a client twice");
    std::stable_sort(set.networks.begin(), set.networks.end(), [](const ClientPlan& one, const ClientPlan& other) {
      return one.addresses.bits > other.addresses.bits;
    });
    if (peers.find(plan.source_set) != nullptr) return refused(plan.source_set, "comes twice");
    peers.sets_.push_back(std::move(set));
    std::sort(peers.sets_.begin(), peers.sets_.end(),
              [](const Set& one, const Set& other) { return one.source_set < other.source_set; });
  }
  return peers;
}

const Peers::Set* Peers::find(uint16_t source_set) const noexcept {
  const auto at = std::lower_bound(sets_.begin(), sets_.end(), source_set,
                                   [](const Set& set, uint16_t wanted) { return set.source_set < wanted; });
  return at == sets_.end() || at->source_set != source_set ? nullptr : &*at;
}

bool Peers::is_server(uint16_t source_set, bool ipv6, const SignalEnd& end) const noexcept {
  const Set* const set = find(source_set);
  return set != nullptr && std::binary_search(set->servers.begin(), set->servers.end(), host_of(ipv6, end));
}

const ClientPlan* Peers::client(uint16_t source_set, bool ipv6, const SignalEnd& end) const noexcept {
  const Set* const set = find(source_set);
  if (set == nullptr) return nullptr;
  const ClientPlan wanted{.addresses = host_of(ipv6, end)};
  const auto host = std::lower_bound(set->hosts.begin(), set->hosts.end(), wanted, by_address);
  if (host != set->hosts.end() && host->addresses == wanted.addresses) return &*host;
  const auto network = std::find_if(set->networks.begin(), set->networks.end(), [&wanted](const ClientPlan& client) {
    return holds(client.addresses, wanted.addresses);
  });
  return network == set->networks.end() ? nullptr : &*network;
}

}  // namespace lictor::radius
