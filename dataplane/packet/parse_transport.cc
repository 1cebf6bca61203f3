#include "dataplane/packet/parse_transport.h"

#include <algorithm>

namespace lictor {
namespace {

// IANA protocol numbers.
constexpr uint8_t kHopByHop = 0;
constexpr uint8_t kIcmp = 1;
constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;
constexpr uint8_t kRouting = 43;
constexpr uint8_t kFragment = 44;
constexpr uint8_t kAuthentication = 51;
constexpr uint8_t kIcmpV6 = 58;
constexpr uint8_t kDestinationOptions = 60;
constexpr uint8_t kSctp = 132;
constexpr uint8_t kMobility = 135;

bool is_extension_header(uint8_t protocol, bool ipv6) {
  if (protocol == kAuthentication) return true;
  if (!ipv6) return false;
  return protocol == kHopByHop || protocol == kRouting || protocol == kFragment || protocol == kDestinationOptions ||
         protocol == kMobility;
}

// Octets of an extension header behind its first two, which are next header and length.
size_t rest_of_header(uint8_t protocol, uint8_t length) {
  if (protocol == kFragment) return 6;                                   // the second octet is reserved
  if (protocol == kAuthentication) return (length + size_t{2}) * 4 - 2;  // counts 4-octet words, less two
  return (length + size_t{1}) * 8 - 2;                                   // counts 8-octet words behind the first
}

void parse_ports(ByteReader in, IpLevel& level) {
  const bool has_type = level.protocol == kIcmp || level.protocol == kIcmpV6;
  if (!has_type && level.protocol != kTcp && level.protocol != kUdp && level.protocol != kSctp) return;
  const uint16_t source = has_type ? in.u8() : in.u16();
  const uint16_t destination = has_type ? in.u8() : in.u16();
  if (!in.ok()) return;
  level.source_port = source;
  level.destination_port = destination;
  level.ports_known = true;
}

// RFC 8200, 4.5. A fragment header of a packet that is whole (RFC 6946) changes nothing.
void parse_fragment(ByteReader in, IpLevel& level) {
  const uint16_t offset_and_more = in.u16();
  if ((offset_and_more & 0xfff9) == 0) return;
  level.fragment = offset_and_more >> 3 != 0 ? FragmentKind::kLater : FragmentKind::kFirst;
  level.fragment_id = in.u32();
}

}  // namespace

bool parse_transport(uint8_t next, Bytes frame, size_t at, IpLevel& level) noexcept {
  ByteReader in(frame.subspan(std::min(at, frame.size())));
  if (at <= frame.size() && level.fragment != FragmentKind::kLater) {
    for (size_t headers = 0; is_extension_header(next, level.ipv6); ++headers) {
      if (headers == kExtensionHeadersMax) return false;
      const uint8_t protocol = next;
      next = in.u8();
      const uint8_t length = in.u8();
      const Bytes rest = in.take(rest_of_header(protocol, length));
      if (!in.ok()) return true;
      if (protocol == kFragment) parse_fragment(ByteReader(rest), level);
      if (level.fragment == FragmentKind::kLater) break;
    }
  }
  if (is_extension_header(next, level.ipv6)) return true;  // in a fragment before this one, or cut off
  level.protocol = next;
  if (at > frame.size() || level.fragment == FragmentKind::kLater) return true;
  level.transport_offset = static_cast<uint32_t>(frame.size() - in.remaining());
  parse_ports(in, level);
  return true;
}

}  // namespace lictor
