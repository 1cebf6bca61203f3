#include "encoders/encode/media_look.h"

#include <algorithm>
#include <array>

#include "dataplane/packet/parse_transport.h"

namespace lictor {
namespace {

constexpr size_t kIpv4HeaderBytes = 20;
constexpr size_t kIpv6HeaderBytes = 40;
constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;
constexpr size_t kUdpHeaderBytes = 8;

constexpr size_t kRtpHeaderBytes = 12;
constexpr size_t kRtcpHeaderBytes = 8;
constexpr size_t kStunHeaderBytes = 20;
constexpr size_t kChannelHeaderBytes = 4;
constexpr size_t kDtlsHeaderBytes = 13;
constexpr size_t kUdptlHeaderBytes = 3;  // sequence number, and the length of the primary packet
constexpr std::array<uint8_t, 4> kStunCookie = {0x21, 0x12, 0xa4, 0x42};
constexpr std::array<uint8_t, 4> kZrtpCookie = {0x5a, 0x52, 0x54, 0x50};

bool has_at(Bytes octets, size_t at, Bytes expected) {
  return octets.size() >= at + expected.size() && std::ranges::equal(octets.subspan(at, expected.size()), expected);
}

uint16_t number_at(Bytes octets, size_t at) { return static_cast<uint16_t>(octets[at] << 8 | octets[at + 1]); }

uint32_t word_at(Bytes octets, size_t at) { return uint32_t{number_at(octets, at)} << 16 | number_at(octets, at + 2); }

bool is_rtcp(Bytes payload) { return payload[1] >= 192 && payload[1] <= 223 && payload.size() >= kRtcpHeaderBytes; }

// RFC 7983 section 7, and what each of them begins with.
bool is_media_datagram(Bytes payload) {
  const uint8_t first = payload[0];
  if (first >= 128 && first <= 191) return is_rtcp(payload) || payload.size() >= kRtpHeaderBytes;
  if (first <= 3) return payload.size() >= kStunHeaderBytes && has_at(payload, 4, kStunCookie);
  if (first >= 16 && first <= 19) return has_at(payload, 4, kZrtpCookie);
  if (first >= 20 && first <= 63) return payload.size() >= kDtlsHeaderBytes && (payload[1] == 0xfe || first >= 32);
  if (first >= 64 && first <= 79)
    return payload.size() >= kChannelHeaderBytes && payload.size() >= kChannelHeaderBytes + number_at(payload, 2);
  return false;
}

// Its primary packet is of less than 128 octets, or says its length in two (X.691 section 10.9).
bool is_udptl(Bytes payload) {
  if (payload.size() < kUdptlHeaderBytes) return false;
  const bool is_long = (payload[2] & 0x80) != 0;
  if (is_long) return payload.size() > kUdptlHeaderBytes && (payload[2] & 0x40) == 0;
  return payload.size() >= kUdptlHeaderBytes + payload[2];
}

// `payload` is media; all of it has `bytes`.
MediaLook look_at_datagram(Bytes payload, size_t bytes, const IpLevel& level) {
  if (payload[0] < 128 || payload[0] > 191) return {};
  MediaLook look{.source_port = level.source_port, .destination_port = level.destination_port};
  if (is_rtcp(payload)) {
    look.kind = MediaLook::Kind::kRtcp;
    look.ssrc = word_at(payload, 4);
    return look;
  }
  look.kind = MediaLook::Kind::kRtp;
  look.payload_type = payload[1] & 0x7f;
  look.ssrc = word_at(payload, 8);
  size_t header = kRtpHeaderBytes + size_t{payload[0] & 15U} * 4;  // CSRCs
  const bool has_extension = (payload[0] & 0x10) != 0;
  if (has_extension && payload.size() >= header + 4) header += 4 + size_t{number_at(payload, header + 2)} * 4;
  look.payload_bytes = static_cast<uint32_t>(bytes - std::min(bytes, header));
  return look;
}

bool is_later_fragment(const IpLevel& level, Bytes packet) {
  if (!level.ipv6) return (packet[6] & 0x1f) != 0 || packet[7] != 0;
  return level.fragment == FragmentKind::kLater;
}

}  // namespace

std::optional<MediaLook> look_at_media(Bytes packet, size_t whole_bytes, SessionAddress::Use use) noexcept {
  if (packet.empty()) return std::nullopt;
  IpLevel level;
  level.ipv6 = packet[0] >> 4 == 6;
  const size_t header = level.ipv6 ? kIpv6HeaderBytes : size_t{packet[0] & 15U} * 4;
  if (packet.size() < std::max(header, kIpv4HeaderBytes)) return std::nullopt;
  const MediaLook shown{.protocol = use == SessionAddress::Use::kMsrp    ? MediaProtocol::kMsrp
                                    : use == SessionAddress::Use::kUdptl ? MediaProtocol::kUdptl
                                                                         : MediaProtocol::kRtp};
  if (!level.ipv6 && is_later_fragment(level, packet)) return shown;
  if (!parse_transport(level.ipv6 ? packet[6] : packet[9], packet, header, level)) return std::nullopt;
  if (is_later_fragment(level, packet)) return shown;
  if (level.protocol == kTcp) return use == SessionAddress::Use::kUdptl ? std::nullopt : std::optional(shown);
  if (level.protocol != kUdp || use == SessionAddress::Use::kMsrp) return std::nullopt;
  const size_t at = level.transport_offset + kUdpHeaderBytes;
  if (level.transport_offset == 0 || at >= packet.size()) return std::nullopt;
  const Bytes payload = packet.subspan(at);
  const bool is_datagram = payload.size() >= 2 && is_media_datagram(payload);
  if (!is_datagram)
    return use == SessionAddress::Use::kUdptl && is_udptl(payload) ? std::optional(shown) : std::nullopt;
  if (use == SessionAddress::Use::kUdptl)
    return MediaLook{.protocol = payload[0] <= 3 ? MediaProtocol::kRtp : shown.protocol};
  return look_at_datagram(payload, std::max(whole_bytes, packet.size()) - at, level);
}

}  // namespace lictor
