#include "dataplane/packet/naive_classifier.h"

namespace lictor {
namespace {

// An IP header that was found by counting octets from the front.
struct Found {
  bool ipv6 = false;
  Bytes source;
  Bytes destination;
  std::vector<uint16_t> vlans;
};

unsigned two(Bytes frame, size_t at) { return frame[at] * 256U + frame[at + 1]; }

bool is_good_ipv4(Bytes ip) {
  if (ip.size() < 20 || ip[0] / 16 != 4) return false;
  const unsigned header = ip[0] % 16 * 4U;
  const unsigned total = two(ip, 2);
  return header >= 20 && (total == 0 || total >= header);
}

bool find_ip(Bytes frame, Found& found) {
  size_t at = 12;
  for (;; at += 4) {
    if (frame.size() < at + 2) return false;
    const unsigned type = two(frame, at);
    if (type != 0x8100 && type != 0x88a8 && type != 0x9100) break;
    if (found.vlans.size() == 4 || frame.size() < at + 6) return false;
    found.vlans.push_back(static_cast<uint16_t>(two(frame, at + 2) % 4096));
  }
  unsigned type = two(frame, at);
  at += 2;
  if (type <= 1500) {
    constexpr uint8_t kSnap[] = {0xaa, 0xaa, 0x03, 0, 0, 0};
    if (frame.size() < at + 8) return false;
    for (size_t i = 0; i < 6; ++i) {
      if (frame[at + i] != kSnap[i]) return false;
    }
    type = two(frame, at + 6);
    at += 8;
  }
  const Bytes ip = frame.subspan(at);
  found.ipv6 = type == 0x86dd;
  if (found.ipv6 ? ip.size() < 40 || ip[0] / 16 != 6 : type != 0x0800 || !is_good_ipv4(ip)) return false;
  found.source = found.ipv6 ? ip.subspan(8, 16) : ip.subspan(12, 4);
  found.destination = found.ipv6 ? ip.subspan(24, 16) : ip.subspan(16, 4);
  return true;
}

bool covers(const IpPrefix& prefix, Bytes address) {
  for (size_t bit = 0; bit < prefix.bits; ++bit) {
    const unsigned mask = 0x80U >> bit % 8;
    if ((prefix.octets[bit / 8] & mask) != (address[bit / 8] & mask)) return false;
  }
  return true;
}

bool counts_here(const TargetRule& rule, const Found& found, uint16_t port, LegalTime now) {
  if (now.unix_ns < rule.start.unix_ns || rule.stop.unix_ns <= now.unix_ns) return false;
  if (rule.ports / (1U << port) % 2 == 0) return false;
  if (rule.vlan_count == 0) return true;
  return found.vlans == std::vector<uint16_t>(rule.vlans.begin(), rule.vlans.begin() + rule.vlan_count);
}

}  // namespace

std::map<TaskSlot, Direction> classify_naively(Bytes frame, uint16_t port, LegalTime now,
                                               std::span<const TargetRule> rules) {
  std::map<TaskSlot, bool> from;
  std::map<TaskSlot, bool> to;
  Found found;
  if (!find_ip(frame, found)) return {};
  for (const TargetRule& rule : rules) {
    if (rule.prefix.ipv6 != found.ipv6 || !counts_here(rule, found, port, now)) continue;
    if (covers(rule.prefix, found.source)) from[rule.slot] = true;
    if (covers(rule.prefix, found.destination)) to[rule.slot] = true;
  }
  std::map<TaskSlot, Direction> tasks;
  for (const auto& [slot, yes] : from) tasks[slot] = Direction::kFromTarget;
  for (const auto& [slot, yes] : to)
    tasks[slot] = from.contains(slot) ? Direction::kIndeterminate : Direction::kToTarget;
  return tasks;
}

}  // namespace lictor
