#include "control/fleet/restored_fleet.h"

#include <algorithm>

#include "control/registry/keys.h"

namespace lictor::control {

Result<std::optional<Write>> fleet_of_restored_store(Store& store) {
  const Result<std::optional<Entry>> entry = store.get(kFleetKey);
  if (!entry.ok()) return entry.status();
  if (!entry->has_value()) return std::optional<Write>();
  StoredFleet fleet;
  if (!fleet.ParseFromString((*entry)->value)) return absl::DataLossError("store: the fleet's entry cannot be read");
  fleet.set_epoch(fleet.epoch() + 1);
  fleet.set_generation(fleet.generation() + kGenerationsPerEpoch);
  return std::optional(
      Write{.key = kFleetKey, .value = fleet.SerializeAsString(), .expected_revision = (*entry)->revision});
}

void follow_epoch(StoredCins& cins, uint64_t epoch) {
  const uint64_t restores = std::min<uint64_t>(epoch - 1, UINT32_MAX);
  const auto first = static_cast<uint32_t>(std::min<uint64_t>(1 + restores * kCinsPerEpoch, UINT32_MAX));
  cins.set_next(std::max(cins.next(), first));
}

}  // namespace lictor::control
