// Makes one target table after the other as tasks come and go, at the cost of what changed: a table is cut into shards,
// and those that nobody touched are the same in the next one. Control thread only; the tables may be read by others,
// and outlive this.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/packet/target_table.h"

namespace lictor {

class TargetTableBuilder {
 public:
  TargetTableBuilder();

  // At most TargetTable::kRulesMax are left when a table is built: who adds keeps to that.
  void add(const TargetRule& rule);
  // Takes out every rule of `slot` under the keys of `rules`: what was added for it.
  void remove(TaskSlot slot, std::span<const TargetRule> rules);

  // Packets that touch `prefix` are looked at, though no rule here has it: another stage does. As often as it was
  // watched, it must be unwatched.
  void watch(const IpPrefix& prefix);
  void unwatch(const IpPrefix& prefix);

  // From now on tables carry these; they are shared, and freed with the last table that carries them.
  void attach(std::shared_ptr<const TaskFilters> filters) { filters_ = std::move(filters); }

  [[nodiscard]] size_t rules() const { return rules_; }

  // The table of all that was added and not removed. Every reader of earlier tables may still be reading them.
  [[nodiscard]] std::unique_ptr<const TargetTable> build();

 private:
  using Shard = TargetTable::Shard;
  struct Removal {
    ExactKey key;
    TaskSlot slot;
  };
  // Removals come before additions: a task that is replaced is taken out and put in.
  struct Change {
    std::vector<TargetRule> kept;  // moved here from another shard
    std::vector<Removal> removed;
    std::vector<TargetRule> added;
  };

  void count(const TargetRule& rule, int step);
  void count(const IpPrefix& prefix, int step);
  void enter(const TargetRule& rule);  // into the filters
  void enter(const IpPrefix& prefix);  // into the filters
  void enter_sixteenths(const IpPrefix& prefix);
  void make_filters();
  void make_filters_for(size_t hosts, size_t named, size_t granules);
  void resize_shards();
  void apply(Change& change, size_t at);
  static void index(Shard& shard);
  [[nodiscard]] TargetTable::Kinds kinds() const;

  std::vector<std::shared_ptr<const Shard>> shards_;
  std::vector<TargetTable::ShardView> views_;  // of these
  unsigned shard_shift_;
  std::map<size_t, Change> changes_;  // by shard
  std::map<IpPrefix, uint32_t> watched_;
  size_t rules_ = 0;

  // Keys of each kind, so that a kind that is gone is not looked for any more.
  std::array<uint32_t, 33> ipv4_lengths_{};
  std::array<uint32_t, 129> ipv6_lengths_{};
  std::array<uint32_t, 33> watched_ipv4_{};
  std::array<uint32_t, 129> watched_ipv6_{};
  std::array<uint32_t, 5> by_key_{};  // by RuleKey
  uint32_t frames_ = 0;               // rules for whole frames

  std::shared_ptr<const TaskFilters> filters_;
  std::shared_ptr<AddressFilter> hosts_;
  std::shared_ptr<AddressFilter> named_;
  std::shared_ptr<AddressFilter> prefixes_;
  std::shared_ptr<TargetTable::Sixteenths> sixteenths_;
  // Keys that a filter is right for, and those that it was given since it was made, which may be gone. What it knew
  // already is none of them: tasks at one address, or ports of one, take its room once.
  struct Fill {
    size_t max = 0;
    size_t entered = 0;

    [[nodiscard]] bool is_over() const { return entered > max; }
  };
  static void add_to(AddressFilter& filter, Fill& fill, uint64_t hash);
  Fill hosts_fill_;
  Fill named_fill_;
  Fill prefixes_fill_;
};

}  // namespace lictor
