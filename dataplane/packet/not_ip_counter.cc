#include "dataplane/packet/not_ip_counter.h"

#include "dataplane/base/bytes.h"

namespace lictor {
namespace {

bool is_tag(uint16_t type) { return type == 0x8100 || type == 0x88a8 || type == 0x9100; }

// The tags of the outermost Ethernet header, as parse_frame read them: a frame with one too many was dropped.
IpLevel level_of(Bytes header) noexcept {
  IpLevel level;
  level.ethernet_offset = 0;
  ByteReader in(header);
  in.take(12);  // both addresses
  for (uint16_t type = in.u16(); in.ok() && is_tag(type) && level.vlan_count < kVlanTagsMax; type = in.u16())
    level.vlans[level.vlan_count++] = in.u16() & 0x0fff;
  return level;
}

}  // namespace

void NotIpCounter::count(const PacketBatch& batch, size_t index, const TargetTable& table, LegalInstant time) noexcept {
  const Bytes header = batch.header[index];
  if (batch.parsed[index].result != ParseResult::kNotIp || header.size() < 12) return;
  ++frame_;
  const IpLevel level = level_of(header);
  if (table.kinds().macs) {
    count_rules(mac_key(header.data()), level, table, batch.port, time);
    count_rules(mac_key(header.data() + 6), level, table, batch.port, time);
  }
  if (table.kinds().vlans && level.vlan_count > 0)
    count_rules(vlans_key(level.vlans, level.vlan_count), level, table, batch.port, time);
}

void NotIpCounter::count_rules(const ExactKey& key, const IpLevel& level, const TargetTable& table, uint16_t port,
                               LegalInstant time) noexcept {
  for (const TargetRule& rule : table.find(key).rules) {
    uint64_t& counted = counted_[index_of(rule.slot)];
    if (counted == frame_ || !rule.admits(level, port, time)) continue;
    counted = frame_;
    tasks_[index_of(rule.slot)].not_ip.add(1);
  }
}

}  // namespace lictor
