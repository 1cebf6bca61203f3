#include "dataplane/packet/not_ip_counter.h"

#include "dataplane/packet/outer_ethernet.h"

namespace lictor {

void NotIpCounter::count(const PacketBatch& batch, size_t index, const TargetTable& table, LegalInstant time) noexcept {
  const Bytes header = batch.header[index];
  if (batch.parsed[index].result != ParseResult::kNotIp || header.size() < OuterEthernet::kBytes) return;
  ++frame_;
  visit_frame_rules(outer_ethernet(header), table, batch.port, time, [this](const TargetRule& rule, Direction) {
    uint64_t& counted = counted_[index_of(rule.slot)];
    if (rule.frames || counted == frame_) return;
    counted = frame_;
    tasks_[index_of(rule.slot)].not_ip.add(1);
  });
}

}  // namespace lictor
