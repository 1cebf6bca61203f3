#include "dataplane/packet/naive_levels.h"

#include <algorithm>

#include "dataplane/packet/naive_octets.h"

namespace lictor {
namespace {

using namespace naive;

// --- headers, one function each; the level that is passed on is the context so far ---

class LevelFinder {
 public:
  explicit LevelFinder(const EncapsulationTrust& trust) : trust_(trust) {}

  void ethernet(Bytes in, NaiveLevel level) {
    if (!counted() || in.size() < 14) return;
    level.ethernet = in.first(12);
    level.vlans.clear();
    size_t at = 12;
    for (; is_tag(two(in, at)); at += 4) {
      if (level.vlans.size() == 4 || in.size() < at + 6) return;
      level.vlans.push_back(static_cast<uint16_t>(two(in, at + 2) % 4096));
    }
    unsigned type = two(in, at);
    at += 2;
    if (type <= 1500) {
      type = snap_type(in.subspan(at));
      at += 8;
    }
    ether_type(type, behind(in, at), level);
  }

  std::vector<NaiveLevel> levels;

 private:
  [[nodiscard]] bool trusts(Encapsulation one) const { return trust_.trusts(one); }
  bool counted() { return ++headers_ <= kHeadersMax; }

  void ether_type(unsigned type, Bytes in, const NaiveLevel& level) {
    if (type == 0x0800) ipv4(in, level);
    if (type == 0x86dd) ipv6(in, level);
    if (is_label(type)) labels(in, level);
    if (type == 0x8864 && trusts(Encapsulation::kPppoe)) pppoe(in, level);
    if (type == 0x894f && trusts(Encapsulation::kNsh)) nsh(in, level);
  }

  void ipv4(Bytes in, NaiveLevel level) {
    if (!counted() || !is_good_ipv4(in)) return;
    if (two(in, 2) != 0) in = up_to(in, two(in, 2));
    level.ipv6 = false;
    level.source = in.subspan(12, 4);
    level.destination = in.subspan(16, 4);
    const unsigned protocol = in[9];
    const size_t header = in[0] % 16 * size_t{4};
    if (two(in, 6) % 8192 == 0 && header <= in.size()) return upper(protocol, in.subspan(header), level);
    level.protocol = protocol == 51 ? 0 : protocol;
    levels.push_back(level);
  }

  void ipv6(Bytes in, NaiveLevel level) {
    if (!counted() || in.size() < 40 || in[0] / 16 != 6) return;
    const size_t jumbo = two(in, 4) == 0 && in[6] == 0 ? jumbo_length(in.subspan(40)) : 0;
    in = up_to(in, 40 + two(in, 4) + jumbo);
    level.ipv6 = true;
    level.source = in.subspan(8, 16);
    level.destination = in.subspan(24, 16);
    upper(in[6], in.subspan(40), level);
  }

  static size_t jumbo_length(Bytes in) {
    if (in.size() < 2) return 0;
    in = up_to(in, in[1] * size_t{8} + 8);
    for (size_t at = 2; at + 1 < in.size();) {
      if (in[at] == 0) {
        ++at;
      } else if (in[at] == 0xc2 && in[at + 1] == 4 && at + 6 <= in.size()) {
        return four(in, at + 2);
      } else {
        at += in[at + 1] + size_t{2};
      }
    }
    return 0;
  }

  static bool is_extension(unsigned protocol, bool ipv6) {
    constexpr unsigned kOfIpv6[] = {0, 43, 44, 60, 135};
    return protocol == 51 || (ipv6 && std::ranges::find(kOfIpv6, protocol) != std::end(kOfIpv6));
  }

  // What stands behind the fixed IP header and its options.
  void upper(unsigned next, Bytes in, NaiveLevel level) {
    bool later = false;
    size_t extensions = 0;
    for (; is_extension(next, level.ipv6) && !later && extensions < 8 && in.size() >= 2; ++extensions) {
      size_t bytes = in[1] * size_t{8} + 8;
      if (next == 44) bytes = 8;
      if (next == 51) bytes = in[1] * size_t{4} + 8;
      if (in.size() < bytes) break;
      later = next == 44 && two(in, 2) / 8 != 0;
      next = in[0];
      in = in.subspan(bytes);
    }
    const bool known = !is_extension(next, level.ipv6);
    level.protocol = known ? next : 0;
    if (known && !later) ports(in, level);
    levels.push_back(level);
    if (known && !later && levels.size() < kIpLevelsMax) inside(in, level);
  }

