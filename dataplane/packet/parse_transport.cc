#include "dataplane/packet/parse_transport.h"

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

bool is_extension_header(uint8_t protocol) {
  return protocol == kHopByHop || protocol == kRouting || protocol == kFragment || protocol == kAuthentication ||
         protocol == kDestinationOptions || protocol == kMobility;
}

// Octets of an extension header behind its first two, which are next header and length.
size_t rest_of_header(uint8_t protocol, uint8_t length) {
  if (protocol == kFragment) return 6;                                   // the second octet is reserved
  if (protocol == kAuthentication) return (length + size_t{2}) * 4 - 2;  // counts 4-octet words, less two
  return (length + size_t{1}) * 8 - 2;                                   // counts 8-octet words behind the first
}

}  // namespace

void parse_ports(uint8_t protocol, Bytes payload, IpLevel& level) noexcept {
  ByteReader in(payload);
  switch (protocol) {
    case kTcp:
    case kUdp:
    case kSctp:
      level.source_port = in.u16();
      level.destination_port = in.u16();
      break;
    case kIcmp:
    case kIcmpV6:
      level.source_port = in.u8();
      level.destination_port = in.u8();
      break;
    default:
      return;
  }
  level.protocol = protocol;
  level.ports_known = in.ok();
}

void parse_extension_headers(uint8_t next, Bytes payload, IpLevel& level) noexcept {
  ByteReader in(payload);
  for (size_t headers = 0; is_extension_header(next); ++headers) {
    if (headers == kExtensionHeadersMax) return;
    const uint8_t protocol = next;
    next = in.u8();
    const uint8_t length = in.u8();
    ByteReader rest(in.take(rest_of_header(protocol, length)));
    if (!in.ok()) return;
    const bool later_fragment = protocol == kFragment && rest.u16() >> 3 != 0;
    if (later_fragment) return;
  }
  parse_ports(next, in.rest(), level);
}

}  // namespace lictor
