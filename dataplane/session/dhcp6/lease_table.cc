// Chains in buckets, freed slots in a list of their own.

#include "dataplane/session/dhcp6/lease_table.h"

#include "dataplane/base/check.h"

namespace lictor::dhcp6 {

LeaseTable::LeaseTable(uint32_t leases_max) : slots_(leases_max), buckets_(leases_max) {
  LICTOR_CHECK(leases_max > 0 && leases_max < UINT32_MAX / 2);
}

// `address` is a keyed hash already: nobody chooses what stands in one bucket.
size_t LeaseTable::bucket(SessionId session, uint32_t address) const {
  const uint64_t mixed = (uint64_t{static_cast<uint32_t>(session)} << 32 | address) * 0x9e3779b97f4a7c15U;
  return (mixed >> 32) % buckets_.size();
}

LeaseEntry* LeaseTable::find(SessionId session, uint32_t address) noexcept {
  for (uint32_t at = buckets_[bucket(session, address)].first; at != 0; at = slots_[at - 1].next) {
    LeaseEntry& entry = slots_[at - 1].entry;
    if (entry.session == session && entry.address == address) return &entry;
  }
  return nullptr;
}

bool LeaseTable::set(const LeaseEntry& entry) noexcept {
  uint32_t& first = buckets_[bucket(entry.session, entry.address)].first;
  for (uint32_t at = first; at != 0; at = slots_[at - 1].next) {
    LeaseEntry& known = slots_[at - 1].entry;
    if (known.session != entry.session || known.address != entry.address) continue;
    known = entry;
    return true;
  }
  uint32_t index = used_;
  if (free_ != 0) {
    index = free_ - 1;
    free_ = slots_[index].next;
  } else if (used_ < slots_.size()) {
    ++used_;
  } else {
    return false;
  }
  slots_[index].entry = entry;
  slots_[index].taken = 1;
  slots_[index].next = first & 0x7fffffff;
  first = index + 1;
  ++count_;
  return true;
}

void LeaseTable::erase(uint32_t index) noexcept {
  Slot& slot = slots_[index];
  uint32_t& first = buckets_[bucket(slot.entry.session, slot.entry.address)].first;
  if (first == index + 1) {
    first = slot.next;
  } else {
    uint32_t before = first;
    while (slots_[before - 1].next != index + 1) before = slots_[before - 1].next;
    slots_[before - 1].next = slot.next;
  }
  slot.taken = 0;
  slot.next = free_ & 0x7fffffff;
  free_ = index + 1;
  --count_;
}

}  // namespace lictor::dhcp6
