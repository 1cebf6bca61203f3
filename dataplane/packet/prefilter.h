// The first look at a burst: which frames can concern anybody at all? One pass over the first octets, without a header
// walk, that answers "no" for nearly every frame of strangers in a few cycles. What it lets through is parsed and
// classified; it never holds back what would have matched, been dropped or looked into (tests hold it to that).
// Pure; rx lcores.
#pragma once

#include <bit>
#include <cstring>

#include "dataplane/packet/encapsulation.h"
#include "dataplane/packet/packet_batch.h"
#include "dataplane/packet/target_table.h"

namespace lictor {

// One frame as the prefilter sees it: `contiguous` octets at `data` of `bytes` in all.
struct FrameView {
  const uint8_t* data;
  uint32_t contiguous;
  uint32_t bytes;
};

// What of the IP header makes a frame one to look into, as its port trusts encapsulations. Made once a port.
class PrefilterPlan {
 public:
  PrefilterPlan(const EncapsulationTrust& trust, uint32_t frame_bytes_max);

  [[nodiscard]] uint32_t frame_bytes_max() const { return frame_bytes_max_; }
  // An EtherType that is neither IP nor a tag.
  [[nodiscard]] bool looks_into_type(uint16_t type) const {
    return type <= kLengthMax || (trusts_below_ip_ && (type == 0x8847 || type == 0x8848 || type == 0x8864));
  }
  [[nodiscard]] bool looks_into(uint8_t protocol) const {
    return (protocols_[protocol / 64] >> protocol % 64 & 1) != 0;
  }
  // Some UDP ports are looked into; which ones is the parser's business: one port in 64 looks like another here.
  [[nodiscard]] bool has_udp() const { return udp_ports_ != 0; }
  [[nodiscard]] bool looks_into_udp(uint16_t port) const { return (udp_ports_ >> port % 64 & 1) != 0; }

 private:
  static constexpr uint16_t kLengthMax = 1500;  // IEEE 802.3: up to here LLC follows

