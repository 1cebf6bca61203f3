// All targets of a dataplane, for lookup by address. Built whole by the control thread, published through a LiveTable,
// then immutable: any number of rx lcores read it.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "dataplane/packet/key_table.h"
#include "dataplane/packet/target_rule.h"

namespace lictor {

class TargetTable {
 public:
  // More rules than this are refused by who makes them (16 Mi rules take 1 GiB).
  static constexpr size_t kRulesMax = size_t{1} << 24;

  // A table of `rules`, which may repeat prefixes: several tasks, or several scopes of one task, on one address.
  static std::unique_ptr<const TargetTable> build(std::vector<TargetRule> rules);

  [[nodiscard]] bool empty() const { return rules_.empty(); }

  // Calls `visit(const TargetRule&)` for each rule whose prefix covers the address. Windows and scopes are the
  // visitor's.
  template <typename Visit>
  void for_each_ipv4(Ipv4Key address, Visit visit) const {
    for_each(ipv4_, address, visit);
  }
  template <typename Visit>
  void for_each_ipv6(Ipv6Key address, Visit visit) const {
    for_each(ipv6_, address, visit);
  }

 private:
  // The keys of one prefix length; hosts are the longest.
  template <typename Key>
  struct Level {
    uint8_t bits;
    KeyTable<Key> keys;
  };

  TargetTable() = default;
  template <typename Key>
  void add_levels(std::vector<Level<Key>>& levels, size_t first, size_t last);

  template <typename Key, typename Visit>
  void for_each(const std::vector<Level<Key>>& levels, Key address, Visit visit) const {
    for (const Level<Key>& level : levels) {
      const RuleRange range = level.keys.find(address.masked(level.bits));
      for (uint32_t i = range.first; i < range.first + range.count; ++i) visit(rules_[i]);
    }
  }

  std::vector<TargetRule> rules_;  // sorted by prefix: the rules of a key are neighbours
  std::vector<Level<Ipv4Key>> ipv4_;
  std::vector<Level<Ipv6Key>> ipv6_;
};

// The keys of an address in network order. `octets` holds 4, or 16.
inline Ipv4Key ipv4_key(const uint8_t* octets) {
  return {static_cast<uint32_t>(octets[0]) << 24 | static_cast<uint32_t>(octets[1]) << 16 |
          static_cast<uint32_t>(octets[2]) << 8 | octets[3]};
}
inline Ipv6Key ipv6_key(const uint8_t* octets) {
  const auto word = [octets](size_t at) { return uint64_t{ipv4_key(octets + at).value}; };
  return {word(0) << 32 | word(4), word(8) << 32 | word(12)};
}

}  // namespace lictor
