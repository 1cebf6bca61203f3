#include "dataplane/packet/classify_whole_frame.h"

#include "dataplane/packet/outer_ethernet.h"

namespace lictor {

void classify_whole_frame(const PacketBatch& batch, size_t index, const TargetTable& table, LegalInstant time,
                          MatchBatch& matches) noexcept {
  const Bytes header = batch.header[index];
  const ParsedFrame& parsed = batch.parsed[index];
  const bool too_long = parsed.result == ParseResult::kDropped && parsed.drop == PacketDrop::kFrameTooLong;
  if (too_long || header.size() < OuterEthernet::kBytes) return;
  visit_frame_rules(outer_ethernet(header), table, batch.port, time, [&](const TargetRule& rule, Direction direction) {
    if (rule.frames) matches.add(rule.slot, direction, kWholeFrame);
  });
}

}  // namespace lictor