  static void ports(Bytes in, NaiveLevel& level) {
    const bool icmp = level.protocol == 1 || level.protocol == 58;
    const bool ports = level.protocol == 6 || level.protocol == 17 || level.protocol == 132;
    level.has_ports = (icmp && in.size() >= 2) || (ports && in.size() >= 4);
    if (!level.has_ports) return;
    level.source_port = icmp ? in[0] : two(in, 0);
    level.destination_port = icmp ? in[1] : two(in, 2);
  }

  void inside(Bytes in, NaiveLevel level) {
    const unsigned protocol = level.protocol;
    if (protocol == 17 && level.has_ports && in.size() >= 8) {
      const unsigned source = level.source_port;
      const unsigned destination = level.destination_port;
      return udp(source, destination, in.subspan(8), without_transport(level));
    }
    level = without_transport(level);
    if (protocol == 4 && trusts(Encapsulation::kIpInIp)) ipv4(in, level);
    if (protocol == 41 && trusts(Encapsulation::kIpInIp)) ipv6(in, level);
    if (protocol == 47) gre(in, level);
    if (protocol == 115 && trusts(Encapsulation::kL2tp) && counted() && in.size() >= 4 && four(in, 0) != 0)
      l2tp_session(in.subspan(4), level);
    if (protocol == 137) labels(in, level);
  }

  static NaiveLevel without_transport(NaiveLevel level) {
    level.protocol = level.source_port = level.destination_port = 0;
    level.has_ports = false;
    return level;
  }

  void udp(unsigned source, unsigned destination, Bytes in, const NaiveLevel& level) {
    const auto is_one_of = [destination](const auto& ports) {
      return destination != 0 && std::ranges::find(ports, destination) != ports.end();
    };
    if (destination == 2152 && trusts(Encapsulation::kGtpU)) return gtp(in, level);
    if (trusts(Encapsulation::kVxlan) && is_one_of(trust_.vxlan_ports)) return vxlan(in, level);
    if (trusts(Encapsulation::kGeneve) && is_one_of(trust_.geneve_ports)) return geneve(in, level);
    if (destination == 4790 && trusts(Encapsulation::kVxlanGpe)) return vxlan_gpe(in, level);
    if (destination == 6635 && (trusts(Encapsulation::kMpls) || trusts(Encapsulation::kPseudowire)))
      return labels(in, level);
    if (trusts(Encapsulation::kL2tp) && (source == 1701 || destination == 1701)) l2tp(in, level);
  }

  void labels(Bytes in, NaiveLevel level) {
    if (!counted()) return;
    bool hash = false;  // the label behind an entropy label indicator
    for (size_t count = 0; count < 16; ++count) {
      if (in.size() < 4) return;
      const uint32_t label = four(in, 0) / 4096;
      const bool last = four(in, 0) / 256 % 2 == 1;
      if (!hash && label != 7) level.label = label;
      hash = !hash && label == 7;
      in = in.subspan(4);
      if (last) return under_labels(in, level);
    }
  }

  void under_labels(Bytes in, const NaiveLevel& level) {
    if (in.empty()) return;
    const bool ip = trusts(Encapsulation::kMpls);
    const bool wire = trusts(Encapsulation::kPseudowire);
    const bool word = in[0] / 16 == 0 && leads_to_ip(behind(in, 4));
    const bool no_word = leads_to_ip(in);
    if (is_surely_ipv4(in)) return ip ? ipv4(in, level) : void();
    if (is_surely_ipv6(in)) return ip ? ipv6(in, level) : void();
    if (word && (four(in, 0) == 0 || !no_word)) return wire ? ethernet(in.subspan(4), level) : void();
    if (no_word) return wire ? ethernet(in, level) : void();
    if (ip && in[0] / 16 == 4) ipv4(in, level);
    if (ip && in[0] / 16 == 6) ipv6(in, level);
  }

