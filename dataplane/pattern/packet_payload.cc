#include "dataplane/pattern/packet_payload.h"

namespace lictor {
namespace {

constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;
constexpr uint8_t kFragmentHeader = 44;
constexpr uint8_t kSctp = 132;
constexpr size_t kTcpHeaderBytes = 20;
constexpr size_t kUdpHeaderBytes = 8;
constexpr size_t kSctpHeaderBytes = 12;
constexpr size_t kFragmentHeaderBytes = 8;

Bytes behind(Bytes octets, size_t bytes) { return octets.subspan(std::min(bytes, octets.size())); }

// Of the IP packet, from its transport header on; empty where that is unknown or not in this fragment.
Bytes transport_of(const IpLevel& level, Bytes frame) {
  if (level.transport_offset <= level.offset || level.fragment == FragmentKind::kLater) return {};
  return behind(octets_of(level, frame), level.transport_offset - level.offset);
}

Bytes behind_ip_header(const IpLevel& level, Bytes frame) {
  const Bytes ip = octets_of(level, frame);
  if (ip.empty()) return {};
  if (!level.ipv6) return behind(ip, (ip[0] & 15U) * size_t{4});
  const bool fragment = ip.size() > kIpv6HeaderBytes && ip[6] == kFragmentHeader;
  return behind(ip, kIpv6HeaderBytes + (fragment ? kFragmentHeaderBytes : 0));
}

}  // namespace

std::optional<TcpSegment> tcp_segment_of(const IpLevel& level, Bytes frame) noexcept {
  if (level.protocol != kTcp || !level.ports_known) return std::nullopt;
  const Bytes transport = transport_of(level, frame);
  ByteReader in(transport);
  in.u32();  // ports
  uint32_t sequence = in.u32();
  in.u32();  // acknowledged
  const size_t header_bytes = (in.u8() >> 4) * size_t{4};
  const uint8_t flags = in.u8();
  in.take(6);  // window, checksum, urgent pointer
  if (!in.ok() || header_bytes < kTcpHeaderBytes || header_bytes > transport.size()) return std::nullopt;
  if ((flags & kTcpSyn) != 0) ++sequence;
  return TcpSegment{.flags = flags, .sequence = sequence, .payload = transport.subspan(header_bytes)};
}

Bytes payload_of(const IpLevel& level, Bytes frame) noexcept {
  const Bytes transport = transport_of(level, frame);
  if (transport.empty()) return behind_ip_header(level, frame);
  if (level.protocol == kUdp) return behind(transport, kUdpHeaderBytes);
  if (level.protocol == kSctp) return behind(transport, kSctpHeaderBytes);
  return transport;
}

}  // namespace lictor
