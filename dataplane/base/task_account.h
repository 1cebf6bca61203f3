// What became of a task's packets and records, a part for each writer, so that the sums of DESIGN 6.2 can be checked
// for each task. The registry owns an array of them that lives as long as the process; a slot's account is cleared when
// the slot is given to a new task. Read by any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/counter.h"

namespace lictor {

// Copies of a task that one rx lcore took. Written by that rx lcore only.
struct alignas(64) RxTaskAccount {
  Counter matched;                     // (packet, task) pairs inside the window
  Counter excluded;                    // that an exclusion took out: they are not in `matched`, and nothing is lost
  Counter not_ip;                      // frames of its MAC addresses and lines without IP: the same
  ReasonCounters<RecordDrop> dropped;  // kRingFull, kFanoutLimit and kPatternBudget
  Counter lost_told;                   // of the dropped: told to the encoder lcore in `lost_before` of a later copy
};

// Written by the encoder lcore that owns the task.
struct alignas(64) EncoderTaskAccount {
  Counter copies;      // copies taken out of the rings
  Counter events;      // events that were to become records
  Counter appended;    // records appended, IRI, CC and HI1
  Counter aggregated;  // copies that went into a record with an earlier one
  Counter hi3_octets;  // of the records appended for HI3
  Counter held;        // copies of sessions that had to wait: copies + events == appended + aggregated + drops,
  Counter settled;     // and held - settled
  ReasonCounters<RecordDrop> dropped;
};

// A task's records count in as many series: IRI, CC, HI1, and the hashes and signatures of the first two.
constexpr size_t kTaskSeries = 7;

// Written by the handover thread of one destination, so a task has two: HI2's and HI3's.
struct alignas(64) HandoverTaskAccount {
  Counter recovered;  // by the control thread: records that a former process left
  Counter confirmed;
  Counter unconfirmed;       // handed to TCP, never confirmed, not sent again
  Counter unconfirmed_lost;  // of them: the order stood, and a bound took them
  Counter gone_octets;       // of records of this process: handed to TCP once, or given up before
  ReasonCounters<GivenUp> given_up;
  // Of each series: the number that follows that of the record which was confirmed last, of this process; 0: none was.
  std::array<std::atomic<uint64_t>, kTaskSeries> confirmed_next{};
};

struct TaskAccount {
  EncoderTaskAccount encoder;
  HandoverTaskAccount hi2;
  HandoverTaskAccount hi3;
};

// A slot gets a new task: nobody counts on the old one any more.
inline void clear(RxTaskAccount& account) {
  account.matched.reset();
  account.excluded.reset();
  account.not_ip.reset();
  account.dropped.reset();
  account.lost_told.reset();
}

inline void clear(TaskAccount& account) {
  for (Counter* counter :
       {&account.encoder.copies, &account.encoder.events, &account.encoder.appended, &account.encoder.aggregated,
        &account.encoder.hi3_octets, &account.encoder.held, &account.encoder.settled})
    counter->reset();
  account.encoder.dropped.reset();
  for (HandoverTaskAccount* side : {&account.hi2, &account.hi3}) {
    side->recovered.reset();
    side->confirmed.reset();
    side->unconfirmed.reset();
    side->unconfirmed_lost.reset();
    side->gone_octets.reset();
    side->given_up.reset();
    for (std::atomic<uint64_t>& next : side->confirmed_next) next.store(0, std::memory_order_relaxed);
  }
}

}  // namespace lictor
