#include "dataplane/session_trackers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "dataplane/base/unique_fd.h"
#include "dataplane/config.h"

namespace lictor {
namespace {

constexpr uint16_t kBootpServerPort = 67;
constexpr uint16_t kBootpClientPort = 68;
constexpr uint16_t kDhcp6ClientPort = 546;
constexpr uint16_t kDhcp6ServerPort = 547;
// Where clients send to whoever serves them.
constexpr std::string_view kIpv4Broadcast = "255.255.255.255";
constexpr std::string_view kDhcp6Servers = "ff02::1:2";

// A bit a port; no names: every port.
uint32_t bits_of(const std::vector<std::string>& names, std::span<const PortConfig> ports) {
  if (names.empty()) return UINT32_MAX;
  uint32_t bits = 0;
  for (size_t i = 0; i < ports.size(); ++i) {
    if (std::ranges::find(names, ports[i].name) != names.end()) bits |= uint32_t{1} << i;
  }
  return bits;
}

uint32_t host_order(const IpPrefix& address) {
  return uint32_t{address.octets[0]} << 24 | uint32_t{address.octets[1]} << 16 | uint32_t{address.octets[2]} << 8 |
         uint32_t{address.octets[3]};
}

std::vector<uint32_t> ipv4_hosts(const std::vector<IpPrefix>& hosts) {
  std::vector<uint32_t> addresses;
  for (const IpPrefix& host : hosts) addresses.push_back(host_order(host));
  return addresses;
}

std::vector<dhcp6::Ipv6Octets> ipv6_hosts(const std::vector<IpPrefix>& hosts) {
  std::vector<dhcp6::Ipv6Octets> addresses;
  for (const IpPrefix& host : hosts) addresses.push_back(host.octets);
  return addresses;
}

// Appends whom one set hears.
class ServerList {
 public:
  ServerList(uint16_t source_set, uint32_t heard_at, std::vector<SignalServer>& servers)
      : source_set_(source_set), heard_at_(heard_at), servers_(servers) {}

  void add(const std::vector<IpPrefix>& hosts, std::vector<uint16_t> ports, SignalKind kind) {
    for (const IpPrefix& host : hosts) {
      servers_.push_back(
          {.address = host, .ports = ports, .kind = kind, .source_set = source_set_, .heard_at = heard_at_});
    }
  }
  void add(const DhcpConfig& dhcp, const std::vector<uint16_t>& ports, SignalKind kind, std::string_view everybody) {
    add(dhcp.servers, ports, kind);
    add(dhcp.relays, ports, kind);  // towards its clients a relay is the server
    if (dhcp.hears_clients) add({*IpPrefix::parse(std::string(everybody))}, ports, kind);
  }

