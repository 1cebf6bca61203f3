#include "dataplane/signal_stage.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <new>
#include <utility>

#include "dataplane/frame_copy.h"
#include "dataplane/packet/flow_match.h"

namespace lictor {
namespace {

constexpr size_t kUdpHeaderBytes = 8;
constexpr size_t kIpv4HopLimit = 8;
constexpr size_t kIpv6HopLimit = 7;
constexpr size_t kMacBytes = 6;
constexpr uint8_t kIcmpV6 = 58;
constexpr uint8_t kNeighbourSolicitation = 135;
constexpr uint8_t kNeighbourAdvertisement = 136;
constexpr uint16_t kArpType = 0x0806;
constexpr uint16_t kPppoeDiscoveryType = 0x8863;
constexpr uint16_t kPppoeSessionType = 0x8864;
constexpr size_t kPppoeHeaderBytes = 6;
constexpr uint16_t kPppIpv4 = 0x0021;
constexpr uint16_t kPppIpv6 = 0x0057;

// Where a UDP datagram's payload is, as far as it was captured; no octets where its header is cut.
struct Payload {
  uint32_t offset = 0;
  uint32_t bytes = 0;
};

Payload payload_of(const IpLevel& level, Bytes header) {
  if (level.transport_offset == 0 || size_t{level.transport_offset} + kUdpHeaderBytes > header.size()) return {};
  ByteReader udp(header.subspan(level.transport_offset, kUdpHeaderBytes));
  udp.take(4);  // ports
  const uint32_t claimed = udp.u16();
  const uint32_t captured = level.offset + level.bytes - level.transport_offset;
  if (claimed < kUdpHeaderBytes || captured < kUdpHeaderBytes) return {};
  return {.offset = level.transport_offset + static_cast<uint32_t>(kUdpHeaderBytes),
          .bytes = std::min(claimed, captured) - static_cast<uint32_t>(kUdpHeaderBytes)};
}

// The same of a TCP segment with its header.
Payload segment_of(const IpLevel& level) {
  const uint32_t end = level.offset + level.bytes;
  if (level.transport_offset == 0 || level.transport_offset >= end) return {};
  return {.offset = level.transport_offset, .bytes = end - level.transport_offset};
}

SignalEnd end_of(const IpLevel& level, const uint8_t* address, uint16_t port) {
  SignalEnd end{.port = port};
  std::copy_n(address, level.ipv6 ? 16 : 4, end.address.begin());
  return end;
}

void fill_macs(SignalRecordHeader& record, Bytes ethernet) {
  if (ethernet.size() < 2 * kMacBytes) return;
  std::copy_n(ethernet.begin(), kMacBytes, record.destination_mac.begin());
  std::copy_n(ethernet.begin() + kMacBytes, kMacBytes, record.source_mac.begin());
}

// What is behind an Ethernet header and its tags; without octets where these are cut.
struct EthernetPayload {
  uint32_t offset = 0;
  uint16_t type = 0;
  uint8_t vlan_count = 0;
  std::array<uint16_t, 4> vlans{};
};

EthernetPayload ethernet_payload_of(Bytes header) {
  EthernetPayload payload;
  ByteReader in(header);
  in.take(2 * kMacBytes);
  for (payload.type = in.u16(); in.ok() && prefilter::is_tag(payload.type); payload.type = in.u16()) {
    if (payload.vlan_count == payload.vlans.size()) return {};
    payload.vlans[payload.vlan_count++] = in.u16() & 0x0fff;
  }
  if (!in.ok()) return {};
  payload.offset = static_cast<uint32_t>(2 * kMacBytes + 2 + 4U * payload.vlan_count);
  return payload;
}

// IP in PPP is nobody's signalling.
std::optional<SignalKind> kind_of(const EthernetPayload& payload, Bytes header) {
  if (payload.offset == 0) return std::nullopt;
  if (payload.type == kPppoeDiscoveryType) return SignalKind::kPppoeDiscovery;
  if (payload.type == kArpType) return SignalKind::kArp;
  if (payload.type != kPppoeSessionType || payload.offset + kPppoeHeaderBytes + 2 > header.size()) return std::nullopt;
  const uint16_t protocol = prefilter::be16(header.data() + payload.offset + kPppoeHeaderBytes);
  if (protocol == kPppIpv4 || protocol == kPppIpv6) return std::nullopt;
  return SignalKind::kPppoeSession;
}

}  // namespace

LinkSignals SignalStage::links_at(uint16_t port) const {
  if (!concerns()) return {};
  const auto hears = [&](SignalKind kind) { return plan_.sources->hears_link(kind, port); };
  return {.pppoe = hears(SignalKind::kPppoeDiscovery) || hears(SignalKind::kPppoeSession),
          .arp = hears(SignalKind::kArp),
          .neighbour = hears(SignalKind::kNeighbour)};
}

void SignalStage::see(const PacketBatch& batch, std::span<const rte_mbuf* const> frames) noexcept {
  for (size_t i = 0; i < batch.count; ++i) {
    if (see_datagram(batch, i, *frames[i]) || see_neighbour(batch, i, *frames[i])) continue;
    see_link(batch, i, *frames[i]);
  }
}

bool SignalStage::see_datagram(const PacketBatch& batch, size_t index, const rte_mbuf& frame) noexcept {
  const ParsedFrame& parsed = batch.parsed[index];
  const Bytes header = batch.header[index];
  for (uint8_t at = parsed.level_count; at-- > 0;) {
    const IpLevel& level = parsed.level[at];
    const uint8_t* const ip = header.data() + level.offset;
    if (level.fragment != FragmentKind::kWhole) {
      const std::optional<uint16_t> set = plan_.sources->find_fragment(level, ip, batch.port);
      if (!set) continue;
      account_.fragments.add(1);
      copy_level(batch, index, level, {SignalKind::kFragment, *set, level.offset, level.bytes}, frame);
      return true;
    }
    const std::optional<SignalSources::Found> found = plan_.sources->find(level, ip, batch.port);
    if (!found) continue;
    const bool is_segment = found->kind == SignalKind::kSipSegment;
    const Payload payload = is_segment ? segment_of(level) : payload_of(level, header);
    if (payload.offset == 0) {
      account_.cut.add(1);
    } else {
      copy_level(batch, index, level, {found->kind, found->source_set, payload.offset, payload.bytes}, frame);
    }
    return true;
  }
  return false;
}

// Neighbour Discovery is of the outermost level: within a tunnel it is another link's.
bool SignalStage::see_neighbour(const PacketBatch& batch, size_t index, const rte_mbuf& frame) noexcept {
  const ParsedFrame& parsed = batch.parsed[index];
  if (parsed.level_count == 0) return false;
  const IpLevel& level = parsed.level[0];
  if (!level.ipv6 || level.protocol != kIcmpV6 || level.fragment != FragmentKind::kWhole) return false;
  const std::optional<uint16_t> set = plan_.sources->find_link(SignalKind::kNeighbour, batch.port);
  const Bytes header = batch.header[index];
  if (!set || level.transport_offset == 0 || level.transport_offset >= header.size()) return false;
  const uint8_t type = header[level.transport_offset];
  if (type != kNeighbourSolicitation && type != kNeighbourAdvertisement) return false;
  const uint32_t bytes = level.offset + level.bytes - level.transport_offset;
  copy_level(batch, index, level, {SignalKind::kNeighbour, *set, level.transport_offset, bytes}, frame);
  return true;
}

void SignalStage::see_link(const PacketBatch& batch, size_t index, const rte_mbuf& frame) noexcept {
  const ParsedFrame& parsed = batch.parsed[index];
  if (parsed.level_count != 0) return;
  const Bytes header = batch.header[index];
  const EthernetPayload payload = ethernet_payload_of(header);
  const std::optional<SignalKind> kind = kind_of(payload, header);
  if (!kind) return;
  const std::optional<uint16_t> set = plan_.sources->find_link(*kind, batch.port);
  if (!set) return;
  SignalRecordHeader* const record =
      copy(batch, index, {*kind, *set, payload.offset, frame.pkt_len - payload.offset}, frame);
  if (record == nullptr) return;
  record->vlan_count = payload.vlan_count;
  record->vlans = payload.vlans;
  fill_macs(*record, header);
}

void SignalStage::copy_level(const PacketBatch& batch, size_t index, const IpLevel& level, const Place& place,
                             const rte_mbuf& frame) noexcept {
  SignalRecordHeader* const record = copy(batch, index, place, frame);
  if (record == nullptr) return;
  const Bytes header = batch.header[index];
  const uint8_t* const ip = header.data() + level.offset;
  record->ipv6 = level.ipv6;
  record->hop_limit = ip[level.ipv6 ? kIpv6HopLimit : kIpv4HopLimit];
  record->source = end_of(level, source_of(level, ip), level.source_port);
  record->destination = end_of(level, destination_of(level, ip), level.destination_port);
  record->vlan_count = level.vlan_count;
  record->vlans = level.vlans;
  if (level.ethernet_offset != kNoContext && level.ethernet_offset <= header.size()) {
    fill_macs(*record, header.subspan(level.ethernet_offset));
  }
}

// Null: the ring is full.
SignalRecordHeader* SignalStage::copy(const PacketBatch& batch, size_t index, const Place& place,
                                      const rte_mbuf& frame) noexcept {
  const uint32_t frame_bytes = frame.pkt_len;
  const size_t bytes = signal_record_bytes(frame_bytes);
  const size_t lcore = session_lcore_of(place.source_set, plan_.rings.size());
  SpscByteRing& ring = *plan_.rings[lcore]->bytes;
  const MutableBytes room = ring.reserve(bytes);
  if (room.empty()) {
    account_.lost.add(1);
    return nullptr;
  }
  auto* const record = new (room.data()) SignalRecordHeader{.record_bytes = static_cast<uint32_t>(bytes),
                                                            .frame_bytes = frame_bytes,
                                                            .message_offset = place.offset,
                                                            .message_bytes = place.bytes,
                                                            .arrival = batch.arrival[index],
                                                            .kind = place.kind,
                                                            .port = batch.port,
                                                            .source_set = place.source_set};
  copy_segments(frame, room.data() + sizeof(SignalRecordHeader));
  ring.commit(bytes);
  written_[lcore] += bytes;
  account_.taken.add(1);
  return record;  // its reader does not see it before publish()
}

void SignalStage::publish() noexcept {
  for (size_t i = 0; i < plan_.rings.size(); ++i) {
    plan_.rings[i]->bytes->publish();
    if (std::exchange(shown_[i], written_[i]) != written_[i]) plan_.naps[i]->wake();
  }
}

void SignalStage::passed(LegalTime now) noexcept {
  for (MatchRing* const ring : plan_.rings) ring->passed(now);
}

bool SignalStage::is_in_force() const noexcept {
  for (size_t i = 0; i < written_.size(); ++i) {
    if (plan_.rings[i]->octets_in_force() < written_[i]) return false;
  }
  return true;
}

bool SignalStage::has_room_for_burst(uint32_t frame_bytes_max) noexcept {
  const size_t bytes = kBurst * signal_record_bytes(frame_bytes_max);
  return std::ranges::all_of(plan_.rings, [bytes](MatchRing* ring) { return ring->bytes->room_up_to(bytes) >= bytes; });
}

}  // namespace lictor
