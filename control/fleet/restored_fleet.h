// What a fleet is told by a store that is older than what was done by it, as a backup is: nothing that was given out
// since may be given out again. The epoch counts such stores: it begins at 1, and grows by one at each restore.
#pragma once

#include <cstdint>
#include <optional>

#include "control/registry/records.pb.h"
#include "control/store/store.h"

namespace lictor::control {

// More CINs than a warrant can use between two restores; of 32 bits, that is for 1,023 restores.
constexpr uint32_t kCinsPerEpoch = 1U << 22;
// The same of directives. Dataplanes that verify them take no number twice.
constexpr uint64_t kGenerationsPerEpoch = uint64_t{1} << 32;

// Every dataplane gets its whole state in a new epoch, under generations that were never used. To be written at start,
// before the book is loaded; nothing where the store has no fleet yet.
Result<std::optional<Write>> fleet_of_restored_store(Store& store);

// What is next in `cins` leaves out what a former epoch may have used.
void follow_epoch(StoredCins& cins, uint64_t epoch);

}  // namespace lictor::control
