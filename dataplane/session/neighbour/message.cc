#include "dataplane/session/neighbour/message.h"

#include <algorithm>

namespace lictor {
namespace {

using Reading = NeighbourReading;

constexpr uint16_t kEthernetHardware = 1;
constexpr uint16_t kIpv4Protocol = 0x0800;
constexpr uint16_t kArpRequest = 1;
constexpr uint16_t kArpReply = 2;

constexpr uint8_t kIcmpv6 = 58;
constexpr uint8_t kRouterSolicitation = 133;
constexpr uint8_t kRouterAdvertisement = 134;
constexpr uint8_t kSolicitation = 135;
constexpr uint8_t kAdvertisement = 136;
constexpr uint8_t kLocalHopLimit = 255;

constexpr uint8_t kSourceLink = 1;
constexpr uint8_t kTargetLink = 2;
constexpr uint8_t kPrefix = 3;
constexpr size_t kOptionUnit = 8;  // lengths of options count these, type and length included
constexpr size_t kLinkOptionRest = 6;
constexpr size_t kPrefixOptionRest = 30;

template <size_t size>
std::array<uint8_t, size> take_octets(ByteReader& in) {
  std::array<uint8_t, size> octets{};
  std::ranges::copy(in.take(size), octets.begin());
  return octets;
}

bool is_group(const MacOctets& mac) { return (mac[0] & 1) != 0; }

// 0.0.0.0/8 but for 0.0.0.0 itself, loopback, multicast and what is above it.
bool can_be_a_hosts(const Ipv4Octets& address) {
  return address == Ipv4Octets{} || (address[0] != 0 && address[0] != 127 && address[0] < 224);
}

ArpKind kind_of(uint16_t operation, const ArpMessage& message) {
  if (message.sender == Ipv4Octets{}) return ArpKind::kProbe;
  if (message.sender == message.target) return ArpKind::kAnnouncement;
  return operation == kArpReply ? ArpKind::kReply : ArpKind::kRequest;
}

// RFC 4443, 2.3 with the pseudo-header of RFC 8200, 8.1: over a message whose checksum holds, all ones.
bool checksum_holds(Bytes octets, const NdEnvelope& envelope) {
  uint64_t sum = octets.size() + kIcmpv6;
  for (size_t i = 0; i < octets.size(); ++i) sum += static_cast<uint64_t>(octets[i]) << (i % 2 == 0 ? 8 : 0);
  for (size_t i = 0; i < envelope.source.size(); ++i) {
    const uint64_t both = uint64_t{envelope.source[i]} + envelope.destination[i];
    sum += both << (i % 2 == 0 ? 8 : 0);
  }
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff;
}

void read_link(ByteReader in, std::optional<MacOctets>& link) {
  if (in.remaining() == kLinkOptionRest) link = take_octets<6>(in);
}

void read_prefix(ByteReader in, NdMessage& message) {
  if (in.remaining() != kPrefixOptionRest) return;
  NdPrefix prefix;
  prefix.bits = in.u8();
  const uint8_t flags = in.u8();
  prefix.on_link = (flags & 0x80) != 0;
  prefix.autonomous = (flags & 0x40) != 0;
  prefix.valid_s = in.u32();
  prefix.preferred_s = in.u32();
  in.u32();  // reserved
  prefix.prefix = take_octets<16>(in);
  const bool possible = prefix.bits <= 128 && prefix.preferred_s <= prefix.valid_s && !is_link_local(prefix.prefix) &&
                        !is_multicast(prefix.prefix);
  if (!possible) return;
  if (message.prefix_count == kNdPrefixesMax) {
    if (message.prefixes_left_out < UINT8_MAX) ++message.prefixes_left_out;
    return;
  }
  message.prefixes[message.prefix_count++] = prefix;
}

Reading read_options(ByteReader& in, NdMessage& message) {
  while (in.remaining() > 0) {
    const uint8_t type = in.u8();
    const size_t bytes = in.u8() * kOptionUnit;
    if (!in.ok() || bytes == 0) return Reading::kBadOption;
    const ByteReader value(in.take(bytes - 2));
    if (!in.ok()) return Reading::kBadOption;
    if (type == kSourceLink && message.kind != NdKind::kAdvertisement) read_link(value, message.source_link);
    if (type == kTargetLink && message.kind == NdKind::kAdvertisement) read_link(value, message.target_link);
    if (type == kPrefix && message.kind == NdKind::kRouterAdvertisement) read_prefix(value, message);
  }
  return Reading::kRead;
}

// What stands between the checksum and the options.
void read_fixed(ByteReader& in, NdMessage& message) {
  switch (message.kind) {
    case NdKind::kRouterSolicitation:
      in.u32();
      return;
    case NdKind::kRouterAdvertisement:
      in.u16();  // hop limit for hosts, flags
      message.router_lifetime_s = in.u16();
      in.u64();  // reachable time, retransmission timer
      return;
    case NdKind::kSolicitation:
    case NdKind::kAdvertisement:
      break;
  }
  const uint32_t flags = in.u32();
  message.target = take_octets<16>(in);
  if (message.kind == NdKind::kSolicitation) {
    message.detects_duplicate = is_unspecified(message.source);
    return;
  }
  message.router = (flags & 0x80000000) != 0;
  message.solicited = (flags & 0x40000000) != 0;
  message.override = (flags & 0x20000000) != 0;
}

// RFC 4861, 6.1.1, 6.1.2, 7.1.1, 7.1.2, behind those checks that all four share. A multicast source is nobody's (RFC
// 4291, 2.7).
bool addresses_go_together(const NdMessage& message) {
  if (is_multicast(message.source)) return false;
  const bool nobody = is_unspecified(message.source);
  switch (message.kind) {
    case NdKind::kRouterSolicitation:
      return !nobody || !message.source_link.has_value();
    case NdKind::kRouterAdvertisement:
      return is_link_local(message.source);
    case NdKind::kSolicitation:
      if (is_multicast(message.target)) return false;
      return !nobody || (is_solicited_node(message.destination) && !message.source_link.has_value());
    case NdKind::kAdvertisement:
      return !nobody && !is_multicast(message.target) && (!is_multicast(message.destination) || !message.solicited);
  }
  return false;
}

std::optional<NdKind> kind_of(uint8_t type) {
  switch (type) {
    case kRouterSolicitation:
      return NdKind::kRouterSolicitation;
    case kRouterAdvertisement:
      return NdKind::kRouterAdvertisement;
    case kSolicitation:
      return NdKind::kSolicitation;
    case kAdvertisement:
      return NdKind::kAdvertisement;
    default:
      return std::nullopt;
  }
}

Reading read_nd(Bytes octets, const NdEnvelope& envelope, NdMessage& message) {
  ByteReader in(octets);
  const std::optional<NdKind> kind = kind_of(in.u8());
  const uint8_t code = in.u8();
  in.u16();  // checksum
  if (!in.ok()) return Reading::kTruncated;
  if (!kind.has_value()) return Reading::kOtherOperation;
  if (envelope.hop_limit != kLocalHopLimit) return Reading::kNotLocal;
  if (!checksum_holds(octets, envelope)) return Reading::kBadChecksum;
  if (code != 0) return Reading::kBadCode;
  message.kind = *kind;
  message.source = envelope.source;
  message.destination = envelope.destination;
  read_fixed(in, message);
  if (!in.ok()) return Reading::kTruncated;
  const Reading reading = read_options(in, message);
  if (reading != Reading::kRead) return reading;
  return addresses_go_together(message) ? Reading::kRead : Reading::kBadAddress;
}

}  // namespace

bool is_solicited_node(const Ipv6Octets& address) noexcept {
  constexpr std::array<uint8_t, 13> kFront = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff};
  return std::ranges::equal(kFront, Bytes(address).first(kFront.size()));
}

