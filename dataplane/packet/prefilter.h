// The first look at a burst: which frames can concern anybody at all? One pass over the first octets, without a header
// walk, that answers "no" for nearly every frame of strangers in a few cycles. What it lets through is parsed and
// classified; it never holds back what would have matched, been dropped or looked into (tests hold it to that).
// Pure; rx lcores.
#pragma once

#include <bit>
#include <cstring>

#include "dataplane/packet/ask_ipv4.h"
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

// Signalling of links that must be looked at, whoever sends it.
struct LinkSignals {
  bool pppoe = false;
  bool arp = false;
  bool neighbour = false;
};

// What of the IP header makes a frame one to look into, as its port trusts encapsulations. Made once a port.
class PrefilterPlan {
 public:
  PrefilterPlan(const EncapsulationTrust& trust, uint32_t frame_bytes_max, LinkSignals links = {});

  [[nodiscard]] uint32_t frame_bytes_max() const { return frame_bytes_max_; }
  // An EtherType that is neither IP nor a tag.
  [[nodiscard]] bool looks_into_type(uint16_t type) const {
    return type <= kLengthMax ||
           (trusts_below_ip_ && (type == 0x8847 || type == 0x8848 || type == 0x8864 || type == 0x894f)) ||
           (links_.pppoe && (type == 0x8863 || type == 0x8864)) || (links_.arp && type == 0x0806);
  }
  [[nodiscard]] bool looks_into(uint8_t protocol) const {
    return (protocols_[protocol / 64] >> protocol % 64 & 1) != 0;
  }
  // Neither protocol nor ports matter.
  [[nodiscard]] bool addresses_decide() const { return addresses_decide_; }
  [[nodiscard]] prefilter::AskIpv4 ask_ipv4() const { return ask_ipv4_; }
  // Some UDP ports are looked into; which ones is the parser's business: one port in 64 looks like another here.
  [[nodiscard]] bool has_udp() const { return udp_ports_ != 0; }
  [[nodiscard]] bool looks_into_udp(uint16_t port) const { return (udp_ports_ >> port % 64 & 1) != 0; }

 private:
  static constexpr uint16_t kLengthMax = 1500;  // IEEE 802.3: up to here LLC follows

