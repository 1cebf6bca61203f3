// All targets of a dataplane, for lookup by what packets say. Immutable: any number of rx lcores read it, published
// through a LiveTable. Tables follow each other by TargetTableBuilder, and share what did not change between them.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/packet/address_filter.h"
#include "dataplane/packet/exact_key.h"
#include "dataplane/packet/target_rule.h"

namespace lictor {

class TaskFilters;

class TargetTable {
 public:
  static constexpr uint8_t kIpv4Granule = 24;
  static constexpr uint8_t kIpv6Granule = 48;
  // A bit for each /16, in the order of its octets as this machine loads them, set where an IPv4 prefix touches it.
  // Written by the control thread, read by rx lcores.
  using Sixteenths = std::array<std::atomic<uint64_t>, 1024>;

  // More rules than this are refused by who makes them.
  static constexpr size_t kRulesMax = size_t{1} << 24;

  // A table of `rules` alone, which may repeat keys: several tasks, or several scopes of one task, on one address.
  static std::unique_ptr<const TargetTable> build(const std::vector<TargetRule>& rules);

  // What kinds of keys there are: the prefilter and the classifier look for no others.
  struct Kinds {
    bool any = false;       // false: nothing can match
    bool prefixes = false;  // rules or watched prefixes that are no hosts
    bool endpoints = false;
    bool teids = false;
    bool macs = false;
    bool vlans = false;
    bool frames = false;    // some of both are for whole frames
    bool all_ipv4 = false;  // a prefix so short that every IPv4 packet must be looked at
    bool all_ipv6 = false;

    // A packet without an address that is somebody's is nobody's.
    [[nodiscard]] bool addresses_decide() const { return !macs && !vlans && !all_ipv4 && !all_ipv6; }
  };
  [[nodiscard]] const Kinds& kinds() const { return kinds_; }
  [[nodiscard]] bool empty() const { return !kinds_.any; }

  // Over the hashes of hosts, of endpoints' addresses, MAC addresses and stacks of tags: what every packet is asked.
  [[nodiscard]] const AddressFilter& hosts() const { return *hosts_; }
  // Over the hashes of hosts, and of endpoints with their ports: what those are asked that hosts() let through. An
  // address whose media somebody is after may have many other packets.
  [[nodiscard]] const AddressFilter& named() const { return *named_; }
  [[gnu::always_inline]] void prefetch_named(uint64_t host_hash) const {
    AddressFilter::View(*named_).prefetch(hash_again(host_hash));
  }
  // Over the hashes of all granules that a prefix touches; an IPv4 address is asked for its sixteenth first.
  [[nodiscard]] const AddressFilter& prefixes() const { return *prefixes_; }
  [[nodiscard]] const Sixteenths& sixteenths() const { return *sixteenths_; }
  // The lowest bit says whether the /16 of these four octets is touched.
  [[gnu::always_inline]] static uint64_t touched(const Sixteenths& sixteenths, uint32_t wire_octets) {
    return sixteenths[(wire_octets & 0xffff) / 64].load(std::memory_order_relaxed) >> (wire_octets & 63);
  }
  static uint64_t granule_hash(Ipv4Key address) { return address.masked(kIpv4Granule).hash(); }
  static uint64_t granule_hash(Ipv6Key address) { return address.masked(kIpv6Granule).hash(); }

  // What the filters say of an address: never false where a rule or a watched prefix has it.
  template <typename Key>
  [[nodiscard]] bool may_hold_host(Key address) const {
    return named_->maybe(hash_again(address.hash()));
  }
  [[nodiscard]] bool may_hold_prefix_of(Ipv4Key address) const {
    return kinds_.all_ipv4 || (kinds_.prefixes && (touched(*sixteenths_, __builtin_bswap32(address.value)) & 1) != 0 &&
                               prefixes_->maybe(granule_hash(address)));
  }
  [[nodiscard]] bool may_hold_prefix_of(Ipv6Key address) const {
    return kinds_.all_ipv6 || (kinds_.prefixes && prefixes_->maybe(granule_hash(address)));
  }
  template <typename Key>
  [[nodiscard]] bool may_hold_endpoint(Key address, uint16_t port) const {
    return named_->maybe(hash_again(endpoint_hash(address.hash(), port)));
  }

