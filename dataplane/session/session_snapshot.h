// Sessions as octets, so that they outlive a process: everybody's of a book, and which of them a task followed under
// which CIN. No I/O; the octets name people, and are sealed before they leave memory (snapshot_file.h). Main thread,
// while no session lcore runs.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "dataplane/base/result.h"
#include "dataplane/session/session_book.h"
#include "dataplane/session/session_desk.h"

namespace lictor {

// Appends the sessions of a book and its desk to `octets`. Of addresses that hosts claim nothing is kept: they claim
// them again.
void append_snapshot(const SessionBook& book, const SessionDesk& desk, std::vector<uint8_t>& octets);

struct SnapshotTotals {
  uint64_t sessions = 0;
  uint64_t followed = 0;
  uint64_t refused = 0;  // the book that they are for had no room, or has it already
};

// Whose a source set is now; null: nobody's, and its sessions are forgotten.
struct SnapshotOwner {
  SessionBook* book = nullptr;
  SessionDesk* desk = nullptr;
};
using SnapshotOwners = std::function<SnapshotOwner(uint16_t source_set)>;

// Takes up what append_snapshot() wrote, one or several times. InvalidArgument where the octets are not that; what came
// before the fault is taken up.
Result<SnapshotTotals> restore_snapshot(Bytes octets, const SnapshotOwners& owners);

}  // namespace lictor
