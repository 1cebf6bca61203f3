#include "dataplane/packet/target_table.h"

#include <algorithm>
#include <tuple>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

// Family, then prefix length, then address: levels and keys are neighbours. Within a key by task.
auto order_of(const TargetRule& rule) {
  return std::tuple(rule.prefix.ipv6, rule.prefix.bits, rule.prefix.octets, index_of(rule.slot));
}

template <typename Key>
Key key_of(const IpPrefix& prefix) {
  if constexpr (Key::kBits == 32) {
    return ipv4_key(prefix.octets.data());
  } else {
    return ipv6_key(prefix.octets.data());
  }
}

}  // namespace

template <typename Key>
void TargetTable::add_levels(std::vector<Level<Key>>& levels, size_t first, size_t last) {
  while (first < last) {
    const uint8_t bits = rules_[first].prefix.bits;
    size_t end = first;
    while (end < last && rules_[end].prefix.bits == bits) ++end;
    Level<Key> level{bits, KeyTable<Key>(end - first)};
    while (first < end) {
      const IpPrefix& prefix = rules_[first].prefix;
      size_t next = first;
      while (next < end && rules_[next].prefix == prefix) ++next;
      level.keys.insert(key_of<Key>(prefix), {static_cast<uint32_t>(first), static_cast<uint32_t>(next - first)});
      first = next;
    }
    levels.push_back(std::move(level));
  }
}

std::unique_ptr<const TargetTable> TargetTable::build(std::vector<TargetRule> rules) {
  LICTOR_CHECK(rules.size() <= kRulesMax);
  std::unique_ptr<TargetTable> table(new TargetTable());
  table->rules_ = std::move(rules);
  std::ranges::sort(table->rules_, {}, order_of);
  const auto ipv6_begin = std::ranges::find_if(table->rules_, [](const TargetRule& rule) { return rule.prefix.ipv6; });
  const auto ipv4_count = static_cast<size_t>(ipv6_begin - table->rules_.begin());
  table->add_levels(table->ipv4_, 0, ipv4_count);
  table->add_levels(table->ipv6_, ipv4_count, table->rules_.size());
  return table;
}

}  // namespace lictor
