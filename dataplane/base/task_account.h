// What became of a task's packets and records, a part for each writer, so that the sums of DESIGN 6.2 can be checked
// for each task. The registry owns an array of them that lives as long as the process; a slot's account is cleared when
// the slot is given to a new task. Read by any thread.
#pragma once

#include <cstddef>

#include "dataplane/base/counter.h"

namespace lictor {

// Copies of a task that one rx lcore took. Written by that rx lcore only.
struct RxTaskAccount {
  Counter matched;                     // (packet, task) pairs inside the window
  ReasonCounters<RecordDrop> dropped;  // kRingFull and kFanoutLimit
  uint32_t lost_pending = 0;  // lost since the last copy that got through; travels in the next one. rx lcore only
};

// Written by the encoder lcore that owns the task.
struct alignas(64) EncoderTaskAccount {
  Counter copies;    // copies taken out of the rings
  Counter events;    // events that were to become records
  Counter appended;  // records appended, IRI, CC and HI1
  ReasonCounters<RecordDrop> dropped;
};

// Written by the handover thread of one destination, so a task has two: HI2's and HI3's.
struct alignas(64) HandoverTaskAccount {
  Counter confirmed;
  Counter unconfirmed;  // handed to TCP, never confirmed, not sent again
  ReasonCounters<GivenUp> given_up;
};

struct TaskAccount {
  EncoderTaskAccount encoder;
  HandoverTaskAccount hi2;
  HandoverTaskAccount hi3;
};

}  // namespace lictor