  void pppoe(Bytes in, const NaiveLevel& level) {
    if (counted() && in.size() >= 6 && two(in, 0) == 0x1100) ppp(up_to(in.subspan(6), two(in, 4)), level);
  }

  void ppp(Bytes in, const NaiveLevel& level) {
    const PppProtocol protocol = ppp_protocol(in);
    if (!counted() || protocol.octets == 0) return;
    in = in.subspan(protocol.octets);
    if (protocol.number == 0x21) ipv4(in, level);
    if (protocol.number == 0x57) ipv6(in, level);
    if (protocol.number == 0x281 || protocol.number == 0x283) labels(in, level);
  }

  void l2tp(Bytes in, const NaiveLevel& level) {
    if (!counted() || in.size() < 2 || in[0] >= 128) return;
    if (in[1] % 16 == 3) return l2tp_session(behind(in, 8), level);
    if (in[1] % 16 != 2) return;
    const bool length = in[0] / 64 % 2 == 1;
    const bool numbers = in[0] / 8 % 2 == 1;
    const bool offset = in[0] / 2 % 2 == 1;
    size_t at = 2U + (length ? 2U : 0U) + 4U + (numbers ? 4U : 0U);
    if (offset && in.size() < at + 2) return;
    if (offset) at += 2 + two(in, at);
    if (in.size() < at) return;
    if (length && two(in, 2) < at) return;
    if (length) in = up_to(in, two(in, 2));
    ppp(in.subspan(at), level);
  }

  void l2tp_session(Bytes in, const NaiveLevel& level) {
    if (in.size() < trust_.l2tpv3_cookie_bytes) return;
    in = in.subspan(trust_.l2tpv3_cookie_bytes);
    if (leads_to_ip(in)) return ethernet(in, level);
    if (is_ppp_with_ip(in)) return ppp(in, level);
    in = behind(in, 4);
    if (leads_to_ip(in)) return ethernet(in, level);
    if (is_ppp_with_ip(in)) ppp(in, level);
  }

  void gre(Bytes in, NaiveLevel level) {
    const bool any = trusts(Encapsulation::kGre) || trusts(Encapsulation::kErspan) || trusts(Encapsulation::kNvgre);
    if (!any || !counted() || in.size() < 4) return;
    const unsigned version = in[1] % 8;
    const bool checksum = in[0] / 128 % 2 == 1 && version == 0;
    const bool routes = in[0] / 64 % 2 == 1 && version == 0;
    const bool key = in[0] / 32 % 2 == 1;
    const bool sequence = in[0] / 16 % 2 == 1;
    const unsigned type = two(in, 2);
    size_t at = checksum || routes ? 8 : 4;
    const size_t key_at = at;
    if (key) at += 4;
    if (sequence) at += 4;
    if (version == 1 && in[1] >= 128) at += 4;
    if (in.size() < at || version > 1 || (version == 1 && !sequence)) return;
    const bool subnet = type == 0x6558 && key && !sequence && in[0] / 64 == 0 && trusts(Encapsulation::kNvgre);
    if (subnet) level.vni = four(in, key_at) / 256;
    in = in.subspan(at);
    if (routes && !skip_routes(in)) return;
    under_gre(type, sequence, subnet, in, level);
  }

  static bool skip_routes(Bytes& in) {
    for (size_t route = 0; route < 8 && in.size() >= 4; ++route) {
      const bool last = two(in, 0) == 0 && in[3] == 0;
      if (in.size() < 4U + in[3]) return false;
      in = in.subspan(4U + in[3]);
      if (last) return true;
    }
    return false;
  }

  void under_gre(unsigned type, bool sequence, bool subnet, Bytes in, const NaiveLevel& level) {
    if (type == 0x88be || type == 0x22eb) {
      if (trusts(Encapsulation::kErspan)) erspan(type == 0x88be && !sequence, in, level);
    } else if (subnet) {
      ethernet(in, level);
    } else if (trusts(Encapsulation::kGre)) {
      if (type == 0x6558) return ethernet(in, level);
      if (type == 0x880b) return ppp(in, level);
      ether_type(type, in, level);
    }
  }

