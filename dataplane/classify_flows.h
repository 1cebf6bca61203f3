// The flows among a burst's frames: the stage beside classify_frame. Used by one rx lcore; no allocation, no lock,
// nothing shared.
#pragma once

#include "dataplane/flow_table.h"
#include "dataplane/packet/classify_batch.h"

namespace lictor {

// Once for a burst that was parsed, whose fragments know their ports where that is possible: asks `table` for every IP
// level of every frame.
void ask_flows(const PacketBatch& batch, const FlowTable& table, FlowLookup& lookup) noexcept;

// Then, for each frame, between classify_frame and end_frame: adds the tasks of frame `index` by the same table: of
// every IP level, the flows that hold it, whose window holds `time`, whose ports hold the batch's, and whose scope
// holds.
void classify_flows(const PacketBatch& batch, size_t index, const FlowTable& table, const FlowLookup& lookup,
                    LegalInstant time, MatchBatch& matches) noexcept;

}  // namespace lictor
