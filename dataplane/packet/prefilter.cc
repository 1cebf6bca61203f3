#include "dataplane/packet/prefilter.h"

namespace lictor {
namespace {

bool shifts_by_any_register() {
#ifdef __x86_64__
  return __builtin_cpu_supports("bmi2") != 0;
#else
  return true;
#endif
}

template <typename Key>
bool may_be_in_prefix(const TargetTable& table, Key source, Key destination) {
  return table.may_hold_prefix_of(source) || table.may_hold_prefix_of(destination);
}

}  // namespace

namespace prefilter {

bool concerns_somebody(const TargetTable& table, const uint8_t* ip, uint64_t source, uint64_t destination) noexcept {
  const bool ipv6 = ip[0] >> 4 == 6;
  if (ipv6 ? may_be_in_prefix(table, ipv6_key(ip + 8), ipv6_key(ip + 24))
           : may_be_in_prefix(table, ipv4_key(ip + 12), ipv4_key(ip + 16))) {
    return true;
  }
  const auto named = [&table](uint64_t hash) { return table.named().maybe(hash_again(hash)); };
  if (named(source) || named(destination)) return true;
  if (!table.kinds().endpoints || !(table.hosts().maybe(source) || table.hosts().maybe(destination))) return false;
  const uint8_t protocol = ip[ipv6 ? 6 : 9];
  const bool fragment = !ipv6 && (be16(ip + 6) & 0x3fff) != 0;
  if (fragment || (protocol != kUdp && protocol != kTcp)) return true;  // where its ports are is the parser's business
  const uint8_t* const transport = ip + (ipv6 ? 40 : 20);
  return named(endpoint_hash(source, be16(transport))) || named(endpoint_hash(destination, be16(transport + 2)));
}

}  // namespace prefilter

PrefilterPlan::PrefilterPlan(const EncapsulationTrust& trust, uint32_t frame_bytes_max)
    : frame_bytes_max_(frame_bytes_max),
      trusts_below_ip_(trust.trusts(Encapsulation::kMpls) || trust.trusts(Encapsulation::kPseudowire) ||
                       trust.trusts(Encapsulation::kPppoe)),
      addresses_decide_(trust.trusted == 0),
      shifts_fast_(shifts_by_any_register()) {
  const auto look_into = [this](uint8_t protocol) { protocols_[protocol / 64] |= uint64_t{1} << protocol % 64; };
  const auto look_into_udp = [this](uint16_t port) {
    if (port != 0) udp_ports_ |= uint64_t{1} << port % 64;
  };
  constexpr uint8_t kIpv4 = 4, kIpv6 = 41, kGre = 47, kAuthentication = 51, kL2tp = 115, kMplsInIp = 137;
  constexpr uint16_t kL2tpPort = 1701, kGtpUPort = 2152;
  if (trust.trusted == 0) return;
  look_into(kAuthentication);  // what it wraps may be a tunnel
  if (trust.trusts(Encapsulation::kIpInIp)) look_into(kIpv4), look_into(kIpv6);
  if (trust.trusts(Encapsulation::kGre) || trust.trusts(Encapsulation::kErspan) ||
      trust.trusts(Encapsulation::kNvgre)) {
    look_into(kGre);
  }
  if (trust.trusts_labels()) look_into(kMplsInIp);
  if (trust.trusts(Encapsulation::kL2tp)) look_into(kL2tp), look_into_udp(kL2tpPort);
  if (trust.trusts(Encapsulation::kGtpU)) look_into_udp(kGtpUPort);
  if (trust.trusts(Encapsulation::kVxlan)) std::ranges::for_each(trust.vxlan_ports, look_into_udp);
  if (trust.trusts(Encapsulation::kGeneve)) std::ranges::for_each(trust.geneve_ports, look_into_udp);
}

}  // namespace lictor
