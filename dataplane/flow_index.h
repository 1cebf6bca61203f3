// From an address to the five-tuples whose target side it is on: for each prefix length in use a hash table of the
// prefixes. Asked for packets that passed the prefilter only, so it has none of its own. Built once, then immutable:
// any number of threads may read.
#pragma once

#include <bit>
#include <cstddef>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/flow_tuple.h"

namespace lictor {

// All five-tuples with one target-side prefix.
template <typename Key>
struct FlowGroup {
  Key target;
  uint8_t bits = 0;
  IndexRange tuples;  // not empty
};

template <typename Key>
class FlowIndex {
 public:
  FlowIndex() = default;
  // Each prefix once; those of one length together.
  explicit FlowIndex(const std::vector<FlowGroup<Key>>& groups) {
    for (size_t first = 0; first < groups.size();) {
      size_t end = first;
      while (end < groups.size() && groups[end].bits == groups[first].bits) ++end;
      add_level(groups, first, end);
      first = end;
    }
  }

  [[nodiscard]] bool empty() const { return levels_.empty(); }

  // Calls `visit(IndexRange of tuples)` for each prefix that holds the address.
  template <typename Visit>
  void for_each(Key address, Visit visit) const {
    for (const Level& level : levels_) {
      const IndexRange tuples = level.find(address.masked(level.bits));
      if (tuples.count != 0) visit(tuples);
    }
  }

  // Asks for the cache lines that for_each() will want. Inlined by force: GCC 12 takes calls of what only does this
  // away.
  [[gnu::always_inline]] void prefetch(Key address) const {
    for (const Level& level : levels_)
      __builtin_prefetch(&level.slots[address.masked(level.bits).hash() >> level.shift]);
  }

  [[nodiscard]] bool holds(Key address) const {
    bool held = false;
    for_each(address, [&held](IndexRange) { held = true; });
    return held;
  }

 private:
  struct Slot {
    Key target;
    IndexRange tuples;  // count 0: nothing here, and a walk ends
  };

  // At most half of the slots are taken.
  struct Level {
    uint8_t bits;
    unsigned shift;
    std::vector<Slot> slots;

    [[nodiscard]] size_t next(size_t at) const { return (at + 1) & (slots.size() - 1); }
    [[nodiscard]] IndexRange find(Key target) const {
      for (size_t at = target.hash() >> shift; slots[at].tuples.count != 0; at = next(at)) {
        if (slots[at].target == target) return slots[at].tuples;
      }
      return {};
    }
  };

  void add_level(const std::vector<FlowGroup<Key>>& groups, size_t first, size_t end) {
    const size_t slots = std::bit_ceil(2 * (end - first));
    Level level{.bits = groups[first].bits,
                .shift = 64U - static_cast<unsigned>(std::countr_zero(slots)),
                .slots = std::vector<Slot>(slots)};
    for (size_t i = first; i < end; ++i) {
      LICTOR_CHECK(groups[i].tuples.count != 0);
      size_t at = groups[i].target.hash() >> level.shift;
      while (level.slots[at].tuples.count != 0) at = level.next(at);
      level.slots[at] = {groups[i].target, groups[i].tuples};
    }
    levels_.push_back(std::move(level));
  }

  std::vector<Level> levels_;
};

}  // namespace lictor