NeighbourReading parse_arp(Bytes payload, ArpMessage& message) noexcept {
  message = {};
  ByteReader in(payload);
  const uint16_t hardware = in.u16();
  const uint16_t protocol = in.u16();
  const uint16_t lengths = in.u16();
  const uint16_t operation = in.u16();
  if (!in.ok()) return Reading::kTruncated;
  if (hardware != kEthernetHardware || protocol != kIpv4Protocol || lengths != 0x0604) return Reading::kOtherHardware;
  if (operation != kArpRequest && operation != kArpReply) return Reading::kOtherOperation;
  ArpMessage read;
  read.sender_mac = take_octets<6>(in);
  read.sender = take_octets<4>(in);
  read.target_mac = take_octets<6>(in);
  read.target = take_octets<4>(in);
  if (!in.ok()) return Reading::kTruncated;
  read.kind = kind_of(operation, read);
  if (is_group(read.sender_mac) || read.sender_mac == MacOctets{}) return Reading::kBadAddress;
  if (!can_be_a_hosts(read.sender)) return Reading::kBadAddress;
  if (read.kind == ArpKind::kProbe && operation == kArpReply) return Reading::kBadAddress;
  message = read;
  return Reading::kRead;
}

NeighbourReading parse_nd(Bytes message_octets, const NdEnvelope& envelope, NdMessage& message) noexcept {
  message = {};
  NdMessage read;
  const Reading reading = read_nd(message_octets, envelope, read);
  if (reading == Reading::kRead) message = read;
  return reading;
}

}  // namespace lictor
