#include "dataplane/flow_set.h"

#include <rte_cycles.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <random>

namespace lictor {
namespace {

// Keys that methods are timed with: as many cycles each as a few bursts of a busy lcore.
constexpr size_t kSampleKeys = 256;
// The smallest of so many runs counts: others share the core.
constexpr int kSampleRuns = 5;
// Asked for at once, as an rx lcore does for its burst.
constexpr size_t kSampleBurst = 32;
// An rte_acl must be this much faster than a walk, in percent: its tables push others out of the caches.
constexpr uint64_t kGainPercentMin = 10;

// A packet of `tuple`; every second one is turned into one that most likely is nobody's, with the target's side kept.
template <typename Key>
FlowKey<Key> sample_key(const FlowTuple<Key>& tuple, bool miss, std::mt19937_64& random) {
  const auto port = [&](PortRange range) {
    return static_cast<uint16_t>(range.first + random() % (size_t{1} + range.last - range.first));
  };
  FlowKey<Key> key{.target = tuple.target,
                   .remote = tuple.remote,
                   .target_port = port(tuple.target_ports),
                   .remote_port = port(tuple.remote_ports),
                   .protocol = tuple.protocol,
                   .ports_known = true};
  constexpr uint8_t kUdp = 17;
  constexpr uint8_t kReserved = 255;
  if (key.protocol == 0) key.protocol = kUdp;
  if (!miss) return key;
  key.remote_port = static_cast<uint16_t>(random());
  key.target_port = static_cast<uint16_t>(random());
  if (random() % 2 == 0) key.protocol = kReserved;
  return key;
}

}  // namespace

template <typename Key>
FlowSet<Key> FlowSet<Key>::walked(std::vector<FlowTuple<Key>> tuples) {
  FlowSet set;
  set.tuples_ = std::move(tuples);
  set.few_ = FlowIndex<Key>(set.groups());
  return set;
}

template <typename Key>
Result<FlowSet<Key>> FlowSet<Key>::fastest(std::vector<FlowTuple<Key>> tuples, const FlowLimits& limits,
                                           const std::atomic<bool>& stop) {
  FlowSet set;
  set.tuples_ = std::move(tuples);
  std::vector<FlowGroup<Key>> few = set.groups();
  const auto many = std::stable_partition(few.begin(), few.end(),
                                          [](const FlowGroup<Key>& group) { return group.tuples.count <= kWalkedMax; });
  const std::vector<FlowGroup<Key>> crowded(many, few.end());
  few.erase(many, few.end());
  set.few_ = FlowIndex<Key>(few);
  set.crowded_ = FlowIndex<Key>(crowded);
  if (crowded.empty()) return set;
  const std::vector<uint32_t> order = set.order(crowded);
  Result<std::unique_ptr<const FlowAcl<Key>>> acl = FlowAcl<Key>::build(set.tuples_, order, limits.acl_bytes_max);
  if (!acl.ok()) return acl.status();
  if (stop.load(std::memory_order_relaxed)) return absl::CancelledError("flows: nobody waits for them any more");
  set.acl_ = *std::move(acl);
  set.note_overlaps(crowded, order);
  set.choose_method(order);
  return set;
}

template <typename Key>
std::vector<FlowGroup<Key>> FlowSet<Key>::groups() const {
  std::vector<FlowGroup<Key>> groups;
  for (uint32_t at = 0; at < tuples_.size(); ++at) {
    const FlowTuple<Key>& tuple = tuples_[at];
    if (groups.empty() || groups.back().bits != tuple.target_bits || groups.back().target != tuple.target) {
      groups.push_back({.target = tuple.target, .bits = tuple.target_bits, .tuples = {at, 0}});
    }
    ++groups.back().tuples.count;
  }
  return groups;
}

// The narrowest first: what overlaps it then mostly encloses it, and few overlaps are looked at in vain.
template <typename Key>
std::vector<uint32_t> FlowSet<Key>::order(const std::vector<FlowGroup<Key>>& crowded) const {
  std::vector<uint32_t> order;
  for (const FlowGroup<Key>& group : crowded) {
    for (uint32_t at = group.tuples.first; at < group.tuples.end(); ++at) order.push_back(at);
  }
  std::ranges::stable_sort(order, {}, [this](uint32_t at) { return tuples_[at].width(); });
  return order;
}

template <typename Key>
void FlowSet<Key>::note_overlaps(const std::vector<FlowGroup<Key>>& crowded, const std::vector<uint32_t>& order) {
  std::vector<uint32_t> rank(tuples_.size());
  for (uint32_t at = 0; at < order.size(); ++at) rank[order[at]] = at;
  std::vector<std::pair<uint32_t, uint32_t>> pairs;  // the earlier one, the later one
  // Two tuples that overlap have target sides of which one holds the other: the shorter prefix is found from the
  // longer.
  const auto note = [&](uint32_t inner, uint32_t outer) {
    if (!tuples_[inner].overlaps(tuples_[outer])) return;
    pairs.emplace_back(rank[inner] < rank[outer] ? std::pair(inner, outer) : std::pair(outer, inner));
  };
  for (const FlowGroup<Key>& group : crowded) {
    crowded_.for_each(group.target, [&](IndexRange outer) {
      if (tuples_[outer.first].target_bits > group.bits) return;
      for (uint32_t i = group.tuples.first; i < group.tuples.end() && pairs.size() <= kOverlapsMax; ++i) {
        const uint32_t from = outer.first == group.tuples.first ? i + 1 : outer.first;
        for (uint32_t j = from; j < outer.end(); ++j) note(i, j);
      }
    });
  }
  if (pairs.size() > kOverlapsMax) return;
  std::ranges::sort(pairs);
  overlaps_from_.resize(tuples_.size() + 1);
  for (const auto& [earlier, later] : pairs) {
    ++overlaps_from_[earlier + 1];
    overlaps_.push_back(later);
  }
  std::partial_sum(overlaps_from_.begin(), overlaps_from_.end(), overlaps_from_.begin());
  overlaps_known_ = true;
}

template <typename Key>
void FlowSet<Key>::choose_method(const std::vector<uint32_t>& order) {
  std::mt19937_64 random(order.size());
  std::vector<FlowKey<Key>> keys;
  const size_t step = std::max<size_t>(order.size() / kSampleKeys, 1);
  for (size_t i = 0; i < kSampleKeys; ++i) {
    keys.push_back(sample_key(tuples_[order[i * step % order.size()]], i % 2 == 1, random));
  }
  method_ = FlowMethod::kWalk;
  FlowMethod best = method_;
  uint64_t least = time(keys) * (100 - kGainPercentMin) / 100;
  for (size_t i = 1; i < kFlowMethods; ++i) {
    method_ = static_cast<FlowMethod>(i);
    if (!can_run(method_)) continue;
    const uint64_t taken = time(keys);
    if (taken >= least) continue;
    least = taken;
    best = method_;
  }
  method_ = best;
}

template <typename Key>
bool FlowSet<Key>::use(FlowMethod method) {
  if (!can_run(method) || (method != FlowMethod::kWalk && acl_ == nullptr)) return false;
  method_ = method;
  return true;
}

template <typename Key>
uint64_t FlowSet<Key>::time(std::span<const FlowKey<Key>> keys) const {
  uint64_t least = UINT64_MAX;
  uint64_t rules = 0;
  for (int run = 0; run < kSampleRuns; ++run) {
    const uint64_t start = rte_rdtsc();
    for (size_t at = 0; at < keys.size(); at += kSampleBurst) {
      const std::span<const FlowKey<Key>> burst = keys.subspan(at, std::min(kSampleBurst, keys.size() - at));
      std::array<uint32_t, kSampleBurst> found;
      find(burst, found.data());
      for (size_t i = 0; i < burst.size(); ++i) {
        for_each(burst[i], found[i], [&rules](IndexRange range) { rules += range.count; });
      }
    }
    asm volatile("" : : "r"(rules));  // what was counted counts as used
    least = std::min(least, rte_rdtsc() - start);
  }
  return least;
}

template <typename Key>
void FlowSet<Key>::find(std::span<const FlowKey<Key>> keys, uint32_t* found) const noexcept {
  for (const FlowKey<Key>& key : keys) few_.prefetch(key.target);
  std::fill_n(found, keys.size(), method_ == FlowMethod::kWalk && !crowded_.empty() ? kWalk : kNone);
  if (method_ == FlowMethod::kWalk) return;
  std::array<const FlowKey<Key>*, FlowAcl<Key>::kKeysMax> asked;
  std::array<uint32_t, FlowAcl<Key>::kKeysMax> answers;
  size_t count = 0;
  const auto ask = [&] {
    acl_->find(method_, {asked.data(), count}, answers.data());
    for (size_t i = 0; i < count; ++i) found[asked[i] - keys.data()] = answers[i];
    count = 0;
  };
  for (const FlowKey<Key>& key : keys) {
    if (!crowded_.holds(key.target)) continue;
    asked[count++] = &key;
    if (count == asked.size()) ask();
  }
  if (count != 0) ask();
}

template class FlowSet<Ipv4Key>;
template class FlowSet<Ipv6Key>;

}  // namespace lictor