  // What narrows these rules' tasks further on, which belongs to this table and to no other. Null: nothing.
  [[nodiscard]] const TaskFilters* filters() const { return filters_.get(); }

  // The prefix lengths that some rule has.
  [[nodiscard]] std::span<const uint8_t> ipv4_lengths() const { return ipv4_lengths_; }
  [[nodiscard]] std::span<const uint8_t> ipv6_lengths() const { return ipv6_lengths_; }

  // The rules of one key: one that is plain, in the line that the key was found in, or others.
  struct Found {
    const PlainRule* plain = nullptr;  // null: not just that one
    std::span<const TargetRule> rules;
  };
  // Scopes, windows and narrower parts are the asker's to hold against the packet.
  [[nodiscard]] Found find(const ExactKey& key) const {
    const uint64_t hash = key.hash();
    const ShardView& shard = views_[hash >> shard_shift_];
    for (size_t at = hash & shard.mask; shard.slots[at].count != 0; at = (at + 1) & shard.mask) {
      const Slot& slot = shard.slots[at];
      if (slot.key != key) continue;
      if (slot.is_plain) return {.plain = &slot.plain, .rules = {}};
      return {.plain = nullptr, .rules = {shard.rules + slot.first, slot.count}};
    }
    return {};
  }
  // Asks for what find(key) will read first: a walk over slots is nearly always over within two. Inlined by force: GCC
  // 12 takes a function that does nothing but this for one without effects, and its calls away.
  [[gnu::always_inline]] void prefetch(const ExactKey& key) const {
    const uint64_t hash = key.hash();
    const ShardView& shard = views_[hash >> shard_shift_];
    __builtin_prefetch(&shard.slots[hash & shard.mask]);
    __builtin_prefetch(&shard.slots[(hash + 1) & shard.mask]);
  }

 private:
  friend class TargetTableBuilder;

  // A key's rules are rules[first, first + count). One cache line: a match of a plain rule costs no other.
  struct alignas(64) Slot {
    ExactKey key;
    uint32_t first = 0;
    uint32_t count = 0;     // 0: nothing here, and a walk ends
    PlainRule plain;        // of is_plain
    bool is_plain = false;  // it is the key's only rule
  };
  static_assert(sizeof(Slot) == 64);
  // At most half of the slots are taken; there is one at least.
  struct Shard {
    std::vector<TargetRule> rules;
    std::vector<Slot> slots = std::vector<Slot>(1);
  };
  // What of a shard a packet needs, side by side with the others'.
  struct ShardView {
    const Slot* slots;
    const TargetRule* rules;
    size_t mask;  // slots less one
  };
  static ShardView view_of(const Shard& shard) {
    return {shard.slots.data(), shard.rules.data(), shard.slots.size() - 1};
  }

  TargetTable() = default;

  Kinds kinds_;
  unsigned shard_shift_ = 63;
  std::vector<std::shared_ptr<const Shard>> shards_;  // owns what the views show
  std::vector<ShardView> views_;
  std::shared_ptr<const TaskFilters> filters_;
  std::shared_ptr<const AddressFilter> hosts_;
  std::shared_ptr<const AddressFilter> named_;
  std::shared_ptr<const AddressFilter> prefixes_;
  std::shared_ptr<const Sixteenths> sixteenths_;
  std::vector<uint8_t> ipv4_lengths_;
  std::vector<uint8_t> ipv6_lengths_;
};

// The key that a rule is found by.
ExactKey key_of(const TargetRule& rule);

}  // namespace lictor
