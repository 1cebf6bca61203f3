// Octets as the plain second writing of the parser reads them, and what it recognises without being told. Shares no
// code with the parser. Any thread.
#pragma once

#include <algorithm>

#include "dataplane/base/bytes.h"

namespace lictor::naive {

// --- octets: whoever asks for one has counted that it is there ---

inline unsigned two(Bytes in, size_t at) { return in[at] * 256U + in[at + 1]; }
inline uint32_t four(Bytes in, size_t at) { return two(in, at) * 65536U + two(in, at + 2); }
inline Bytes up_to(Bytes in, size_t count) { return in.first(std::min(count, in.size())); }
inline Bytes behind(Bytes in, size_t count) { return in.subspan(std::min(count, in.size())); }

inline bool is_good_ipv4(Bytes ip) {
  if (ip.size() < 20 || ip[0] / 16 != 4) return false;
  const unsigned header = ip[0] % 16 * 4U;
  const unsigned total = two(ip, 2);
  return header >= 20 && (total == 0 || total >= header);
}

inline bool is_tag(unsigned type) { return type == 0x8100 || type == 0x88a8 || type == 0x9100; }
inline bool is_label(unsigned type) { return type == 0x8847 || type == 0x8848; }

// The EtherType in LLC with SNAP, or 0.
inline unsigned snap_type(Bytes in) {
  constexpr uint8_t kSnap[] = {0xaa, 0xaa, 0x03, 0, 0, 0};
  if (in.size() < 8 || !std::equal(kSnap, kSnap + 6, in.begin())) return 0;
  return two(in, 6);
}

// Ethernet that, over at most four tags, leads to what may carry IP.
inline bool leads_to_ip(Bytes in) {
  if (in.size() < 14) return false;
  size_t at = 12;
  while (at < 28 && is_tag(two(in, at))) {
    at += 4;
    if (in.size() < at + 2) return false;
  }
  unsigned type = two(in, at);
  at += 2;
  if (type <= 1500) {
    type = snap_type(in.subspan(at));
    at += 8;
  }
  if (is_label(type) || type == 0x8864) return true;
  if (in.size() <= at) return false;
  if (type == 0x0800) return 0x45 <= in[at] && in[at] <= 0x4f;
  return type == 0x86dd && in[at] / 16 == 6;
}

// A protocol of PPP, with how many octets it takes; none where it is cut.
struct PppProtocol {
  unsigned number = 0;
  size_t octets = 0;
};

inline PppProtocol ppp_protocol(Bytes in) {
  const size_t at = in.size() >= 2 && two(in, 0) == 0xff03 ? 2 : 0;
  if (in.size() > at && in[at] % 2 == 1) return {in[at], at + 1};
  if (in.size() >= at + 2) return {two(in, at), at + 2};
  return {};
}

inline bool is_ppp_with_ip(Bytes in) {
  const PppProtocol protocol = ppp_protocol(in);
  if (protocol.octets == 0 || in.size() <= protocol.octets) return false;
  const uint8_t first = in[protocol.octets];
  return (protocol.number == 0x21 && 0x45 <= first && first <= 0x4f) || (protocol.number == 0x57 && first / 16 == 6);
}

inline bool is_surely_ipv4(Bytes in) {
  if (in.size() < 20 || in[0] < 0x45 || 0x4f < in[0]) return false;
  const size_t header = in[0] % 16 * size_t{4};
  if (in.size() < header || in.size() < two(in, 2)) return false;
  uint32_t sum = 0;
  for (size_t at = 0; at < header; at += 2) sum += two(in, at);
  return sum != 0 && sum % 65535 == 0;
}

inline bool is_surely_ipv6(Bytes in) {
  if (in.size() < 40 || in[0] / 16 != 6) return false;
  const size_t whole = 40 + two(in, 4);
  if (in.size() < whole || in.size() > whole + 4) return false;
  constexpr uint8_t kNext[] = {0, 4, 6, 17, 41, 43, 44, 47, 50, 51, 58, 59, 60, 115, 132, 135, 137};
  return std::ranges::find(kNext, in[6]) != std::end(kNext);
}

}  // namespace lictor::naive
