#include "dataplane/packet/prefilter.h"

namespace lictor {

PrefilterPlan::PrefilterPlan(const EncapsulationTrust& trust, uint32_t frame_bytes_max)
    : frame_bytes_max_(frame_bytes_max),
      trusts_below_ip_(trust.trusts(Encapsulation::kMpls) || trust.trusts(Encapsulation::kPseudowire) ||
                       trust.trusts(Encapsulation::kPppoe)),
      addresses_decide_(trust.trusted == 0) {
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
