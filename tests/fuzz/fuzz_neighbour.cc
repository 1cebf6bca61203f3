// Any octets as an ARP message and as an IPv6 packet that carries Neighbour Discovery: what has a fault shows nothing,
// and what is read keeps every rule of RFC 4861. Most octets have no good checksum, so the packet is read again with
// the one that belongs to it and the hop limit of a neighbour.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/session/neighbour/message.h"

namespace {

using namespace lictor;

constexpr size_t kIpv6Header = 40;
constexpr size_t kTargetEnd = 24;

void check_arp(Bytes octets) {
  ArpMessage message;
  const NeighbourReading reading = parse_arp(octets, message);
  LICTOR_CHECK(reading < NeighbourReading::kCount);
  if (reading != NeighbourReading::kRead) {
    LICTOR_CHECK(message.sender_mac == MacOctets{} && message.sender == Ipv4Octets{});
    return;
  }
  LICTOR_CHECK(octets.size() >= 28);
  LICTOR_CHECK((message.sender_mac[0] & 1) == 0 && message.sender_mac != MacOctets{});
  LICTOR_CHECK((message.kind == ArpKind::kProbe) == (message.sender == Ipv4Octets{}));
  LICTOR_CHECK(message.kind != ArpKind::kAnnouncement || message.sender == message.target);
}

void check_rules(const NdMessage& message) {
  const bool nobody = is_unspecified(message.source);
  LICTOR_CHECK(!nobody || !message.source_link.has_value());
  LICTOR_CHECK(!is_multicast(message.target) && !is_multicast(message.source));
  LICTOR_CHECK(message.kind != NdKind::kRouterAdvertisement || is_link_local(message.source));
  LICTOR_CHECK(message.kind == NdKind::kRouterAdvertisement || message.prefix_count == 0);
  LICTOR_CHECK(message.kind == NdKind::kAdvertisement || !message.target_link.has_value());
  LICTOR_CHECK(message.kind != NdKind::kAdvertisement || !message.source_link.has_value());
  LICTOR_CHECK(message.detects_duplicate == (message.kind == NdKind::kSolicitation && nobody));
  LICTOR_CHECK(message.prefix_count <= kNdPrefixesMax);
  for (size_t i = 0; i < message.prefix_count; ++i) LICTOR_CHECK(message.prefixes[i].bits <= 128);
}

NeighbourReading read(Bytes octets, const NdEnvelope& envelope) {
  NdMessage message;
  const NeighbourReading reading = parse_nd(octets, envelope, message);
  LICTOR_CHECK(reading < NeighbourReading::kCount);
  LICTOR_CHECK(reading == NeighbourReading::kRead || is_unspecified(message.target));
  if (reading != NeighbourReading::kRead) return reading;
  check_rules(message);
  const bool has_target = message.kind == NdKind::kSolicitation || message.kind == NdKind::kAdvertisement;
  if (has_target) LICTOR_CHECK(std::ranges::equal(message.target, octets.subspan(8, kTargetEnd - 8)));
  return reading;
}

// Puts right what `octets` are short of: adding the ones' complement of what the sum lacks.
void put_checksum(std::vector<uint8_t>& octets, const NdEnvelope& envelope) {
  octets[2] = octets[3] = 0;
  uint64_t sum = 58 + octets.size();
  const auto add = [&sum](Bytes part) {
    for (size_t i = 0; i < part.size(); ++i) sum += uint64_t{part[i]} << (i % 2 == 0 ? 8 : 0);
  };
  add(octets);
  add(envelope.source);
  add(envelope.destination);
  const auto rest = static_cast<uint16_t>(0xffff - sum % 0xffff);
  octets[2] = static_cast<uint8_t>(rest >> 8);
  octets[3] = static_cast<uint8_t>(rest);
}

void check_nd(Bytes packet) {
  if (packet.size() < kIpv6Header + 4) return;
  NdEnvelope envelope;
  std::copy_n(packet.begin() + 8, 16, envelope.source.begin());
  std::copy_n(packet.begin() + 24, 16, envelope.destination.begin());
  envelope.hop_limit = packet[7];
  std::vector<uint8_t> message(packet.begin() + kIpv6Header, packet.end());
  static_cast<void>(read(message, envelope));
  put_checksum(message, envelope);
  envelope.hop_limit = 255;
  LICTOR_CHECK(read(message, envelope) != NeighbourReading::kBadChecksum);
  message.back() ^= 1;
  if (message.size() > 4) LICTOR_CHECK(read(message, envelope) != NeighbourReading::kRead);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  check_arp({data, size});
  check_nd({data, size});
  return 0;
}