  uint32_t frame_bytes_max_;
  bool trusts_below_ip_;
  LinkSignals links_;
  bool addresses_decide_;
  prefilter::AskIpv4 ask_ipv4_;
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
// As this machine loads them: hashes are made of octets, not of numbers.
static_assert(std::endian::native == std::endian::little);
template <typename Word>
[[gnu::always_inline]] inline Word load(const uint8_t* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}
[[gnu::always_inline]] inline bool is_tag(uint16_t type) { return type == 0x8100 || type == 0x88a8 || type == 0x9100; }

// What is asked of them for one frame: the hashes of its addresses, and whether a prefix may have one of them (the
// lowest bit).
struct Question {
  uint64_t source;
  uint64_t destination;
  uint64_t touched;
};

// Where a port may be a tunnel's. `transport` has 4 octets.
[[gnu::always_inline]] inline bool may_be_tunnel(const PrefilterPlan& plan, uint8_t protocol,
                                                 const uint8_t* transport) {
  return plan.looks_into(protocol) ||
         (protocol == kUdp && plan.has_udp() &&
          (plan.looks_into_udp(be16(transport)) || plan.looks_into_udp(be16(transport + 2))));
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

// `kPlain`: addresses alone decide, here and below. `ask(question, offset)` says whether to look.
template <bool kPlain, typename Ask>
[[gnu::always_inline]] inline bool must_look_at_ipv4(const PrefilterPlan& plan, const Filters& filters,
                                                     const uint8_t* frame, uint8_t offset, Ask& ask) {
  const uint8_t* const ip = frame + offset;
  if (ip[0] != 0x45 || be16(ip + 2) < 28) return true;
  if (!kPlain && (filters.table.kinds().all_ipv4 || may_be_tunnel(plan, ip[9], ip + 20))) return true;
  const auto source = load<uint32_t>(ip + 12);
  const auto destination = load<uint32_t>(ip + 16);
  return ask(Question{.source = Ipv4Key::wire_hash(source),
                      .destination = Ipv4Key::wire_hash(destination),
                      .touched = TargetTable::touched(filters.sixteenths, source) |
                                 TargetTable::touched(filters.sixteenths, destination)},
             offset);
}

// The granule that an IPv6 address begins with: its first 6 octets.
[[gnu::always_inline]] inline uint64_t granule_at(const uint8_t* address) {
  return Ipv6Key::wire_hash(load<uint64_t>(address) & UINT64_MAX >> (64 - TargetTable::kIpv6Granule), 0);
}

template <bool kPlain, typename Ask>
[[gnu::always_inline]] inline bool must_look_at_ipv6(const PrefilterPlan& plan, const Filters& filters,
                                                     const uint8_t* frame, uint8_t offset, Ask& ask) {
  const uint8_t* const ip = frame + offset;
  constexpr uint8_t kIcmpV6 = 58;
  const uint8_t next = ip[6];
  if (ip[0] >> 4 != 6) return true;
  const TargetTable::Kinds& kinds = filters.table.kinds();
  if (!kPlain) {
    // A chain of headers is walked by the parser.
    if (kinds.all_ipv6 || (next != kUdp && next != kTcp && next != kIcmpV6)) return true;
    if (may_be_tunnel(plan, next, ip + 40)) return true;
  }
  Question question{.source = Ipv6Key::wire_hash(load<uint64_t>(ip + 8), load<uint64_t>(ip + 16)),
                    .destination = Ipv6Key::wire_hash(load<uint64_t>(ip + 24), load<uint64_t>(ip + 32)),
                    .touched = 0};
  if (kinds.prefixes) {
    question.touched = filters.prefixes.found(granule_at(ip + 8)) | filters.prefixes.found(granule_at(ip + 24));
  }
  return ask(question, offset);
}

template <bool kPlain, typename Ask>
[[gnu::always_inline]] inline bool must_look_at(const PrefilterPlan& plan, const Filters& filters,
                                                const FrameView& frame, Ask& ask) {
  if (frame.contiguous < kFrameBytes || frame.bytes > plan.frame_bytes_max()) return true;
  uint16_t type = be16(frame.data + 12);
  if (type == 0x0800) return must_look_at_ipv4<kPlain>(plan, filters, frame.data, 14, ask);
  uint8_t offset = 14;
  if (is_tag(type)) {
    type = be16(frame.data + 16);
    offset = 18;
    if (is_tag(type)) {
      type = be16(frame.data + 20);
      offset = 22;
    }
    if (type == 0x0800) return must_look_at_ipv4<kPlain>(plan, filters, frame.data, offset, ask);
  }
  if (type == 0x86dd) {
    return frame.contiguous < offset + kIpv6Bytes || must_look_at_ipv6<kPlain>(plan, filters, frame.data, offset, ask);
  }
  // What is no IP is counted for whom its frames are copied.
  return is_tag(type) || plan.looks_into_type(type) || (!kPlain && may_be_layer2(filters.table, frame.data, offset));
}

// Asks again of what the first filters let through, more closely: nearly all of it is nobody's where an address has
// much traffic beside somebody's media, or a prefix is a small part of its sixteenth. `ip` is a header with what must
// follow it.
bool concerns_somebody(const TargetTable& table, const uint8_t* ip, uint64_t source, uint64_t destination) noexcept;

template <bool kPlain>
[[gnu::always_inline]] inline bool may_concern_somebody(const Filters& filters, const uint8_t* frame, uint8_t offset,
                                                        const Question& question) {
  const uint64_t found =
      filters.hosts.found(question.source) | filters.hosts.found(question.destination) | question.touched;
  if ((found & 1) != 0) [[unlikely]] {
    if (concerns_somebody(filters.table, frame + offset, question.source, question.destination)) return true;
  }
  if (kPlain) return false;
  const TargetTable::Kinds& kinds = filters.table.kinds();
  return (kinds.macs || kinds.vlans) && may_be_layer2(filters.table, frame, offset);
}

struct AskedLater {
  Question question;
  uint8_t offset;  // of the IP header
  uint8_t frame;
};

// Where more than addresses matters. `kAhead` as below: first every question, then the answers.
template <bool kAhead, typename FrameAt>
[[gnu::always_inline]] inline Prefiltered ask_of_all(size_t count, const PrefilterPlan& plan, const Filters& filters,
                                                     FrameAt frame_at) noexcept {
  std::array<AskedLater, kBurst> questions;
  size_t asked = 0;
  uint64_t bytes = 0;
  uint32_t candidates = 0;
  for (size_t i = 0; i < count; ++i) {
    const FrameView frame = frame_at(i);
    bytes += frame.bytes;
    const auto ask = [&](const Question& question, uint8_t offset) __attribute__((always_inline)) {
      if (!kAhead) return may_concern_somebody<false>(filters, frame.data, offset, question);
      filters.hosts.prefetch(question.source);
      filters.hosts.prefetch(question.destination);
      questions[asked++] = {question, offset, static_cast<uint8_t>(i)};
      return false;
    };
    if (must_look_at<false>(plan, filters, frame, ask)) candidates |= uint32_t{1} << i;
  }
  for (size_t i = 0; i < asked; ++i) {
    const auto& [question, offset, at] = questions[i];
    if (may_concern_somebody<false>(filters, frame_at(at).data, offset, question)) candidates |= uint32_t{1} << at;
  }
  return {candidates, bytes};
}

// Asks again of the suspects among those that were collected; which frames they are.
template <typename FrameAt>
[[gnu::always_inline]] inline uint32_t confirm(const TargetTable& table, uint32_t suspects,
                                               const std::array<uint64_t, kBurst>& addresses,
                                               const std::array<uint8_t, kBurst>& frames, FrameAt frame_at) {
  const auto source = [&](int i) { return Ipv4Key::wire_hash(static_cast<uint32_t>(addresses[i])); };
  const auto destination = [&](int i) { return Ipv4Key::wire_hash(static_cast<uint32_t>(addresses[i] >> 32)); };
  for (uint32_t left = suspects; left != 0; left &= left - 1) {
    const int i = std::countr_zero(left);
    table.prefetch_named(source(i));
    table.prefetch_named(destination(i));
  }
  uint32_t candidates = 0;
  for (; suspects != 0; suspects &= suspects - 1) {
    const int i = std::countr_zero(suspects);
    if (concerns_somebody(table, frame_at(frames[i]).data + 14, source(i), destination(i))) {
      candidates |= uint32_t{1} << frames[i];
    }
  }
  return candidates;
}

// Where addresses alone decide: what an IPv4 header without a tag has is collected first and asked then, so that the
// filters' cache lines come side by side. A fifth cheaper than frame by frame; the others are asked where they are met.
// `kAhead`: the filter is beyond the caches, and its lines are asked for first.
template <bool kAhead, typename FrameAt>
[[gnu::always_inline]] inline Prefiltered collect_and_ask(size_t count, const PrefilterPlan& plan,
                                                          const Filters& filters, FrameAt frame_at) noexcept {
  std::array<uint64_t, kBurst> addresses;
  std::array<uint8_t, kBurst> frames;
  size_t asked = 0;
  std::array<AskedLater, kBurst> others;
  size_t others_asked = 0;
  uint64_t bytes = 0;
  uint32_t candidates = 0;
  for (size_t i = 0; i < count; ++i) {
    const FrameView frame = frame_at(i);
    bytes += frame.bytes;
    if (frame.contiguous >= kFrameBytes && frame.bytes <= plan.frame_bytes_max() && be16(frame.data + 12) == 0x0800 &&
        frame.data[14] == 0x45 && be16(frame.data + 16) >= 28) [[likely]] {
      addresses[asked] = load<uint64_t>(frame.data + 26);
      frames[asked++] = static_cast<uint8_t>(i);
      if (kAhead) {
        filters.hosts.prefetch(Ipv4Key::wire_hash(load<uint32_t>(frame.data + 26)));
        filters.hosts.prefetch(Ipv4Key::wire_hash(load<uint32_t>(frame.data + 30)));
      }
      continue;
    }
    const auto ask = [&](const Question& question, uint8_t offset) __attribute__((always_inline)) {
      if (!kAhead) return may_concern_somebody<true>(filters, frame.data, offset, question);
      filters.hosts.prefetch(question.source);
      filters.hosts.prefetch(question.destination);
      others[others_asked++] = {question, offset, static_cast<uint8_t>(i)};
      return false;
    };
    if (must_look_at<true>(plan, filters, frame, ask)) candidates |= uint32_t{1} << i;
  }
  for (size_t i = 0; i < others_asked; ++i) {
    const auto& [question, offset, at] = others[i];
    if (may_concern_somebody<true>(filters, frame_at(at).data, offset, question)) candidates |= uint32_t{1} << at;
  }
  const uint32_t suspects = plan.ask_ipv4()(filters, addresses.data(), asked);
  return {candidates | confirm(filters.table, suspects, addresses, frames, frame_at), bytes};
}

template <typename FrameAt>
[[gnu::always_inline]] inline Prefiltered ask(size_t count, const PrefilterPlan& plan, const TargetTable& table,
                                              FrameAt frame_at) noexcept {
  constexpr size_t kCachedBytes = size_t{512} << 10;  // beyond, a filter is not in a core's own caches
  const bool plain = plan.addresses_decide() && table.kinds().addresses_decide();
  const Filters filters(table);
  if (table.hosts().bytes() > kCachedBytes) {
    return plain ? collect_and_ask<true>(count, plan, filters, frame_at)
                 : ask_of_all<true>(count, plan, filters, frame_at);
  }
  return plain ? collect_and_ask<false>(count, plan, filters, frame_at)
               : ask_of_all<false>(count, plan, filters, frame_at);
}

}  // namespace prefilter

// `frame_at(i)` gives the FrameView of frame i, for each i below `count`, 1 to kBurst.
template <typename FrameAt>
Prefiltered prefilter_burst(size_t count, const PrefilterPlan& plan, const TargetTable& table,
                            FrameAt frame_at) noexcept {
  static_assert(kBurst == 32, "a bit a frame");  // and a place in a byte
  return prefilter::ask(count, plan, table, frame_at);
}

}  // namespace lictor
