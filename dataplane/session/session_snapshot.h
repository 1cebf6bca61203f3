// Sessions as octets, so that they outlive a process: everybody's of a book, and which of them a task followed under
// which CIN. No I/O; the octets name people, and are sealed before they leave memory (snapshot_file.h). Items follow
// one another; of each session its last one counts, so that what happens while all are written goes behind them.
// Session lcore; main thread, while none runs.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "dataplane/base/result.h"
#include "dataplane/session/session_book.h"
#include "dataplane/session/session_desk.h"
#include "dataplane/session/tracker.h"

namespace lictor {

constexpr size_t kSnapshotTasksMax = 4096;  // of one session; beyond, it begins anew for them
// No item is longer.
constexpr size_t kSnapshotItemBytesMax =
    64 + kIdentityKinds * (2 + kIdentityBytesMax) + kReportAddressesMax * 32 + kSnapshotTasksMax * 20;

// Of addresses that hosts claim nothing is kept: they claim them again.
[[nodiscard]] inline bool is_kept(const SessionBook& book, SessionId session) {
  return book.is_open(session) && book.source(session) != SessionSource::kNeighbour;
}
// An item: the session as it is.
void append_session(const SessionBook& book, const SessionDesk& desk, SessionId session, std::vector<uint8_t>& octets);
// An item: it has ended, or is not to be believed any more.
void append_over(const SessionKey& key, std::vector<uint8_t>& octets);
// An item: how a source's clock goes.
void append_clock(const SourceClock& clock, std::vector<uint8_t>& octets);
// All that `tracker` knows; null: none.
void append_clocks(const Tracker* tracker, std::vector<uint8_t>& octets);
// The sessions of a book and its desk.
void append_snapshot(const SessionBook& book, const SessionDesk& desk, std::vector<uint8_t>& octets);

struct SnapshotTotals {
  uint64_t sessions = 0;
  uint64_t followed = 0;
  uint64_t refused = 0;  // the book that they are for had no room, or has it already
};

// Whose a source set is now; null: nobody's, and its sessions, or its clocks, are forgotten.
struct SnapshotOwner {
  SessionBook* book = nullptr;
  SessionDesk* desk = nullptr;
  Tracker* clocks = nullptr;
};
using SnapshotOwners = std::function<SnapshotOwner(uint16_t source_set)>;

// Takes up what the functions above wrote. InvalidArgument, and nothing is taken up, where the octets are not that.
// Main thread, before session lcores run.
Result<SnapshotTotals> restore_snapshot(Bytes octets, const SnapshotOwners& owners);

}  // namespace lictor
