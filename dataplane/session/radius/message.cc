#include "dataplane/session/radius/message.h"

#include <algorithm>

#include "dataplane/session/radius/port_block.h"

namespace lictor::radius {
namespace {

constexpr uint8_t kFramedIpv4 = 8;
constexpr uint8_t kFramedRoute = 22;
constexpr uint8_t kVendorSpecific = 26;
constexpr uint8_t kMessageAuthenticator = 80;
constexpr uint8_t kNasIpv6 = 95;
constexpr uint8_t kFramedInterfaceId = 96;
constexpr uint8_t kFramedIpv6Prefix = 97;
constexpr uint8_t kFramedIpv6Route = 99;
constexpr uint8_t kDelegatedIpv6Prefix = 123;
constexpr uint8_t kFramedIpv6Address = 168;
constexpr uint8_t kExtended1 = 241;        // RFC 6929
constexpr uint8_t kExtendedPortRange = 6;  // RFC 8045
constexpr size_t kTypes = 256;

// What is the same for many types: where in the message its value goes.
template <typename Member>
using ByType = std::array<Member, kTypes>;

constexpr ByType<Bytes Message::*> kTexts = [] {
  ByType<Bytes Message::*> members;
  members.fill(nullptr);  // g++ 12 takes {} for a member at offset 0
  members[1] = &Message::user_name;
  members[24] = &Message::state;
  members[25] = &Message::session_class;
  members[30] = &Message::called_station;
  members[31] = &Message::calling_station;
  members[32] = &Message::nas_identifier;
  members[44] = &Message::session_id;
  members[50] = &Message::multi_session_id;
  members[87] = &Message::nas_port_id;
  members[89] = &Message::chargeable_identity;
  return members;
}();

constexpr ByType<std::optional<uint32_t> Message::*> kNumbers = [] {
  ByType<std::optional<uint32_t> Message::*> members;
  members.fill(nullptr);  // g++ 12 takes {} for a member at offset 0
  members[5] = &Message::nas_port;
  members[27] = &Message::session_timeout_s;
  members[40] = &Message::status_type;
  members[41] = &Message::delay_s;
  members[42] = &Message::input_octets;
  members[43] = &Message::output_octets;
  members[46] = &Message::session_time_s;
  members[49] = &Message::terminate_cause;
  members[52] = &Message::input_gigawords;
  members[53] = &Message::output_gigawords;
  members[55] = &Message::event_unix_s;
  members[61] = &Message::nas_port_type;
  members[85] = &Message::interim_s;
  return members;
}();

constexpr ByType<std::optional<Ipv4> Message::*> kAddresses = [] {
  ByType<std::optional<Ipv4> Message::*> members;
  members.fill(nullptr);  // g++ 12 takes {} for a member at offset 0
  members[4] = &Message::nas_ipv4;
  members[kFramedIpv4] = &Message::framed_ipv4;
  members[9] = &Message::framed_netmask;
  return members;
}();

// Whether 8 names an address at all (RFC 2865 section 5.8).
bool is_host(const Ipv4& address) {
  constexpr Ipv4 kNone{0, 0, 0, 0};
  constexpr Ipv4 kUserChooses{255, 255, 255, 255};
  constexpr Ipv4 kServerChooses{255, 255, 255, 254};
  return address != kNone && address != kUserChooses && address != kServerChooses;
}

template <size_t N>
bool read_address(Bytes value, std::optional<std::array<uint8_t, N>>& address) {
  if (value.size() != N) return false;
  if (!address) std::copy_n(value.begin(), N, address.emplace().begin());
  return true;
}

// reserved, length in bits, the octets that hold as many (RFC 3162 section 2.3). Bits behind the length do not count. A
// prefix of no bits is everybody's.
bool read_prefix(Bytes value, UpTo<IpPrefix, kPrefixesMax>& prefixes) {
  ByteReader in(value);
  in.take(1);
  const uint8_t bits = in.u8();
  const Bytes octets = in.rest();
  const size_t needed = (size_t{bits} + 7) / 8;
  if (!in.ok() || bits == 0 || bits > 128 || octets.size() > 16 || octets.size() < needed) return false;
  IpPrefix prefix{.ipv6 = true, .bits = bits};
  std::copy_n(octets.begin(), needed, prefix.octets.begin());
  if (bits % 8 != 0) prefix.octets[needed - 1] &= static_cast<uint8_t>(0xff00U >> bits % 8);
  prefixes.add(prefix);
  return true;
}

bool read_ipv6(Bytes value, UpTo<Ipv6, kPrefixesMax>& addresses) {
  if (value.size() != 16) return false;
  Ipv6 address;
  std::copy_n(value.begin(), 16, address.begin());
  addresses.add(address);
  return true;
}

bool read_span(Bytes value, size_t size, Bytes& into) {
  if (value.size() != size) return false;
  if (into.empty()) into = value;
  return true;
}

bool read_ipv4(uint8_t type, Bytes value, Message& message) {
  std::optional<Ipv4>& address = message.*kAddresses[type];
  if (!read_address(value, address)) return false;
  if (type == kFramedIpv4 && !is_host(*address)) address.reset();
  return true;
}

bool read_number(Bytes value, std::optional<uint32_t>& number) {
  if (value.size() != 4) return false;
  if (!number) number = ByteReader(value).u32();
  return true;
}

// DHCP option 82 as a vendor hands it on: its sub-options, in which 1 and 2 are the line's names (RFC 3046).
bool read_relay_info(Bytes value, Message& message) {
  ByteReader in(value);
  while (in.remaining() > 0) {
    const uint8_t type = in.u8();
    const Bytes name = in.take(in.u8());
    if (!in.ok()) return false;
    if (type != 1 && type != 2) continue;
    Bytes& into = message.by_map[static_cast<size_t>(type == 1 ? Field::kCircuitId : Field::kRemoteId)];
    if (into.empty()) into = name;
  }
  return true;
}

bool read_mapped(Field field, Bytes value, Message& message) {
  switch (field) {
    case Field::kNatAddress:
    case Field::kNatFirst:
    case Field::kNatLast:
      return read_port_part(field, value, message.port_blocks);
    case Field::kNatBlock:
      return read_port_text(value, message.port_blocks);
    case Field::kRelayInfo:
      return read_relay_info(value, message);
    default:
      break;
  }
  Bytes& into = message.by_map[static_cast<size_t>(field)];
  if (into.empty()) into = value;
  return true;
}

void read_by_map(uint32_t vendor, uint8_t type, Bytes value, const AttributeMap& map, Message& message) {
  map.find(vendor, type, value, [&message](Field field, Bytes rest) {
    if (!read_mapped(field, rest, message)) ++message.odd_attributes;
  });
}

// RFC 2865 section 5.26 recommends type, length and value inside, and most vendors do so. Where the octets do not
// divide like that, nothing is read.
bool read_vendor(Bytes value, const AttributeMap& map, Message& message) {
  ByteReader in(value);
  const uint32_t vendor = in.u32();
  const Bytes inside = in.rest();
  while (in.ok() && in.remaining() > 0) {
    in.take(1);
    const uint8_t length = in.u8();
    if (length < 2) return false;
    in.take(length - 2U);
  }
  if (!in.ok()) return false;
  for (ByteReader again(inside); again.remaining() > 0;) {
    const uint8_t type = again.u8();
    const uint8_t length = again.u8();
    read_by_map(vendor, type, again.take(length - 2U), map, message);
  }
  return true;
}

bool read_extended(Bytes value, Message& message) {
  ByteReader in(value);
  if (in.u8() != kExtendedPortRange) return true;
  return read_port_range(in.rest(), message.port_blocks);
}

// What has a type of its own. False where the value has not the form of its type.
bool read_other(uint8_t type, Bytes value, const AttributeMap& map, Message& message) {
  switch (type) {
    case kFramedRoute:
      message.framed_routes.add(value);
      return true;
    case kFramedIpv6Route:
      message.framed_ipv6_routes.add(value);
      return true;
    case kVendorSpecific:
      return read_vendor(value, map, message);
    case kMessageAuthenticator:
      return read_span(value, kAuthenticatorBytes, message.message_authenticator);
    case kNasIpv6:
      return read_address(value, message.nas_ipv6);
    case kFramedInterfaceId:
      return read_span(value, 8, message.framed_interface_id);
    case kFramedIpv6Prefix:
      return read_prefix(value, message.framed_ipv6_prefixes);
    case kDelegatedIpv6Prefix:
      return read_prefix(value, message.delegated_ipv6_prefixes);
    case kFramedIpv6Address:
      return read_ipv6(value, message.framed_ipv6_addresses);
    case kExtended1:
      return read_extended(value, message);
    default:
      return true;
  }
}

bool read_attribute(uint8_t type, Bytes value, const AttributeMap& map, Message& message) {
  if (kTexts[type] != nullptr) {
    Bytes& text = message.*kTexts[type];
    if (text.empty()) text = value;
    return true;
  }
  if (kNumbers[type] != nullptr) return read_number(value, message.*kNumbers[type]);
  if (kAddresses[type] != nullptr) return read_ipv4(type, value, message);
  return read_other(type, value, map, message);
}

}  // namespace

MessageError parse_message(Bytes datagram, const AttributeMap& map, Message& message) noexcept {
  message = Message{};
  ByteReader header(datagram);
  message.code = header.u8();
  message.id = header.u8();
  const uint16_t length = header.u16();
  message.authenticator = header.take(kAuthenticatorBytes);
  if (!header.ok()) return MessageError::kTruncated;
  if (length < kHeaderBytes || length > datagram.size()) return MessageError::kBadLength;
  message.octets = datagram.first(length);
  for (ByteReader in(message.octets.subspan(kHeaderBytes)); in.remaining() > 0;) {
    const uint8_t type = in.u8();
    const uint8_t bytes = in.u8();
    const Bytes value = bytes < 2 ? Bytes{} : in.take(bytes - 2U);
    if (bytes < 2 || !in.ok()) return MessageError::kBadAttribute;
    if (!read_attribute(type, value, map, message)) ++message.odd_attributes;
    read_by_map(0, type, value, map, message);
  }
  return MessageError::kNone;
}

}  // namespace lictor::radius
