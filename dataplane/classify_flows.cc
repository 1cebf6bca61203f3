#include "dataplane/classify_flows.h"

namespace lictor {

void ask_flows(const PacketBatch& batch, const FlowTable& table, FlowLookup& lookup) noexcept {
  lookup.clear();
  for (size_t i = 0; i < batch.count; ++i) {
    const ParsedFrame& frame = batch.parsed[i];
    for (uint8_t at = 0; at < frame.level_count; ++at) {
      lookup.add(i, at, frame.level[at], batch.header[i].data() + frame.level[at].offset);
    }
  }
  table.find(lookup);
}

void classify_flows(const PacketBatch& batch, size_t index, const FlowTable& table, const FlowLookup& lookup,
                    LegalInstant time, MatchBatch& matches) noexcept {
  const ParsedFrame& frame = batch.parsed[index];
  table.for_each(lookup, index, [&](const TargetRule& rule, Direction direction, uint8_t at) {
    if (rule.admits(frame.level[at], batch.port, time)) matches.add(rule.slot, direction, at);
  });
}

}  // namespace lictor
