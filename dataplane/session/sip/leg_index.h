// Which calls are legs of one communication, by what nodes in between keep of it: keys that both have. Bounded, taken
// once. One session lcore.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dataplane/session/sip/call_event.h"

namespace lictor::sip {

class LegIndex {
 public:
  static constexpr size_t kKeysMax = 3;     // of a call: one of each kind that LegKeys has
  static constexpr size_t kLookedMax = 64;  // in one bucket: many calls with one key are one who writes them

  // `calls_max` 0: no call has keys.
  explicit LegIndex(uint32_t calls_max) : legs_(calls_max), buckets_(calls_max) {}

  // From now on the call has this key, a keyed hash, too. Nothing where it has it, or kKeysMax others.
  void put(CallId call, uint64_t key) noexcept {
    if (legs_.empty()) return;
    Leg& leg = legs_[static_cast<uint32_t>(call)];
    for (size_t i = 0; i < kKeysMax; ++i) {
      if (leg[i].is_used && leg[i].key == key) return;
      if (leg[i].is_used) continue;
      uint32_t& first = buckets_[key % buckets_.size()];
      leg[i] = {.key = key, .next = first, .is_used = true};
      if (first != 0) at(first).previous = number_of(call, i);
      first = number_of(call, i);
      return;
    }
  }

  // All keys of the call, however many others have them.
  void remove(CallId call) noexcept {
    if (legs_.empty()) return;
    for (size_t i = 0; i < kKeysMax; ++i) {
      Key& key = legs_[static_cast<uint32_t>(call)][i];
      if (!key.is_used) continue;
      (key.previous != 0 ? at(key.previous).next : buckets_[key.key % buckets_.size()]) = key.next;
      if (key.next != 0) at(key.next).previous = key.previous;
      key = {};
    }
  }

  // visit(CallId) of each other call that has one of its keys; of one that has several, several times.
  template <typename Visit>
  void for_each_other(CallId call, Visit visit) const {
    if (legs_.empty()) return;
    for (const Key& own : legs_[static_cast<uint32_t>(call)]) {
      if (!own.is_used) continue;
      size_t looked = 0;
      for (uint32_t number = buckets_[own.key % buckets_.size()]; number != 0 && looked++ < kLookedMax;
           number = at(number).next) {
        const CallId other{(number - 1) / static_cast<uint32_t>(kKeysMax)};
        if (other != call && at(number).key == own.key) visit(other);
      }
    }
  }

 private:
  struct Key {
    uint64_t key = 0;
    uint32_t next = 0;  // in its bucket: number of the call and the key, + 1
    uint32_t previous = 0;
    bool is_used = false;
  };
  using Leg = std::array<Key, kKeysMax>;

  static uint32_t number_of(CallId call, size_t key) {
    return static_cast<uint32_t>(static_cast<uint32_t>(call) * kKeysMax + key + 1);
  }
  Key& at(uint32_t number) { return legs_[(number - 1) / kKeysMax][(number - 1) % kKeysMax]; }
  [[nodiscard]] const Key& at(uint32_t number) const { return legs_[(number - 1) / kKeysMax][(number - 1) % kKeysMax]; }

  std::vector<Leg> legs_;  // by call
  std::vector<uint32_t> buckets_;
};

}  // namespace lictor::sip
