#include "encoders/pcap/capture_link.h"

#include <pcap/dlt.h>

#include <algorithm>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

constexpr uint16_t kIpv4 = 0x0800;
constexpr uint16_t kIpv6 = 0x86dd;
constexpr uint16_t kEtherTypeMin = 0x0600;  // IEEE 802.3, 3.2.6: below, the field is a length

constexpr std::array<uint8_t, 12> kAddresses = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};  // destination, source

AdaptedFrame cut_in_header(Bytes frame) {
  AdaptedFrame adapted{.header_bytes = kAddresses.size(), .payload = {}, .removed_bytes = frame.size()};
  std::copy(kAddresses.begin(), kAddresses.end(), adapted.header.begin());
  return adapted;
}

// `in` stands behind the old link header of `frame`.
AdaptedFrame under_ethernet(Bytes frame, const ByteReader& in, uint16_t type) {
  if (!in.ok()) return cut_in_header(frame);
  AdaptedFrame adapted{
      .header_bytes = kEthernetHeaderBytes, .payload = in.rest(), .removed_bytes = frame.size() - in.remaining()};
  std::copy(kAddresses.begin(), kAddresses.end(), adapted.header.begin());
  adapted.header[12] = static_cast<uint8_t>(type >> 8);
  adapted.header[13] = static_cast<uint8_t>(type);
  return adapted;
}

// Linux' protocol field of cooked frames: an EtherType, or a small number of its own for what has none.
uint16_t type_of_cooked(uint16_t hardware, uint16_t protocol, size_t payload_bytes) {
  constexpr uint16_t kHardwareNetlink = 824;  // the field is then a netlink family
  constexpr uint16_t kProtocolLlc = 4;        // an 802.2 header follows, which Ethernet announces by a length
  constexpr size_t kLengthMax = 1500;
  if (hardware == kHardwareNetlink) return kEtherTypeLocal;
  if (protocol == kProtocolLlc && payload_bytes <= kLengthMax) return static_cast<uint16_t>(payload_bytes);
  return protocol < kEtherTypeMin ? kEtherTypeLocal : protocol;
}

// LINKTYPE_LINUX_SLL.
AdaptedFrame from_cooked(Bytes frame) {
  ByteReader in(frame);
  in.take(2);  // packet type
  const uint16_t hardware = in.u16();
  in.take(10);  // address length and address
  const uint16_t protocol = in.u16();
  return under_ethernet(frame, in, type_of_cooked(hardware, protocol, in.remaining()));
}

// LINKTYPE_LINUX_SLL2.
AdaptedFrame from_cooked_2(Bytes frame) {
  ByteReader in(frame);
  const uint16_t protocol = in.u16();
  in.take(6);  // reserved, interface
  const uint16_t hardware = in.u16();
  in.take(10);  // packet type, address length and address
  return under_ethernet(frame, in, type_of_cooked(hardware, protocol, in.remaining()));
}

// LINKTYPE_NULL is in the byte order of the capturing host, LINKTYPE_LOOP in network order; a family is a small number,
// so the order can be told in both. AF_INET6 differs between the BSDs.
AdaptedFrame from_loopback(Bytes frame) {
  ByteReader in(frame);
  const uint32_t family = in.u32();
  const uint32_t small = family > 0xffff ? __builtin_bswap32(family) : family;
  const bool ipv6 = small == 24 || small == 28 || small == 30;
  return under_ethernet(frame, in, small == 2 ? kIpv4 : ipv6 ? kIpv6 : kEtherTypeLocal);
}

uint16_t type_of_ppp(uint16_t protocol) {
  switch (protocol) {
    case 0x0021:
      return kIpv4;
    case 0x0057:
      return kIpv6;
    case 0x0281:
      return 0x8847;  // MPLS unicast
    case 0x0283:
      return 0x8848;  // MPLS multicast
    default:
      return kEtherTypePpp;
  }
}

// RFC 1661 and 1662: address and control may stand in front, and a protocol below 256 may be sent as one octet, which
// is odd where the first of two is even.
AdaptedFrame from_ppp(Bytes frame, size_t direction_bytes) {
  ByteReader in(frame);
  in.take(direction_bytes);
  if (in.remaining() > 0 && in.rest()[0] == 0xff) in.take(2);  // RFC 1661 leaves protocol 255 unused for that
  ByteReader from_protocol = in;
  const uint8_t first = in.u8();
  const uint16_t protocol = (first & 1) != 0 ? first : static_cast<uint16_t>(first << 8 | in.u8());
  const uint16_t type = type_of_ppp(protocol);
  if (type != kEtherTypePpp || !in.ok()) return under_ethernet(frame, in, type);
  return under_ethernet(frame, from_protocol, type);
}

AdaptedFrame from_raw_ip(Bytes frame) {
  const bool ipv6 = !frame.empty() && frame[0] >> 4 == 6;
  return under_ethernet(frame, ByteReader(frame), ipv6 ? kIpv6 : kIpv4);
}

}  // namespace

bool can_adapt(int link_type) {
  static constexpr std::array kLinkTypes = {DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_NULL,
                                            DLT_LOOP,   DLT_PPP,       DLT_PPP_SERIAL, DLT_PPP_WITH_DIR,
                                            DLT_RAW,    DLT_IPV4,      DLT_IPV6};
  return std::find(kLinkTypes.begin(), kLinkTypes.end(), link_type) != kLinkTypes.end();
}

AdaptedFrame adapt_frame(int link_type, Bytes frame) {
  LICTOR_CHECK(can_adapt(link_type));
  switch (link_type) {
    case DLT_LINUX_SLL:
      return from_cooked(frame);
    case DLT_LINUX_SLL2:
      return from_cooked_2(frame);
    case DLT_NULL:
    case DLT_LOOP:
      return from_loopback(frame);
    case DLT_PPP:
    case DLT_PPP_SERIAL:
      return from_ppp(frame, 0);
    case DLT_PPP_WITH_DIR:
      return from_ppp(frame, 1);
    case DLT_RAW:
      return from_raw_ip(frame);
    case DLT_IPV4:
      return under_ethernet(frame, ByteReader(frame), kIpv4);
    case DLT_IPV6:
      return under_ethernet(frame, ByteReader(frame), kIpv6);
    default:
      return AdaptedFrame{.payload = frame};
  }
}

}  // namespace lictor
