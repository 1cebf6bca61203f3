// The encapsulations that a tap sees, and which of them a port trusts. Addresses repeat inside tunnels, so inner IP
// levels are matched only inside encapsulations that the port's configuration names as the operator's own (DESIGN 6.4).
// Plain values: made from the configuration at start, read by rx lcores.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace lictor {

enum class Encapsulation : uint8_t {
  kMpls,        // RFC 3032: IP under labels; in IP and UDP, too (RFC 4023, 7510)
  kPseudowire,  // RFC 4448: Ethernet under labels, with and without control word
  kPppoe,       // RFC 2516 session stage
  kGre,         // RFC 2784, 2890: IP, and transparent Ethernet
  kErspan,      // types I, II, III
  kNvgre,       // RFC 7637
  kIpInIp,      // RFC 2003, 4213, 2473: any IP in any IP
  kVxlan,       // RFC 7348
  kGeneve,      // RFC 8926
  kGtpU,        // TS 29.281: IP and Ethernet sessions
  kL2tp,        // RFC 2661 over UDP, RFC 3931 over UDP and IP
  kVxlanGpe,    // draft-ietf-nvo3-vxlan-gpe
  kNsh,         // RFC 8300, behind Ethernet, GRE, Geneve and VXLAN-GPE
  kCount,
};

constexpr size_t kEncapsulations = static_cast<size_t>(Encapsulation::kCount);

// As the configuration spells them.
constexpr std::array<std::string_view, kEncapsulations> kEncapsulationNames = {
    "mpls",  "pseudowire", "pppoe", "gre",  "erspan",    "nvgre", "ip_in_ip",
    "vxlan", "geneve",     "gtp_u", "l2tp", "vxlan_gpe", "nsh"};

// What the port's configuration says of the network behind it.
struct EncapsulationTrust {
  static constexpr size_t kPortsMax = 4;  // UDP ports that one encapsulation may use

  uint32_t trusted = 0;                                  // bit i: Encapsulation i
  std::array<uint16_t, kPortsMax> vxlan_ports = {4789};  // 0: none
  std::array<uint16_t, kPortsMax> geneve_ports = {6081};
  uint8_t l2tpv3_cookie_bytes = 0;  // 0, 4 or 8: nothing on the wire tells

  [[nodiscard]] bool trusts(Encapsulation encapsulation) const {
    return (trusted >> static_cast<unsigned>(encapsulation) & 1) != 0;
  }
  // Whether anything that labels, or a GRE header, can carry is trusted.
  [[nodiscard]] bool trusts_labels() const {
    return trusts(Encapsulation::kMpls) || trusts(Encapsulation::kPseudowire);
  }
  [[nodiscard]] bool trusts_gre() const {
    return trusts(Encapsulation::kGre) || trusts(Encapsulation::kErspan) || trusts(Encapsulation::kNvgre);
  }
  void trust(Encapsulation encapsulation) { trusted |= uint32_t{1} << static_cast<unsigned>(encapsulation); }
  static EncapsulationTrust all() { return {.trusted = (uint32_t{1} << kEncapsulations) - 1}; }
};

}  // namespace lictor
