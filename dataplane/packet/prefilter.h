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

struct Prefiltered {
  uint32_t candidates;  // bit i: frame i must be parsed
  uint64_t bytes;       // of the whole burst
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
  // Neither protocol nor ports matter.
  [[nodiscard]] bool addresses_decide() const { return addresses_decide_; }
  [[nodiscard]] bool has_udp() const { return udp_ports_ != 0; }
  [[nodiscard]] bool looks_into_udp(uint16_t port) const { return (udp_ports_ >> port % 64 & 1) != 0; }

 private:
  static constexpr uint16_t kLengthMax = 1500;  // IEEE 802.3: up to here LLC follows

  uint32_t frame_bytes_max_;
  bool trusts_below_ip_;
  bool addresses_decide_;
  std::array<uint64_t, 4> protocols_{};
  uint64_t udp_ports_ = 0;
};

namespace prefilter {

// Inlined by force: as calls, what they answer would go through memory, at a third of the whole cost.

// Where fewer octets are contiguous a frame is looked at: up to two tags, an IPv4 header and the ports behind it.
constexpr uint32_t kFrameBytes = 22 + 20 + 4;
constexpr uint32_t kIpv6Bytes = 40 + 4;
constexpr uint8_t kUdp = 17;
constexpr uint8_t kTcp = 6;

[[gnu::always_inline]] inline uint16_t be16(const uint8_t* at) {
  uint16_t value;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap16(value);
}
[[gnu::always_inline]] inline uint32_t be32(const uint8_t* at) {
  uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap32(value);
}
[[gnu::always_inline]] inline uint64_t be64(const uint8_t* at) {
  uint64_t value;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap64(value);
}
[[gnu::always_inline]] inline bool is_tag(uint16_t type) { return type == 0x8100 || type == 0x88a8 || type == 0x9100; }

// What is asked of the filters for one frame: hashes of its addresses.
struct Question {
  uint64_t source;
  uint64_t destination;
};

// Ports matter to media, and where a port may be a tunnel's. `transport` has 4 octets.
[[gnu::always_inline]] inline bool must_look_at_transport(const PrefilterPlan& plan, const TargetTable::Kinds& kinds,
                                                          uint8_t protocol, const uint8_t* transport) {
  if (plan.looks_into(protocol)) return true;
  if (protocol == kUdp && plan.has_udp() &&
      (plan.looks_into_udp(be16(transport)) || plan.looks_into_udp(be16(transport + 2)))) {
    return true;
  }
  return kinds.endpoints && protocol != kUdp && protocol != kTcp;
}

// `kPlain`: addresses alone decide, here and below. `ask(question, offset)` says whether to look.
template <bool kPlain, typename Ask>
[[gnu::always_inline]] inline bool must_look_at_ipv4(const PrefilterPlan& plan, const TargetTable& table,
                                                     const uint8_t* frame, uint8_t offset, Ask& ask) {
  const uint8_t* const ip = frame + offset;
  const TargetTable::Kinds& kinds = table.kinds();
  const uint16_t total = be16(ip + 2);
  if (ip[0] != 0x45 || total < 28) return true;
  if (!kPlain) {
    const bool fragment = (be16(ip + 6) & 0x3fff) != 0;
    if (kinds.all_ipv4 || (fragment && kinds.endpoints)) return true;
    if (must_look_at_transport(plan, kinds, ip[9], ip + 20)) return true;
  }
  const Ipv4Key source{be32(ip + 12)};
  const Ipv4Key destination{be32(ip + 16)};
  if (kinds.prefixes && (table.touches_sixteenth(source) || table.touches_sixteenth(destination)) &&
      (table.prefixes().maybe(TargetTable::granule_hash(source)) ||
       table.prefixes().maybe(TargetTable::granule_hash(destination)))) {
    return true;
  }
  return ask(Question{source.hash(), destination.hash()}, offset);
}

template <bool kPlain, typename Ask>
[[gnu::always_inline]] inline bool must_look_at_ipv6(const PrefilterPlan& plan, const TargetTable& table,
                                                     const uint8_t* frame, uint8_t offset, Ask& ask) {
  const uint8_t* const ip = frame + offset;
  constexpr uint8_t kIcmpV6 = 58;
  const uint8_t next = ip[6];
  if (ip[0] >> 4 != 6) return true;
  if (!kPlain) {
    // A chain of headers is walked by the parser.
    if (table.kinds().all_ipv6 || (next != kUdp && next != kTcp && next != kIcmpV6)) return true;
    if (must_look_at_transport(plan, table.kinds(), next, ip + 40)) return true;
  }
  const Ipv6Key source{be64(ip + 8), be64(ip + 16)};
  const Ipv6Key destination{be64(ip + 24), be64(ip + 32)};
  if (table.kinds().prefixes && (table.prefixes().maybe(TargetTable::granule_hash(source)) ||
                                 table.prefixes().maybe(TargetTable::granule_hash(destination)))) {
    return true;
  }
  return ask(Question{source.hash(), destination.hash()}, offset);
}

template <bool kPlain, typename Ask>
[[gnu::always_inline]] inline bool must_look_at(const PrefilterPlan& plan, const TargetTable& table,
                                                const FrameView& frame, Ask& ask) {
  if (frame.contiguous < kFrameBytes || frame.bytes > plan.frame_bytes_max()) return true;
  uint16_t type = be16(frame.data + 12);
  if (type == 0x0800) return must_look_at_ipv4<kPlain>(plan, table, frame.data, 14, ask);
  uint8_t offset = 14;
  if (is_tag(type)) {
    type = be16(frame.data + 16);
    offset = 18;
    if (is_tag(type)) {
      type = be16(frame.data + 20);
      offset = 22;
    }
    if (type == 0x0800) return must_look_at_ipv4<kPlain>(plan, table, frame.data, offset, ask);
  }
  if (type == 0x86dd) {
    return frame.contiguous < offset + kIpv6Bytes || must_look_at_ipv6<kPlain>(plan, table, frame.data, offset, ask);
  }
  return is_tag(type) || plan.looks_into_type(type);
}

// Without a branch between the two.
[[gnu::always_inline]] inline bool either(bool one, bool other) {
  return (static_cast<unsigned>(one) | static_cast<unsigned>(other)) != 0;
}

// Media: an address with a port.
inline bool may_be_endpoint(const AddressFilter& hosts, const Question& question, const uint8_t* ip) {
  const uint8_t* const transport = ip + (ip[0] >> 4 == 6 ? 40 : 20);
  return either(hosts.maybe(endpoint_hash(question.source, be16(transport))),
                hosts.maybe(endpoint_hash(question.destination, be16(transport + 2))));
}

// Layer 2: both MAC addresses, and the tags up to the IP header at `offset`.
inline bool may_be_layer2(const TargetTable& table, const uint8_t* frame, uint8_t offset) {
  if (table.kinds().macs &&
      (table.hosts().maybe(mac_key(frame).hash()) || table.hosts().maybe(mac_key(frame + 6).hash()))) {
    return true;
  }
  if (!table.kinds().vlans || offset == 14) return false;
  const std::array<uint16_t, 2> vlans = {static_cast<uint16_t>(be16(frame + 14) & 0x0fff),
                                         static_cast<uint16_t>(be16(frame + 18) & 0x0fff)};
  return table.hosts().maybe(vlans_key(vlans, static_cast<uint8_t>((offset - 14) / 4)).hash());
}

template <bool kPlain>
[[gnu::always_inline]] inline bool may_concern_somebody(const TargetTable& table, const uint8_t* frame, uint8_t offset,
                                                        const Question& question) {
  if (either(table.hosts().maybe(question.source), table.hosts().maybe(question.destination))) return true;
  if (kPlain) return false;
  const TargetTable::Kinds& kinds = table.kinds();
  return (kinds.endpoints && may_be_endpoint(table.hosts(), question, frame + offset)) ||
         ((kinds.macs || kinds.vlans) && may_be_layer2(table, frame, offset));
}

// Frame by frame. Nearly all take one way through here: what is rare is a branch, and costs the others nothing.
template <bool kPlain, typename FrameAt>
Prefiltered ask_at_once(size_t count, const PrefilterPlan& plan, const TargetTable& table, FrameAt frame_at) noexcept {
  uint64_t bytes = 0;
  uint32_t candidates = 0;
  for (size_t i = 0; i < count; ++i) {
    const FrameView frame = frame_at(i);
    bytes += frame.bytes;
    const auto ask = [&](const Question& question, uint8_t offset) {
      return may_concern_somebody<kPlain>(table, frame.data, offset, question);
    };
    if (must_look_at<kPlain>(plan, table, frame, ask)) candidates |= uint32_t{1} << i;
  }
  return {candidates, bytes};
}

// Where the filter is beyond the caches: first every question and its cache lines, then the answers.
template <bool kPlain, typename FrameAt>
Prefiltered ask_ahead(size_t count, const PrefilterPlan& plan, const TargetTable& table, FrameAt frame_at) noexcept {
  std::array<Question, kBurst> questions;
  std::array<uint8_t, kBurst> offsets;
  std::array<uint8_t, kBurst> frames;
  size_t asked = 0;
  uint64_t bytes = 0;
  uint32_t candidates = 0;
  for (size_t i = 0; i < count; ++i) {
    const FrameView frame = frame_at(i);
    bytes += frame.bytes;
    const auto ask = [&](const Question& question, uint8_t offset) {
      questions[asked] = question;
      offsets[asked] = offset;
      frames[asked++] = static_cast<uint8_t>(i);
      table.hosts().prefetch(question.source);
      table.hosts().prefetch(question.destination);
      return false;
    };
    if (must_look_at<kPlain>(plan, table, frame, ask)) candidates |= uint32_t{1} << i;
  }
  for (size_t i = 0; i < asked; ++i) {
    const uint8_t* const frame = frame_at(frames[i]).data;
    if (may_concern_somebody<kPlain>(table, frame, offsets[i], questions[i])) candidates |= uint32_t{1} << frames[i];
  }
  return {candidates, bytes};
}

}  // namespace prefilter

// `frame_at(i)` gives the FrameView of frame i, for each i below `count`, 1 to kBurst.
template <typename FrameAt>
Prefiltered prefilter_burst(size_t count, const PrefilterPlan& plan, const TargetTable& table,
                            FrameAt frame_at) noexcept {
  static_assert(kBurst == 32, "a bit a frame");
  constexpr size_t kCachedBytes = size_t{256} << 10;  // beyond, a filter is not in a core's own caches
  const bool plain = plan.addresses_decide() && table.kinds().addresses_decide();
  if (table.hosts().bytes() > kCachedBytes) {
    return plain ? prefilter::ask_ahead<true>(count, plan, table, frame_at)
                 : prefilter::ask_ahead<false>(count, plan, table, frame_at);
  }
  return plain ? prefilter::ask_at_once<true>(count, plan, table, frame_at)
               : prefilter::ask_at_once<false>(count, plan, table, frame_at);
}

}  // namespace lictor
