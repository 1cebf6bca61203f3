// Where the parser stands in one frame, and what it passes between its files: one family of headers each. Each parse_…
// reads the header at `at`, writes what it says into the level that is being found, moves on, and names what stands
// next. Pure, bounded, nothing is allocated; any thread. Only for the parse_*.cc files.
#pragma once

#include <algorithm>

#include "dataplane/base/bytes.h"
#include "dataplane/packet/encapsulation.h"
#include "dataplane/packet/parsed_frame.h"

namespace lictor {

// The kind of header that stands next.
enum class Layer : uint8_t {
  kNothing,  // nothing that is looked into
  kEthernet,
  kIpv4,
  kIpv6,
  kMpls,
  kPppoe,
  kPpp,
  kGre,
  kNsh,
  kVxlan,
  kVxlanGpe,
  kGeneve,
  kGtpU,
  kL2tpUdp,
  kL2tpIp,
};

struct Walk {
  Bytes header;  // contiguous octets of the frame that belong to the innermost packet so far
  size_t at;     // where the next header begins: at most header.size()
  uint32_t end;  // captured octets of the frame that belong to that packet: header.size() or more
  const EncapsulationTrust& trust;
  ParsedFrame& frame;

  // The level that is being found: it holds its context until its IP header comes.
  [[nodiscard]] IpLevel& level() const { return frame.level[frame.level_count]; }
  [[nodiscard]] Bytes rest() const { return header.subspan(at); }

  // Behind what a reader of rest() has taken. The reader did not fail.
  void advance_to(const ByteReader& in) { at = header.size() - in.remaining(); }

  // Only `bytes` from here on belong to what follows.
  void cut(uint64_t bytes) {
    end = static_cast<uint32_t>(std::min<uint64_t>(end, at + bytes));
    header = header.first(std::min<size_t>(header.size(), end));
  }

  // What stands here cannot be read. The levels around it count; where there is none, the frame is dropped.
  Layer stop(PacketDrop reason) const {
    if (frame.level_count > 0) {
      frame.inner_damaged = true;
    } else {
      frame.result = ParseResult::kDropped;
      frame.drop = reason;
    }
    return Layer::kNothing;
  }

  // More headers than are looked at.
  Layer stop_deep() const {
    if (frame.level_count == 0) return stop(PacketDrop::kTooManyHeaders);
    frame.too_deep = true;
    return Layer::kNothing;
  }
};

// Integers in a span that was taken from a reader, which holds them.
inline uint16_t be16(Bytes taken, size_t at) { return static_cast<uint16_t>(taken[at] << 8 | taken[at + 1]); }
inline uint32_t be32(Bytes taken, size_t at) {
  return static_cast<uint32_t>(be16(taken, at)) << 16 | be16(taken, at + 2);
}

constexpr uint16_t kTypeIpv4 = 0x0800;
constexpr uint16_t kTypeIpv6 = 0x86dd;

// --- parse_frame.cc ---

// What an EtherType announces, where it is trusted.
Layer layer_of_type(uint16_t type, const EncapsulationTrust& trust);

// Whether `octets` look like an Ethernet header behind which, over tags, stands something that carries IP: for
// encapsulations that do not say what they carry.
bool looks_like_ethernet(Bytes octets) noexcept;

// --- parse_unnamed.cc ---

struct UnnamedPayload {
  Layer layer = Layer::kNothing;
  size_t control_word = 0;  // octets of it, in front of Ethernet
};
enum class ControlWord : uint8_t { kNever, kPerhaps };

// What `octets` are, of `captured` that are there, where nothing says so: IP or Ethernet.
UnnamedPayload name_payload(Bytes octets, uint32_t captured, ControlWord word) noexcept;

// --- parse_tunnel_nsh.cc ---

// What a next protocol of NSH or VXLAN-GPE announces, where it is trusted.
Layer layer_of_service(uint8_t next, const EncapsulationTrust& trust);

// --- parse_ip.cc ---

// What the transport of `level`, which was found last, carries. Nothing where the level is the last one.
Layer enter_level(Walk& walk, const IpLevel& level) noexcept;

// --- one file a family ---

Layer parse_ipv4(Walk& walk) noexcept;
Layer parse_ipv6(Walk& walk) noexcept;
Layer parse_mpls(Walk& walk) noexcept;
Layer parse_pppoe(Walk& walk) noexcept;
Layer parse_ppp(Walk& walk) noexcept;
Layer parse_l2tp_udp(Walk& walk) noexcept;
Layer parse_l2tp_ip(Walk& walk) noexcept;
Layer parse_gre(Walk& walk) noexcept;
Layer parse_nsh(Walk& walk) noexcept;
Layer parse_vxlan(Walk& walk) noexcept;
Layer parse_vxlan_gpe(Walk& walk) noexcept;
Layer parse_geneve(Walk& walk) noexcept;
Layer parse_gtp_u(Walk& walk) noexcept;

}  // namespace lictor
