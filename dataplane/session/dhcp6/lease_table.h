// When each address and prefix of a session ends, and of which association it is: a SessionBook knows one end a
// session. Sessions end without a word to this table, so nothing in it is believed before the book has been asked; what
// it holds of sessions that are gone, it loses while it is walked. One session lcore; allocates only in its
// constructor.
#pragma once

#include <cstdint>

#include "dataplane/session/dhcp6/message.h"
#include "dataplane/session/private_array.h"
#include "dataplane/session/session_event.h"

namespace lictor::dhcp6 {

struct LeaseEntry {
  SessionId session = kNoSession;
  uint32_t address = 0;    // a keyed hash of it
  uint32_t client = 0;     // a keyed hash of the session's client
  uint32_t expires_s = 0;  // since the epoch, rounded up; UINT32_MAX: never
  uint32_t association = 0;
  AssociationKind kind = AssociationKind::kAddresses;
};

class LeaseTable {
 public:
  // `leases_max` is 1 or more.
  explicit LeaseTable(uint32_t leases_max);

  // Takes the place of what it has of that session and address. False where there is no room.
  bool set(const LeaseEntry& entry) noexcept;
  // Null where there is none. Valid until the next walk(); its session and address must stay as they are.
  [[nodiscard]] LeaseEntry* find(SessionId session, uint32_t address) noexcept;
  // Visits a hundredth of the table, or `entries_min`, behind where the last walk ended: visit(const LeaseEntry&)
  // answers whether the entry stays. `visit` must not call set().
  template <typename Visit>
  void walk(uint32_t entries_min, const Visit& visit) noexcept {
    const uint32_t share = used_ / kWalks + entries_min;
    for (uint32_t i = 0; i < share && i < used_; ++i) {
      next_walked_ = next_walked_ + 1 < used_ ? next_walked_ + 1 : 0;
      const Slot& slot = slots_[next_walked_];
      if (slot.taken && !visit(slot.entry)) erase(next_walked_);
    }
  }

  [[nodiscard]] uint32_t count() const { return count_; }
  [[nodiscard]] size_t bytes() const { return slots_.size() * (sizeof(Slot) + sizeof(uint32_t)); }

 private:
  static constexpr uint32_t kWalks = 100;

  struct Bucket {
    uint32_t first = 0;  // a slot's index + 1; 0: none
  };
  struct Slot {
    LeaseEntry entry;
    uint32_t next : 31 = 0;  // in its bucket, or of the free ones; a slot's index + 1; 0: none
    uint32_t taken : 1 = 0;
  };
  static_assert(sizeof(Slot) == 28);

  [[nodiscard]] size_t bucket(SessionId session, uint32_t address) const;
  void erase(uint32_t index) noexcept;

  PrivateArray<Slot> slots_;
  PrivateArray<Bucket> buckets_;
  uint32_t free_ = 0;
  uint32_t used_ = 0;  // slots from here on were never used
  uint32_t count_ = 0;
  uint32_t next_walked_ = 0;
};

}  // namespace lictor::dhcp6
