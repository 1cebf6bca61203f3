// Who is given a frame as such, whatever it carries: TS 102 232-4. Used by one rx lcore; no allocation, nothing shared.
#pragma once

#include "dataplane/packet/classify_batch.h"

namespace lictor {

// Adds the tasks of frame `index` of `batch` (after parse_batch) whose rules are for frames, at level kWholeFrame: by
// the outermost Ethernet header, inside of scope and window. Frames that are too long for a record or too short for
// that header are nobody's.
void classify_whole_frame(const PacketBatch& batch, size_t index, const TargetTable& table, LegalInstant time,
                          MatchBatch& matches) noexcept;

}  // namespace lictor
