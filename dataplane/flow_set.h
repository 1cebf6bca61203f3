// All five-tuples of one address family, found from a packet's two sides. A prefix with few of them is walked: that
// costs less than a lookup in an rte_acl. Where many share a prefix, the fastest method for this very set is taken, as
// timed when it was built. rte_acl says only which tuple comes first, so each tuple knows which later ones overlap it.
// Built by a helper thread, then immutable: any number of rx lcores may read.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/flow_acl.h"
#include "dataplane/flow_index.h"
#include "dataplane/flow_limits.h"

namespace lictor {

// Instantiated for Ipv4Key and Ipv6Key.
template <typename Key>
class FlowSet {
 public:
  // Up to so many tuples of a prefix are walked: about what one lookup in an rte_acl costs (40 to 150 cycles).
  static constexpr uint32_t kWalkedMax = 16;
  // More pairs of tuples that overlap (32 MiB) are not noted: a hit is then followed by a walk.
  static constexpr size_t kOverlapsMax = size_t{4} << 20;

  // What find() says of a key: a tuple, or one of these.
  static constexpr uint32_t kNone = FlowAcl<Key>::kNone;
  static constexpr uint32_t kWalk = kNone - 1;

  FlowSet() = default;
  // Of distinct tuples, those of one prefix together, prefixes of one length together. Walks all of them.
  static FlowSet walked(std::vector<FlowTuple<Key>> tuples);
  // The fastest. Where `stop` becomes true the answer is Cancelled, but rte_acl's part of the work goes on until then.
  static Result<FlowSet> fastest(std::vector<FlowTuple<Key>> tuples, const FlowLimits& limits,
                                 const std::atomic<bool>& stop);

  [[nodiscard]] bool empty() const { return tuples_.empty(); }
  [[nodiscard]] FlowMethod method() const { return method_; }
  // Another method than the one that was found to be the fastest: for those who compare them. False where it cannot
  // run, or rte_acl has nothing to do with this set.
  bool use(FlowMethod method);

  // First for all keys of a burst, because rte_acl is faster with many.
  void find(std::span<const FlowKey<Key>> keys, uint32_t* found) const noexcept;

  // Then for each: calls `visit(IndexRange of rules)` for every tuple that holds `key`, for which find() said `found`.
  template <typename Visit>
  void for_each(const FlowKey<Key>& key, uint32_t found, Visit visit) const {
    walk(few_, key, visit);
    if (found == kNone) return;
    if (found == kWalk || !overlaps_known_) return walk(crowded_, key, visit);
    visit_if(tuples_[found], key, visit);
    for (uint32_t at = overlaps_from_[found]; at < overlaps_from_[found + 1]; ++at) {
      visit_if(tuples_[overlaps_[at]], key, visit);
    }
  }

 private:
  template <typename Visit>
  void walk(const FlowIndex<Key>& index, const FlowKey<Key>& key, Visit& visit) const {
    index.for_each(key.target, [&](IndexRange tuples) {
      for (uint32_t at = tuples.first; at < tuples.end(); ++at) {
        if (tuples_[at].narrow_parts_hold(key)) visit(tuples_[at].rules);
      }
    });
  }
  template <typename Visit>
  static void visit_if(const FlowTuple<Key>& tuple, const FlowKey<Key>& key, Visit& visit) {
    if (tuple.narrow_parts_hold(key) && tuple.target_holds(key)) visit(tuple.rules);
  }

  [[nodiscard]] std::vector<FlowGroup<Key>> groups() const;
  [[nodiscard]] std::vector<uint32_t> order(const std::vector<FlowGroup<Key>>& crowded) const;
  void note_overlaps(const std::vector<FlowGroup<Key>>& crowded, const std::vector<uint32_t>& order);
  void choose_method(const std::vector<uint32_t>& order);
  [[nodiscard]] uint64_t time(std::span<const FlowKey<Key>> keys) const;

  std::vector<FlowTuple<Key>> tuples_;
  FlowIndex<Key> few_;      // prefixes that are walked
  FlowIndex<Key> crowded_;  // those that are not
  std::unique_ptr<const FlowAcl<Key>> acl_;
  FlowMethod method_ = FlowMethod::kWalk;
  // Tuple i overlaps the tuples overlaps_[overlaps_from_[i]] to overlaps_[overlaps_from_[i + 1] - 1], which come later
  // in rte_acl's order.
  bool overlaps_known_ = false;
  std::vector<uint32_t> overlaps_from_;
  std::vector<uint32_t> overlaps_;
};

}  // namespace lictor
