// What became of the records of one task, or of all: the counters of all threads put together so that the sums of
// DESIGN 6.2 can be read off. Computed by the control thread from counters that others write meanwhile.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dataplane/base/task_account.h"
#include "dataplane/rx_account.h"

namespace lictor {

// matched + events == appended + aggregated + sum of drops + in_rings
// appended + recovered == confirmed + unconfirmed + in_spool + sum of given_up
struct RecordTotals {
  uint64_t matched = 0;
  uint64_t events = 0;
  uint64_t appended = 0;
  uint64_t aggregated = 0;  // packets that share a record with an earlier one
  uint64_t recovered = 0;   // that a former process left in the spools
  uint64_t confirmed = 0;
  uint64_t unconfirmed = 0;
  uint64_t in_spool = 0;
  uint64_t in_rings = 0;
  uint64_t excluded = 0;  // in no sum
  uint64_t not_ip = 0;    // in no sum
  std::array<uint64_t, kReasons<RecordDrop>> drops{};
  std::array<uint64_t, kReasons<GivenUp>> given_up{};

  RecordTotals& operator+=(const RecordTotals& other);
};

// Of the task in `slot`. in_rings and in_spool are what the other counters leave over: 0 when everything is at rest,
// unless something was miscounted.
RecordTotals totals_of(uint32_t slot, std::span<const TaskAccount> accounts, std::span<RxAccount* const> rx);

// Copies that rx lcores lost and that no later copy has told of.
uint64_t untold_losses(uint32_t slot, std::span<RxAccount* const> rx);

}  // namespace lictor
