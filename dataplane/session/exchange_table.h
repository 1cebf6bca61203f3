// Questions that wait for their answers: the newest so many, found by a keyed hash of what makes question and answer
// one. When there is room for no more the oldest goes. One session lcore; allocates only in its constructor.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <new>
#include <type_traits>

#include "dataplane/base/check.h"
#include "dataplane/base/clock.h"
#include "dataplane/packet/sip_hash.h"
#include "dataplane/session/private_array.h"

namespace lictor {

// Nanoseconds between two moments, whichever is first: stamps may step back.
inline int64_t apart(PacketTime one, PacketTime other) { return std::abs(one.unix_ns - other.unix_ns); }

// `Exchange` is a plain value. Keys are 128 bits under a key of this start: nobody finds two that are the same.
template <typename Exchange>
class ExchangeTable {
 public:
  // `exchanges_max` is 1 or more. All memory is touched here.
  static_assert(std::is_trivially_destructible_v<Exchange>);
  explicit ExchangeTable(uint32_t exchanges_max) : slots_(exchanges_max), buckets_(exchanges_max) {
    LICTOR_CHECK(exchanges_max > 0);
  }

  // Null where it is not there. Valid until the next add().
  [[nodiscard]] Exchange* find(const Hash128& key) noexcept {
    for (uint32_t at = buckets_[bucket(key)].first; at != 0; at = slots_[at - 1].next)
      if (slots_[at - 1].key == key) return &slots_[at - 1].exchange;
    return nullptr;
  }

  // A fresh one, in the place of the oldest; `evicted` is called with that where it held one. The key must not be
  // there.
  template <typename Evicted>
  Exchange& add(const Hash128& key, const Evicted& evicted) noexcept {
    Slot& slot = slots_[oldest_];
    if (slot.used) {
      evicted(static_cast<const Exchange&>(slot.exchange));
      unlink(oldest_);
    }
    uint32_t& first = buckets_[bucket(key)].first;
    slot.key = key;
    slot.used = true;
    new (&slot.exchange) Exchange;  // and neither zeroed nor copied: it may be a kilobyte
    slot.next = first;
    first = oldest_ + 1;
    oldest_ = oldest_ + 1 == slots_.size() ? 0 : oldest_ + 1;
    return slot.exchange;
  }

  [[nodiscard]] size_t bytes() const { return slots_.size() * (sizeof(Slot) + sizeof(uint32_t)); }

 private:
  struct Bucket {
    uint32_t first = 0;  // a slot's index + 1; 0: none
  };
  struct Slot {
    Hash128 key;
    uint32_t next = 0;  // in its bucket, a slot's index + 1; 0: none
    bool used = false;
    Exchange exchange;
  };

  [[nodiscard]] size_t bucket(const Hash128& key) const { return key.low % buckets_.size(); }

  void unlink(uint32_t index) noexcept {
    uint32_t* link = &buckets_[bucket(slots_[index].key)].first;
    while (*link != index + 1) link = &slots_[*link - 1].next;
    *link = slots_[index].next;
  }

  PrivateArray<Slot> slots_;
  PrivateArray<Bucket> buckets_;
  uint32_t oldest_ = 0;
};

}  // namespace lictor