  void erspan(bool type_one, Bytes in, const NaiveLevel& level) {
    if (type_one) return ethernet(in, level);
    if (in.size() < 8) return;
    if (in[0] / 16 == 1) return ethernet(in.subspan(8), level);
    if (in[0] / 16 != 2 || in.size() < 12) return;
    const unsigned frame_type = in[10] / 4 % 32;
    const size_t at = in[11] % 2 == 1 ? 20 : 12;
    if (in.size() < at) return;
    in = in.subspan(at);
    if (frame_type == 0 || (frame_type == 2 && in.empty())) return ethernet(in, level);
    if (frame_type != 2) return;
    if (in[0] / 16 == 6) return ipv6(in, level);
    ipv4(in, level);
  }

  void vxlan(Bytes in, NaiveLevel level) {
    if (!counted() || in.size() < 8 || in[0] / 8 % 2 == 0) return;
    level.vni = four(in, 4) / 256;
    ethernet(in.subspan(8), level);
  }

  void vxlan_gpe(Bytes in, NaiveLevel level) {
    if (!counted() || in.size() < 8 || in[0] / 8 % 2 == 0 || in[0] / 16 % 4 != 0 || in[0] % 2 == 1) return;
    level.vni = four(in, 4) / 256;
    if (in[0] / 4 % 2 == 0) return ethernet(in.subspan(8), level);
    service(in[3], in.subspan(8), level);
  }

  void nsh(Bytes in, const NaiveLevel& level) {
    if (!counted() || in.size() < 4 || in[0] >= 64) return;
    const size_t bytes = in[1] % 64 * size_t{4};
    if (in[0] / 32 % 2 == 1 || bytes < 8 || in.size() < bytes) return;
    service(in[3], in.subspan(bytes), level);
  }

  // A next protocol that NSH and VXLAN-GPE have in common.
  void service(unsigned next, Bytes in, const NaiveLevel& level) {
    if (next == 1) ipv4(in, level);
    if (next == 2) ipv6(in, level);
    if (next == 3) ethernet(in, level);
    if (next == 4 && trusts(Encapsulation::kNsh)) nsh(in, level);
    if (next == 5 && (trusts(Encapsulation::kMpls) || trusts(Encapsulation::kPseudowire))) labels(in, level);
  }

  void geneve(Bytes in, NaiveLevel level) {
    if (!counted() || in.size() < 8 || in[0] >= 64 || in.size() < 8 + in[0] * size_t{4}) return;
    level.vni = four(in, 4) / 256;
    const unsigned type = two(in, 2);
    in = in.subspan(8 + in[0] * size_t{4});
    if (type == 0x6558) return ethernet(in, level);
    ether_type(type, in, level);
  }

  void gtp(Bytes in, NaiveLevel level) {
    if (!counted() || in.size() < 8 || in[0] / 16 != 3 || in[1] != 255) return;
    const bool optional = in[0] % 8 != 0;
    const bool extensions = in[0] / 4 % 2 == 1;
    level.teid = four(in, 4);
    in = up_to(in.subspan(8), two(in, 2));
    if (optional) {
      if (in.size() < 4) return;
      unsigned next = extensions ? in[3] : 0;
      in = in.subspan(4);
      for (size_t count = 0; next != 0; ++count) {
        if (count == 8 || in.empty() || in[0] == 0 || in.size() < in[0] * size_t{4}) return;
        const size_t bytes = in[0] * size_t{4};
        next = in[bytes - 1];
        in = in.subspan(bytes);
      }
    }
    if (in.empty()) return;
    const bool ip = is_surely_ipv4(in) || is_surely_ipv6(in);
    if (!ip && leads_to_ip(in)) return ethernet(in, level);
    if (in[0] / 16 == 4) ipv4(in, level);
    if (in[0] / 16 == 6) ipv6(in, level);
  }

  const EncapsulationTrust& trust_;
  size_t headers_ = 0;
};

}  // namespace

std::vector<NaiveLevel> find_levels_naively(Bytes frame, const EncapsulationTrust& trust) {
  LevelFinder finder(trust);
  finder.ethernet(frame, {});
  return finder.levels;
}

}  // namespace lictor
