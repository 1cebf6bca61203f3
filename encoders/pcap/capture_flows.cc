#include "encoders/pcap/capture_flows.h"

#include <arpa/inet.h>

#include <algorithm>
#include <utility>

namespace lictor {
namespace {

constexpr size_t kFlowsPerTarget = 12;
constexpr size_t kStrangerFlows = 160;

// RFC 5737.
constexpr std::array<std::array<uint8_t, 3>, 3> kDocumentationPrefixes = {{{192, 0, 2}, {198, 51, 100}, {203, 0, 113}}};

struct Service {
  TransportKind transport;
  uint16_t port;
};
// Ports whose octets are encrypted on a real network too: payloads are random, and no decoder finds them malformed.
constexpr std::array kServices = {Service{TransportKind::kTcp, 443},   Service{TransportKind::kUdp, 443},
                                  Service{TransportKind::kTcp, 993},   Service{TransportKind::kIcmp, 0},
                                  Service{TransportKind::kUdp, 51820}, Service{TransportKind::kTcp, 8443},
                                  Service{TransportKind::kUdp, 4500},  Service{TransportKind::kTcp, 5223}};

bool same_address(const CaptureHost& one, const CaptureHost& other) {
  return one.ipv6 == other.ipv6 && std::ranges::equal(one.address(), other.address());
}

// Locally administered, a host's own.
std::array<uint8_t, 6> any_mac(CaptureRandom& random) {
  const uint64_t bits = random.next();
  return {2, 0, 0, static_cast<uint8_t>(bits), static_cast<uint8_t>(bits >> 8), static_cast<uint8_t>(bits >> 16)};
}

CaptureHost documentation_host(bool ipv6, CaptureRandom& random) {
  CaptureHost host{.mac = any_mac(random), .ipv6 = ipv6};
  if (!ipv6) {
    const auto& prefix = kDocumentationPrefixes[random.below(kDocumentationPrefixes.size())];
    std::copy(prefix.begin(), prefix.end(), host.octets.begin());
    host.octets[3] = static_cast<uint8_t>(1 + random.below(254));
    return host;
  }
  host.octets = {0x20, 0x01, 0x0d, 0xb8};  // RFC 3849
  host.octets[5] = static_cast<uint8_t>(1 + random.below(200));
  host.octets[7] = static_cast<uint8_t>(random.below(16));
  for (size_t i = 8; i < host.octets.size(); ++i) host.octets[i] = static_cast<uint8_t>(random.next());
  return host;
}

// Never one of the targets: there are fewer of them than documentation addresses.
CaptureHost stranger(bool ipv6, const std::vector<CaptureHost>& targets, CaptureRandom& random) {
  for (;;) {
    const CaptureHost host = documentation_host(ipv6, random);
    const auto is_host = [&host](const CaptureHost& target) { return same_address(target, host); };
    if (std::none_of(targets.begin(), targets.end(), is_host)) return host;
  }
}

}  // namespace

uint64_t CaptureRandom::next() {
  state_ += 0x9e3779b97f4a7c15;
  uint64_t mixed = state_;
  mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
  return mixed ^ mixed >> 31;
}

std::optional<CaptureHost> parse_host(const std::string& address) {
  CaptureHost host;
  if (inet_pton(AF_INET, address.c_str(), host.octets.data()) == 1) return host;
  host.ipv6 = true;
  if (inet_pton(AF_INET6, address.c_str(), host.octets.data()) == 1) return host;
  return std::nullopt;
}

CaptureFlows::CaptureFlows(const std::vector<std::string>& targets, bool vlan, CaptureRandom& random) : vlan_(vlan) {
  std::vector<CaptureHost> hosts;
  for (const std::string& target : targets) {
    std::optional<CaptureHost> host = parse_host(target);
    if (!host) continue;
    host->mac = any_mac(random);
    hosts.push_back(*host);
  }
  add_targets(hosts, random);
  add_strangers(hosts, random);
}

CaptureFlow& CaptureFlows::pick_matched(CaptureRandom& random) {
  std::vector<CaptureFlow>& flows = matched_[random.below(matched_.size())];
  return flows[random.below(flows.size())];
}

CaptureFlow& CaptureFlows::pick_stranger(CaptureRandom& random) {
  const uint64_t one = random.below(strangers_.size());
  const uint64_t other = random.below(strangers_.size());
  return strangers_[std::min(one, other)];
}

void CaptureFlows::add_targets(const std::vector<CaptureHost>& targets, CaptureRandom& random) {
  matched_.resize(targets.size());
  for (size_t i = 0; i < targets.size(); ++i) {
    for (size_t flow = 0; flow < kFlowsPerTarget; ++flow) {
      const CaptureHost peer = stranger(targets[i].ipv6, targets, random);
      const bool serves = flow % 4 == 3;
      matched_[i].push_back(serves ? make_flow(peer, targets[i], random) : make_flow(targets[i], peer, random));
      (serves ? matched_[i].back().server_target : matched_[i].back().client_target) = i;
    }
    for (size_t other = 0; other < i; ++other) {
      if (targets[other].ipv6 != targets[i].ipv6) continue;
      CaptureFlow between = make_flow(targets[i], targets[other], random);
      between.client_target = i;
      between.server_target = other;
      matched_[i].push_back(between);
      break;
    }
  }
}

void CaptureFlows::add_strangers(const std::vector<CaptureHost>& targets, CaptureRandom& random) {
  for (size_t flow = 0; flow < kStrangerFlows; ++flow) {
    const bool ipv6 = flow % 5 < 2;  // neither with the tags' nor with the services' period
    const CaptureHost client = stranger(ipv6, targets, random);
    strangers_.push_back(make_flow(client, stranger(ipv6, targets, random), random));
  }
}

CaptureFlow CaptureFlows::make_flow(const CaptureHost& client, const CaptureHost& server, CaptureRandom& random) {
  const size_t number = made_++;
  const Service service = kServices[number % kServices.size()];
  CaptureFlow flow{.client = client, .server = server, .transport = service.transport, .server_port = service.port};
  flow.client_port = static_cast<uint16_t>(49152 + random.below(16384));
  flow.client_sequence = static_cast<uint32_t>(random.next());
  flow.server_sequence = static_cast<uint32_t>(random.next());
  flow.identification = static_cast<uint32_t>(random.next());
  // A third each untagged, C-tag, S-tag and C-tag: 3 shares no factor with the number of services.
  flow.vlan_count = vlan_ ? number % 3 : 0;
  const auto customer = static_cast<uint16_t>(100 + random.below(8));
  if (flow.vlan_count == 1) flow.vlans = {customer, 0};
  if (flow.vlan_count == 2) flow.vlans = {static_cast<uint16_t>(2000 + random.below(4)), customer};
  return flow;
}

}  // namespace lictor
