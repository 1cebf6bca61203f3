#include "dataplane/packet/deduplicator.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "dataplane/base/check.h"
#include "dataplane/packet/level_octets.h"

namespace lictor {
namespace {

constexpr uint8_t kIcmp = 1;
constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;
constexpr uint8_t kIcmpV6 = 58;
constexpr size_t kChecksumBytes = 2;

// The transport header's first octets, which hold the checksum, are hashed from a copy with zeros there.
constexpr size_t kBlankedBytes = 24;

// Where the transport's checksum stands in its header; kBlankedBytes: nowhere. Middleboxes and offloading change it.
size_t checksum_offset(uint8_t protocol) {
  switch (protocol) {
    case kTcp:
      return 16;
    case kUdp:
      return 6;
    case kIcmp:
    case kIcmpV6:
      return 2;
    default:
      return kBlankedBytes;
  }
}

uint64_t load(Bytes octets) {
  uint64_t word = 0;
  std::memcpy(&word, octets.data(), std::min(octets.size(), sizeof(word)));
  return word;
}

struct Header {
  size_t bytes;
  std::array<uint64_t, 5> words;  // what of it is invariant
};

Header ipv4_header(Bytes ip) {
  ByteReader in(ip);
  const size_t header_bytes = (in.u8() & 15U) * size_t{4};
  in.u8();  // DSCP and ECN
  const uint64_t total = in.u16();
  const uint64_t identification = in.u16();
  const uint64_t fragment = in.u16();
  in.u8();  // TTL
  const uint64_t protocol = in.u8();
  in.u16();  // checksum
  return {std::clamp(header_bytes, kIpv4HeaderBytes, ip.size()),
          {total << 48 | identification << 32 | fragment << 16 | protocol << 8 | 4, in.u64(), 0, 0, 0}};
}

Header ipv6_header(Bytes ip) {
  ByteReader in(ip);
  const uint64_t flow_label = in.u32() & 0xfffff;  // a host gives a retransmission another one to find another path
  const uint64_t payload = in.u16();
  const uint64_t next = in.u8();
  in.u8();  // hop limit
  return {kIpv6HeaderBytes,
          {payload << 48 | next << 40 | flow_label << 8 | 6, load(ip.subspan(8)), load(ip.subspan(16)),
           load(ip.subspan(24)), load(ip.subspan(32))}};
}

}  // namespace

Hash128 packet_identity(const HashKey& key, const IpLevel& level, Bytes frame) noexcept {
  const Bytes ip = octets_of(level, frame);
  std::array<uint64_t, 9> words{ip.size()};
  if (ip.size() < (level.ipv6 ? kIpv6HeaderBytes : kIpv4HeaderBytes)) return sip_hash(key, words, ip);
  const Header header = level.ipv6 ? ipv6_header(ip) : ipv4_header(ip);
  words[0] |= uint64_t{header.bytes} << 32;
  std::ranges::copy(header.words, words.begin() + 1);

  const Bytes payload = ip.subspan(header.bytes);
  // Where a transport header is known and nothing stands between it and the IP header. A checksum behind extension
  // headers is left as it is: where it changes, the packet is delivered twice and not lost.
  const bool transport =
      level.fragment != FragmentKind::kLater && level.transport_offset == level.offset + header.bytes;
  const size_t checksum = transport ? checksum_offset(level.protocol) : kBlankedBytes;
  std::array<uint8_t, kBlankedBytes> blanked{};
  const Bytes first = payload.first(std::min(payload.size(), kBlankedBytes));
  std::ranges::copy(first, blanked.begin());
  if (checksum < kBlankedBytes) std::fill_n(blanked.begin() + checksum, kChecksumBytes, uint8_t{0});
  std::memcpy(&words[6], blanked.data(), blanked.size());
  return sip_hash(key, words, payload.subspan(first.size()));
}

Hash128 frame_identity(const HashKey& key, Bytes frame) noexcept {
  const std::array<uint64_t, 1> words{frame.size()};
  return sip_hash(key, words, frame);
}

// The packet's is keyed and even: whatever is added to all of them keeps them apart.
Hash128 identity_of(const Hash128& packet, TaskSlot slot) noexcept {
  const uint64_t mixed = (uint64_t{index_of(slot)} + 1) * 0x9e3779b97f4a7c15;
  return {.low = packet.low, .high = packet.high ^ mixed ^ mixed >> 29};
}

Deduplicator::Deduplicator(const DeduplicatorPlan& plan)
    : window_ns_(static_cast<uint64_t>(plan.window_ns)),
      ports_(plan.ports),
      buckets_(std::bit_ceil((plan.places + kBucketPlaces - 1) / kBucketPlaces)),
      evicted_(plan.evicted) {
  LICTOR_CHECK(plan.places > 0 && plan.window_ns > 0);
}

bool Deduplicator::in_window(const Place& place, PacketTime time) const {
  if (place.seen_at == 0) return false;
  const auto then = static_cast<uint64_t>(place.time_ns);
  const auto now = static_cast<uint64_t>(time.unix_ns);
  return (time.unix_ns > place.time_ns ? now - then : then - now) <= window_ns_;
}

bool Deduplicator::is_duplicate(const Hash128& identity, uint16_t port, PacketTime time) noexcept {
  const uint32_t bit = uint32_t{1} << port;
  LICTOR_CHECK((ports_ & bit) != 0);
  Bucket& bucket = buckets_[identity.high & (buckets_.size() - 1)];
  Place* first = nullptr;  // the earliest occurrence that this port has not seen
  for (Place& place : bucket.places) {
    if (place.identity != identity || (place.seen_at & bit) != 0 || !in_window(place, time)) continue;
    if (first == nullptr || place.time_ns < first->time_ns) first = &place;
  }
  if (first == nullptr) {
    remember(bucket, {.identity = identity, .time_ns = time.unix_ns, .seen_at = bit}, time);
    return false;
  }
  first->seen_at |= bit;
  if (first->seen_at == ports_) first->seen_at = 0;  // nobody is left who could see it
  return true;
}

void Deduplicator::remember(Bucket& bucket, const Place& place, PacketTime time) noexcept {
  Place* chosen = &bucket.places[0];
  for (Place& each : bucket.places) {
    if (!in_window(each, time)) {
      each = place;
      return;
    }
    if (each.time_ns < chosen->time_ns) chosen = &each;
  }
  if (evicted_ != nullptr) evicted_->add(1);
  *chosen = place;
}

}  // namespace lictor