  uint32_t frame_bytes_max_;
  bool trusts_below_ip_;
  std::array<uint64_t, 4> protocols_{};
  uint64_t udp_ports_ = 0;
};

namespace prefilter {

constexpr uint32_t kHeaderBytes = 22 + 40 + 4;  // two tags, IPv6, ports: a frame that is shorter is looked at
constexpr uint8_t kUdp = 17;
constexpr uint8_t kTcp = 6;

inline uint16_t be16(const uint8_t* at) {
  uint16_t value;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap16(value);
}
inline uint32_t be32(const uint8_t* at) {
  uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap32(value);
}
inline uint64_t be64(const uint8_t* at) {
  uint64_t value;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap64(value);
}
inline bool is_tag(uint16_t type) { return type == 0x8100 || type == 0x88a8 || type == 0x9100; }

// What is asked of the filters for one frame.
struct Question {
  uint64_t source = 0;  // hashes of the addresses
  uint64_t destination = 0;
  uint64_t source_granule = 0;
  uint64_t destination_granule = 0;
};

enum class Look : uint8_t { kNo, kAsk, kYes };

inline bool is_plain_transport(uint8_t protocol) { return protocol == kTcp || protocol == kUdp; }

// Ports matter to media, and where a port may be a tunnel's. `transport` has 4 octets.
inline Look look_at_transport(const PrefilterPlan& plan, const TargetTable::Kinds& kinds, uint8_t protocol,
                              const uint8_t* transport) {
  if (plan.looks_into(protocol)) return Look::kYes;
  if (protocol == kUdp && plan.has_udp() &&
      (plan.looks_into_udp(be16(transport)) || plan.looks_into_udp(be16(transport + 2)))) {
    return Look::kYes;
  }
  return kinds.endpoints && !is_plain_transport(protocol) ? Look::kYes : Look::kAsk;
}

inline Look look_at_ipv4(const PrefilterPlan& plan, const TargetTable::Kinds& kinds, const uint8_t* ip, Question& ask) {
  const uint16_t total = be16(ip + 2);
  const bool fragment = (be16(ip + 6) & 0x3fff) != 0;
  if (ip[0] != 0x45 || (total != 0 && total < 28) || kinds.all_ipv4) return Look::kYes;
  if (fragment && kinds.endpoints) return Look::kYes;
  const Ipv4Key source{be32(ip + 12)};
  const Ipv4Key destination{be32(ip + 16)};
  ask.source = source.hash();
  ask.destination = destination.hash();
  ask.source_granule = Ipv4Key{source.value >> (32 - TargetTable::kIpv4Granule)}.hash();
  ask.destination_granule = Ipv4Key{destination.value >> (32 - TargetTable::kIpv4Granule)}.hash();
  return look_at_transport(plan, kinds, ip[9], ip + 20);
}

// Only where the transport follows at once: a chain of headers is walked by the parser.
inline Look look_at_ipv6(const PrefilterPlan& plan, const TargetTable::Kinds& kinds, const uint8_t* ip, Question& ask) {
  constexpr uint64_t kGranuleMask = UINT64_MAX << (64 - TargetTable::kIpv6Granule);
  const uint8_t next = ip[6];
  if (ip[0] >> 4 != 6 || kinds.all_ipv6) return Look::kYes;
  if (!is_plain_transport(next) && next != 58) return Look::kYes;
  const Ipv6Key source{be64(ip + 8), be64(ip + 16)};
  const Ipv6Key destination{be64(ip + 24), be64(ip + 32)};
  ask.source = source.hash();
  ask.destination = destination.hash();
  ask.source_granule = Ipv6Key{source.high & kGranuleMask, 0}.hash();
  ask.destination_granule = Ipv6Key{destination.high & kGranuleMask, 0}.hash();
  return look_at_transport(plan, kinds, next, ip + 40);
}

inline Look look_at(const PrefilterPlan& plan, const TargetTable::Kinds& kinds, const FrameView& frame,
                    uint32_t& offset, Question& ask) {
  if (frame.contiguous < kHeaderBytes || frame.bytes > plan.frame_bytes_max()) return Look::kYes;
  uint16_t type = be16(frame.data + 12);
  offset = 14;
  if (is_tag(type)) {
    type = be16(frame.data + 16);
    offset = 18;
    if (is_tag(type)) {
      type = be16(frame.data + 20);
      offset = 22;
    }
  }
  if (type == 0x0800) return look_at_ipv4(plan, kinds, frame.data + offset, ask);
  if (type == 0x86dd) return look_at_ipv6(plan, kinds, frame.data + offset, ask);
  return is_tag(type) || plan.looks_into_type(type) ? Look::kYes : Look::kNo;
}

// Media: an address with a port. `transport` is that of TCP or UDP.
inline bool may_be_endpoint(const AddressFilter& hosts, const Question& ask, const uint8_t* transport) {
  return hosts.maybe(endpoint_hash(ask.source, be16(transport))) ||
         hosts.maybe(endpoint_hash(ask.destination, be16(transport + 2)));
}

// Layer 2: both MAC addresses, and the tags up to the IP header at `offset`.
inline bool may_be_layer2(const TargetTable& table, const uint8_t* frame, uint32_t offset) {
  if (table.kinds().macs &&
      (table.hosts().maybe(mac_key(frame).hash()) || table.hosts().maybe(mac_key(frame + 6).hash()))) {
    return true;
  }
  if (!table.kinds().vlans || offset == 14) return false;
  const std::array<uint16_t, 2> vlans = {static_cast<uint16_t>(be16(frame + 14) & 0x0fff),
                                         static_cast<uint16_t>(be16(frame + 18) & 0x0fff)};
  return table.hosts().maybe(vlans_key(vlans, static_cast<uint8_t>((offset - 14) / 4)).hash());
}

inline bool may_concern_somebody(const TargetTable& table, const FrameView& frame, uint32_t offset,
                                 const Question& ask) {
  const TargetTable::Kinds& kinds = table.kinds();
  bool maybe = table.hosts().maybe(ask.source) | table.hosts().maybe(ask.destination);
  if (kinds.prefixes) {
    maybe |= table.prefixes().maybe(ask.source_granule) | table.prefixes().maybe(ask.destination_granule);
  }
  if (kinds.endpoints) {
    const uint32_t header_bytes = frame.data[offset] >> 4 == 6 ? 40 : 20;
    maybe |= may_be_endpoint(table.hosts(), ask, frame.data + offset + header_bytes);
  }
  if (kinds.macs || kinds.vlans) maybe |= may_be_layer2(table, frame.data, offset);
  return maybe;
}

}  // namespace prefilter

// Bit i is set where frame i must be parsed: `frame_at(i)` gives its FrameView, for i below `count` <= kBurst. A table
// whose filter is beyond the caches is asked ahead: first every hash and its cache line, then the answers.
template <typename FrameAt>
uint32_t prefilter_burst(size_t count, const PrefilterPlan& plan, const TargetTable& table, FrameAt frame_at) noexcept {
  static_assert(kBurst == 32, "a bit a frame");
  constexpr size_t kCachedBytes = size_t{256} << 10;
  uint32_t mask = 0;
  if (table.hosts().bytes() <= kCachedBytes) {
    for (size_t i = 0; i < count; ++i) {
      const FrameView frame = frame_at(i);
      prefilter::Question ask;
      uint32_t offset = 0;
      const prefilter::Look look = prefilter::look_at(plan, table.kinds(), frame, offset, ask);
      const bool maybe = look == prefilter::Look::kAsk ? prefilter::may_concern_somebody(table, frame, offset, ask)
                                                       : look == prefilter::Look::kYes;
      mask |= static_cast<uint32_t>(maybe) << i;
    }
    return mask;
  }
  std::array<prefilter::Question, kBurst> asks;
  std::array<uint32_t, kBurst> offsets;
  uint32_t to_ask = 0;
  for (size_t i = 0; i < count; ++i) {
    const prefilter::Look look = prefilter::look_at(plan, table.kinds(), frame_at(i), offsets[i], asks[i]);
    mask |= static_cast<uint32_t>(look == prefilter::Look::kYes) << i;
    to_ask |= static_cast<uint32_t>(look == prefilter::Look::kAsk) << i;
    table.hosts().prefetch(asks[i].source);
    table.hosts().prefetch(asks[i].destination);
  }
  for (; to_ask != 0; to_ask &= to_ask - 1) {
    const auto i = static_cast<size_t>(std::countr_zero(to_ask));
    mask |= static_cast<uint32_t>(prefilter::may_concern_somebody(table, frame_at(i), offsets[i], asks[i])) << i;
  }
  return mask;
}

}  // namespace lictor