 private:
  const uint16_t source_set_;
  const uint32_t heard_at_;
  std::vector<SignalServer>& servers_;
};

// Octets on the stack that are erased when they are not needed any more.
struct SecretRoom {
  ~SecretRoom() { OPENSSL_cleanse(octets.data(), octets.size()); }
  std::array<uint8_t, radius::SharedSecret::kBytesMax + 2> octets;  // a line may end in two more
};

// Of a file that holds it and nothing else; an end of line is no part of it.
Result<radius::SecretPointer> load_secret(const std::string& path) {
  const auto unusable = [&path](std::string_view why) {
    return absl::FailedPreconditionError(fmt::format("{}: {}", path, why));
  };
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat facts {};
  if (!file.valid() || ::fstat(file.get(), &facts) != 0) return unusable(std::strerror(errno));
  if ((facts.st_mode & S_IRWXO) != 0) return unusable("others may read it: chmod o-rwx");
  SecretRoom room;
  const ssize_t length = ::read(file.get(), room.octets.data(), room.octets.size());
  if (length < 0) return unusable(std::strerror(errno));
  if (facts.st_size > static_cast<off_t>(room.octets.size())) return unusable("is too long for a secret");
  Bytes secret = Bytes(room.octets).first(static_cast<size_t>(length));
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret = secret.first(secret.size() - 1);
  Result<radius::SecretPointer> made = radius::SharedSecret::make(secret);
  return made.ok() ? made : unusable(std::string(made.status().message()));
}

Result<std::vector<radius::PeerSetPlan>> peers_of(const SignallingConfig& config) {
  std::vector<radius::PeerSetPlan> peers;
  for (size_t set = 0; set < config.sets.size(); ++set) {
    if (!config.sets[set].radius) continue;
    radius::PeerSetPlan& plan = peers.emplace_back();
    plan.source_set = static_cast<uint16_t>(set);
    plan.servers = config.sets[set].radius->servers;
    for (const RadiusClientConfig& client : config.sets[set].radius->clients) {
      radius::ClientPlan& known = plan.clients.emplace_back();
      known.addresses = client.addresses;
      if (client.secret.empty()) continue;
      Result<radius::SecretPointer> secret = load_secret(client.secret);
      if (!secret.ok()) return secret.status();
      known.secret = *std::move(secret);
    }
  }
  return peers;
}

Result<std::unique_ptr<radius::RadiusTracker>> make_radius(const SignallingConfig& config, const HashKey& key,
                                                           SessionBook& book) {
  Result<std::vector<radius::PeerSetPlan>> sets = peers_of(config);
  if (!sets.ok()) return sets.status();
  if (sets->empty()) return std::unique_ptr<radius::RadiusTracker>();
  radius::TrackerPlan plan;
  plan.peers = *std::move(sets);
  plan.accounting =
      config.accounting_on_response ? radius::AccountingPolicy::kOnResponse : radius::AccountingPolicy::kOnRequest;
  plan.need_message_authenticator = config.need_message_authenticator;
  plan.interims_missed_max = config.interims_missed_max;
  plan.unheard_s_max = config.unheard_s_max;
  plan.key = key;
  return radius::RadiusTracker::make(std::move(plan), book);
}

std::unique_ptr<dhcp4::LeaseTracker> make_dhcp4(const SignallingConfig& config, const HashKey& key, SessionBook& book) {
  dhcp4::TrackerPlan plan;
  bool any = false;
  for (const SignalSetConfig& set : config.sets) {
    dhcp4::SourceSet& known = plan.sets.emplace_back();
    if (!set.dhcp4) continue;
    any = true;
    known.servers = ipv4_hosts(set.dhcp4->servers);
    known.relays = ipv4_hosts(set.dhcp4->relays);
    known.trusts_access_nodes = set.dhcp4->trusts_access_nodes;
  }
  plan.key = key;
  return any ? std::make_unique<dhcp4::LeaseTracker>(std::move(plan), book) : nullptr;
}

std::unique_ptr<dhcp6::LeaseTracker> make_dhcp6(const SignallingConfig& config, const HashKey& key, SessionBook& book) {
  dhcp6::TrackerPlan plan;
  bool any = false;
  for (const SignalSetConfig& set : config.sets) {
    dhcp6::SourceSet& known = plan.sets.emplace_back();
    if (!set.dhcp6) continue;
    any = true;
    known.servers = ipv6_hosts(set.dhcp6->servers);
    known.relays = ipv6_hosts(set.dhcp6->relays);
    known.trusts_access_nodes = set.dhcp6->trusts_access_nodes;
  }
  plan.key = key;
  return any ? std::make_unique<dhcp6::LeaseTracker>(std::move(plan), book) : nullptr;
}

std::unique_ptr<PppoeTracker> make_pppoe(const SignallingConfig& config, std::span<const PortConfig> ports,
                                         const HashKey& key, SessionBook& book) {
  PppoePlan plan;
  bool any = false;
  for (const SignalSetConfig& set : config.sets) {
    PppoeSet& known = plan.sets.emplace_back();
    if (!set.pppoe) continue;
    any = true;
    known.concentrators = set.pppoe->concentrators;
    if (!set.pppoe->concentrator_ports.empty())
      known.concentrator_ports = bits_of(set.pppoe->concentrator_ports, ports);
    known.trusts_access_nodes = set.pppoe->trusts_access_nodes;
  }
  plan.key = key;
  return any ? std::make_unique<PppoeTracker>(std::move(plan), book) : nullptr;
}

// Whether addresses of both are of one network.
bool same_scope(const SignalSetConfig& one, const SignalSetConfig& other) {
  return one.ports == other.ports && one.vlans == other.vlans && one.label == other.label && one.vni == other.vni;
}

std::unique_ptr<NeighbourTracker> make_neighbour(const SignallingConfig& config, std::span<const PortConfig> ports,
                                                 SessionBook& book) {
  NeighbourPlan plan;
  plan.bindings_max = std::min(plan.bindings_max, config.sessions_max);
  bool any = false;
  for (size_t i = 0; i < config.sets.size(); ++i) {
    const SignalSetConfig& set = config.sets[i];
    NeighbourSet& known = plan.sets.emplace_back();
    if (!set.neighbour) continue;
    any = true;
    const uint32_t heard_at = bits_of(set.heard_at, ports);
    known.arp_ports = set.neighbour->arp ? heard_at : 0;
    known.nd_ports = set.neighbour->nd ? heard_at : 0;
    known.prefixes = set.neighbour->prefixes;
    known.any_address = known.prefixes.empty();
    known.move = static_cast<NeighbourMove>(set.neighbour->move);
    for (size_t other = 0; other < config.sets.size(); ++other) {
      if (other != i && same_scope(set, config.sets[other])) known.other_sets.push_back(static_cast<uint16_t>(other));
    }
  }
  return any ? std::make_unique<NeighbourTracker>(std::move(plan), book) : nullptr;
}

std::vector<SignalLink> links_of(const SignalSetConfig& set, uint16_t number, uint32_t heard_at) {
  std::vector<SignalLink> links;
  const auto add = [&](SignalKind kind) {
    links.push_back({.kind = kind, .source_set = number, .heard_at = heard_at});
  };
  if (set.pppoe) add(SignalKind::kPppoeDiscovery), add(SignalKind::kPppoeSession);
  if (set.neighbour && set.neighbour->arp) add(SignalKind::kArp);
  if (set.neighbour && set.neighbour->nd) add(SignalKind::kNeighbour);
  return links;
}

// Those that are somebody.
std::vector<IpPrefix> known_servers(const SipConfig& sip) {
  std::vector<IpPrefix> servers = sip.servers;
  std::erase_if(servers, [](const IpPrefix& one) { return one.bits == 0; });
  return servers;
}

}  // namespace

std::shared_ptr<const SignalSources> signal_sources_of(const SignallingConfig& config,
                                                       std::span<const PortConfig> ports) {
  std::vector<SignalServer> servers;
  std::vector<SignalLink> links;
  for (size_t set = 0; set < config.sets.size(); ++set) {
    const SignalSetConfig& own = config.sets[set];
    const uint32_t heard_at = bits_of(own.heard_at, ports);
    ServerList list(static_cast<uint16_t>(set), heard_at, servers);
    std::ranges::copy(links_of(own, static_cast<uint16_t>(set), heard_at), std::back_inserter(links));
    if (own.sip) {
      list.add(own.sip->servers, own.sip->ports, SignalKind::kSip);
      list.add(own.sip->servers, own.sip->ports, SignalKind::kSipSegment);
    }
    if (own.radius) list.add(own.radius->servers, own.radius->ports, SignalKind::kRadius);
    if (own.dhcp4) list.add(*own.dhcp4, {kBootpServerPort, kBootpClientPort}, SignalKind::kDhcp4, kIpv4Broadcast);
    if (own.dhcp6) list.add(*own.dhcp6, {kDhcp6ClientPort, kDhcp6ServerPort}, SignalKind::kDhcp6, kDhcp6Servers);
  }
  return std::make_shared<const SignalSources>(std::move(servers), links);
}

std::vector<BindingScope> binding_scopes_of(const SignallingConfig& config, std::span<const PortConfig> ports) {
  std::vector<BindingScope> scopes;
  for (const SignalSetConfig& set : config.sets) {
    BindingScope& scope = scopes.emplace_back();
    scope.ports = bits_of(set.ports, ports);
    scope.vlan_count = static_cast<uint8_t>(set.vlans.size());
    std::ranges::copy(set.vlans, scope.vlans.begin());
    scope.label = set.label.value_or(kNoContext);
    scope.vni = set.vni.value_or(kNoContext);
  }
  return scopes;
}

std::optional<sip::CallDeskPlan> call_desk_plan_of(const SignallingConfig& config, std::span<const PortConfig> ports,
                                                   bool replay) {
  sip::CallDeskPlan plan;
  plan.tracker.calls_max = config.calls_max;
  plan.tracker.key = HashKey::random();
  plan.tracker.silence_ns = config.call_silence_s * kNanosecondsPerSecond;
  plan.streams.streams_max = config.sip_streams_max;
  plan.streams.key = HashKey::random();
  plan.scopes = binding_scopes_of(config, ports);
  plan.keeps_all = config.always;
  plan.registrations_max = config.registrations_max;
  plan.followed_max = config.target_sessions_max;
  plan.replay = replay;
  bool any = false;
  for (const SignalSetConfig& own : config.sets) {
    sip::CallSet& set = plan.sets.emplace_back();
    if (!own.sip) continue;
    any = true;
    set = {.servers = known_servers(*own.sip),
           .trusted = own.sip->trusted,
           .from = own.sip->from,
           .preferred = own.sip->preferred,
           .numbers = {.country_code = own.sip->country_code,
                       .international_prefixes = own.sip->international,
                       .trunk_prefix = own.sip->trunk,
                       .bare = static_cast<sip::BareNumber>(own.sip->bare),
                       .contexts = own.sip->contexts},
           .legs = {.charging_vector = own.sip->legs_by_charging_vector,
                    .session_id = own.sip->legs_by_session_id,
                    .sdp_origin = own.sip->legs_by_sdp_origin},
           .private_contacts = own.sip->private_contacts,
           .latching = own.sip->latching};
  }
  return any ? std::optional(std::move(plan)) : std::nullopt;
}

size_t locked_bytes_of(const SignallingConfig& config, size_t lcores) {
  size_t secrets = 0;
  for (const SignalSetConfig& set : config.sets) {
    if (!set.radius) continue;
    secrets += std::ranges::count_if(set.radius->clients, [](const auto& client) { return !client.secret.empty(); });
  }
  const size_t snapshots = config.snapshot.file.empty() ? 0 : 2;  // one that is there, and the next
  return secrets * lcores * radius::SharedSecret::kLockedBytes + snapshots * SnapshotFile::kLockedBytes;
}

Result<SessionTrackers> SessionTrackers::make(const SignallingConfig& config, std::span<const PortConfig> ports,
                                              const SnapshotKeys& keys, SessionBook& book) {
  SessionTrackers trackers;
  Result<std::unique_ptr<radius::RadiusTracker>> radius = make_radius(config, keys.radius, book);
  if (!radius.ok()) return radius.status();
  trackers.radius_ = *std::move(radius);
  trackers.dhcp4_ = make_dhcp4(config, keys.dhcp4, book);
  trackers.dhcp6_ = make_dhcp6(config, keys.dhcp6, book);
  trackers.pppoe_ = make_pppoe(config, ports, keys.pppoe, book);
  trackers.neighbour_ = make_neighbour(config, ports, book);
  return trackers;
}

std::array<Tracker*, kSignalKinds> SessionTrackers::by_kind() const {
  std::array<Tracker*, kSignalKinds> trackers{};
  trackers[static_cast<size_t>(SignalKind::kRadius)] = radius_.get();
  trackers[static_cast<size_t>(SignalKind::kDhcp4)] = dhcp4_.get();
  trackers[static_cast<size_t>(SignalKind::kDhcp6)] = dhcp6_.get();
  trackers[static_cast<size_t>(SignalKind::kPppoeDiscovery)] = pppoe_.get();
  trackers[static_cast<size_t>(SignalKind::kPppoeSession)] = pppoe_.get();
  trackers[static_cast<size_t>(SignalKind::kArp)] = neighbour_.get();
  trackers[static_cast<size_t>(SignalKind::kNeighbour)] = neighbour_.get();
  return trackers;
}

}  // namespace lictor
