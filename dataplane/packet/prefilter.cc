#include "dataplane/packet/prefilter.h"

namespace lictor {
namespace {

using prefilter::be16;
using prefilter::kTcp;
using prefilter::kUdp;

bool is_named(const TargetTable& table, uint64_t hash) { return table.named().maybe(hash_again(hash)); }

// As is_named(); where it is, the classifier will want its rules.
template <typename Key>
bool is_named_host(const TargetTable& table, Key address, uint64_t hash) {
  if (!is_named(table, hash)) return false;
  table.prefetch(prefix_key(address, Key::kBits));
  return true;
}

// Somebody is after media of one of the addresses: are the ports theirs?
bool may_be_endpoint(const TargetTable& table, const uint8_t* ip, uint64_t source, uint64_t destination) {
  if (!table.hosts().maybe(source) && !table.hosts().maybe(destination)) return false;
  const bool ipv6 = ip[0] >> 4 == 6;
  const uint8_t protocol = ip[ipv6 ? 6 : 9];
  const bool fragment = !ipv6 && (be16(ip + 6) & 0x3fff) != 0;
  if (fragment || (protocol != kUdp && protocol != kTcp)) return true;  // where its ports are is the parser's business
  const uint8_t* const transport = ip + (ipv6 ? 40 : 20);
  return is_named(table, endpoint_hash(source, be16(transport))) ||
         is_named(table, endpoint_hash(destination, be16(transport + 2)));
}

template <typename Key>
bool concerns(const TargetTable& table, const uint8_t* ip, Key source, Key destination, uint64_t source_hash,
              uint64_t destination_hash) {
  const bool one = is_named_host(table, source, source_hash);
  const bool other = is_named_host(table, destination, destination_hash);
  if (one || other) return true;
  if (table.may_hold_prefix_of(source) || table.may_hold_prefix_of(destination)) return true;
  return table.kinds().endpoints && may_be_endpoint(table, ip, source_hash, destination_hash);
}

}  // namespace

namespace prefilter {

bool concerns_somebody(const TargetTable& table, const uint8_t* ip, uint64_t source, uint64_t destination) noexcept {
  return ip[0] >> 4 == 6 ? concerns(table, ip, ipv6_key(ip + 8), ipv6_key(ip + 24), source, destination)
                         : concerns(table, ip, ipv4_key(ip + 12), ipv4_key(ip + 16), source, destination);
}

}  // namespace prefilter

PrefilterPlan::PrefilterPlan(const EncapsulationTrust& trust, uint32_t frame_bytes_max, LinkSignals links)
    : frame_bytes_max_(frame_bytes_max),
      trusts_below_ip_(trust.trusts(Encapsulation::kMpls) || trust.trusts(Encapsulation::kPseudowire) ||
                       trust.trusts(Encapsulation::kPppoe) || trust.trusts(Encapsulation::kNsh)),
      links_(links),
      addresses_decide_(trust.trusted == 0 && !links.neighbour),
      ask_ipv4_(prefilter::fastest_ask_ipv4()) {
  const auto look_into = [this](uint8_t protocol) { protocols_[protocol / 64] |= uint64_t{1} << protocol % 64; };
  const auto look_into_udp = [this](uint16_t port) {
    if (port != 0) udp_ports_ |= uint64_t{1} << port % 64;
  };
  constexpr uint8_t kIpv4 = 4, kIpv6 = 41, kGre = 47, kAuthentication = 51, kL2tp = 115, kMplsInIp = 137;
  constexpr uint16_t kL2tpPort = 1701, kGtpUPort = 2152, kVxlanGpePort = 4790, kMplsInUdpPort = 6635;
  constexpr uint8_t kIcmpV6 = 58;
  if (links.neighbour) look_into(kIcmpV6);
  if (trust.trusted == 0) return;
  look_into(kAuthentication);  // what it wraps may be a tunnel
  if (trust.trusts(Encapsulation::kIpInIp)) look_into(kIpv4), look_into(kIpv6);
  if (trust.trusts(Encapsulation::kGre) || trust.trusts(Encapsulation::kErspan) ||
      trust.trusts(Encapsulation::kNvgre)) {
    look_into(kGre);
  }
  if (trust.trusts_labels()) look_into(kMplsInIp), look_into_udp(kMplsInUdpPort);
  if (trust.trusts(Encapsulation::kL2tp)) look_into(kL2tp), look_into_udp(kL2tpPort);
  if (trust.trusts(Encapsulation::kVxlanGpe)) look_into_udp(kVxlanGpePort);
  if (trust.trusts(Encapsulation::kGtpU)) look_into_udp(kGtpUPort);
  if (trust.trusts(Encapsulation::kVxlan)) std::ranges::for_each(trust.vxlan_ports, look_into_udp);
  if (trust.trusts(Encapsulation::kGeneve)) std::ranges::for_each(trust.geneve_ports, look_into_udp);
}

}  // namespace lictor
