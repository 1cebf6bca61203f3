#include "dataplane/packet/target_table_builder.h"

#include <algorithm>
#include <bit>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

// A change copies a shard, and a new table copies a pointer to each: both stay in microseconds up to millions of rules.
constexpr size_t kRulesPerShard = 128;
constexpr size_t kShardsMin = 2;

// A filter is made for twice of what it holds, so that it is made anew after as many changes.
constexpr size_t kFilterKeysMin = 1024;

// A prefix is entered as all of its granules; one that is shorter than these would be more than 65,536.
constexpr uint8_t kIpv4ShortestEntered = 8;
constexpr uint8_t kIpv6ShortestEntered = 32;

unsigned shift_of(size_t shards) { return 64 - static_cast<unsigned>(std::countr_zero(shards)); }

size_t granules_of(const IpPrefix& prefix) {
  const uint8_t granule = prefix.ipv6 ? TargetTable::kIpv6Granule : TargetTable::kIpv4Granule;
  const uint8_t shortest = prefix.ipv6 ? kIpv6ShortestEntered : kIpv4ShortestEntered;
  if (prefix.bits < shortest) return 0;
  return prefix.bits >= granule ? 1 : size_t{1} << (granule - prefix.bits);
}

bool is_host(const IpPrefix& prefix) { return prefix.bits == (prefix.ipv6 ? Ipv6Key::kBits : Ipv4Key::kBits); }

template <typename Key>
uint64_t host_hash(const IpPrefix& prefix) {
  if constexpr (Key::kBits == 32) {
    return ipv4_key(prefix.octets.data()).hash();
  } else {
    return ipv6_key(prefix.octets.data()).hash();
  }
}

uint64_t host_hash(const IpPrefix& prefix) {
  return prefix.ipv6 ? host_hash<Ipv6Key>(prefix) : host_hash<Ipv4Key>(prefix);
}

bool is_in_hosts(const TargetRule& rule) {
  return rule.key == RuleKey::kAddress ? is_host(rule.prefix) : rule.key != RuleKey::kTeid;
}

// Rules of a key are neighbours, within a key by task.
bool comes_first(const TargetRule& a, const TargetRule& b) {
  const ExactKey one = key_of(a);
  const ExactKey two = key_of(b);
  return std::tuple(one.kind, one.high, one.low, one.extra, index_of(a.slot)) <
         std::tuple(two.kind, two.high, two.low, two.extra, index_of(b.slot));
}

}  // namespace

TargetTableBuilder::TargetTableBuilder()
    : shards_(kShardsMin, std::make_shared<const Shard>()),
      views_(kShardsMin, TargetTable::view_of(*shards_.front())),
      shard_shift_(shift_of(kShardsMin)) {
  make_filters();
}

void TargetTableBuilder::add(const TargetRule& rule) {
  changes_[key_of(rule).hash() >> shard_shift_].added.push_back(rule);
  ++rules_;
  count(rule, 1);
  enter(rule);
}

void TargetTableBuilder::remove(TaskSlot slot, std::span<const TargetRule> rules) {
  for (const TargetRule& rule : rules) {
    const ExactKey key = key_of(rule);
    Change& change = changes_[key.hash() >> shard_shift_];
    // What this round added is not in the shard yet.
    const size_t taken = std::erase_if(change.added, [&](const TargetRule& added) {
      if (added.slot != slot || key_of(added) != key) return false;
      count(added, -1);
      return true;
    });
    rules_ -= taken;
    change.removed.push_back({key, slot});
  }
}

void TargetTableBuilder::watch(const IpPrefix& prefix) {
  if (++watched_[prefix] > 1) return;
  count(prefix, 1);
  enter(prefix);
}

void TargetTableBuilder::unwatch(const IpPrefix& prefix) {
  const auto found = watched_.find(prefix);
  LICTOR_CHECK(found != watched_.end());
  if (--found->second > 0) return;
  watched_.erase(found);
  count(prefix, -1);
}

void TargetTableBuilder::count(const TargetRule& rule, int step) {
  by_key_[static_cast<size_t>(rule.key)] += static_cast<uint32_t>(step);
  if (rule.frames) frames_ += static_cast<uint32_t>(step);
  if (rule.key != RuleKey::kAddress) return;
  (rule.prefix.ipv6 ? ipv6_lengths_[rule.prefix.bits] : ipv4_lengths_[rule.prefix.bits]) += static_cast<uint32_t>(step);
}

void TargetTableBuilder::count(const IpPrefix& prefix, int step) {
  (prefix.ipv6 ? watched_ipv6_[prefix.bits] : watched_ipv4_[prefix.bits]) += static_cast<uint32_t>(step);
}

void TargetTableBuilder::add_to(AddressFilter& filter, Fill& fill, uint64_t hash) {
  if (filter.maybe(hash)) return;
  filter.add(hash);
  ++fill.entered;
}

void TargetTableBuilder::enter(const TargetRule& rule) {
  switch (rule.key) {
    case RuleKey::kAddress:
      return enter(rule.prefix);
    case RuleKey::kEndpoint:
      add_to(*hosts_, hosts_fill_, host_hash(rule.prefix));
      return add_to(*named_, named_fill_, hash_again(endpoint_hash(host_hash(rule.prefix), rule.target_ports.first)));
    case RuleKey::kTeid:
      return;  // what is in a tunnel is looked at anyway
    case RuleKey::kMac:
    case RuleKey::kVlans:
      return add_to(*hosts_, hosts_fill_, key_of(rule).hash());
  }
}

void TargetTableBuilder::enter(const IpPrefix& prefix) {
  if (is_host(prefix)) {
    add_to(*hosts_, hosts_fill_, host_hash(prefix));
    return add_to(*named_, named_fill_, hash_again(host_hash(prefix)));
  }
  if (!prefix.ipv6) enter_sixteenths(prefix);
  const size_t granules = granules_of(prefix);
  for (size_t i = 0; i < granules; ++i) {
    if (prefix.ipv6) {
      const uint64_t first = ipv6_key(prefix.octets.data()).high;
      add_to(*prefixes_, prefixes_fill_,
             TargetTable::granule_hash(Ipv6Key{first + (uint64_t{i} << (64 - TargetTable::kIpv6Granule)), 0}));
    } else {
      const uint32_t first = ipv4_key(prefix.octets.data()).value;
      add_to(*prefixes_, prefixes_fill_,
             TargetTable::granule_hash(Ipv4Key{first + static_cast<uint32_t>(i << (32 - TargetTable::kIpv4Granule))}));
    }
  }
}

void TargetTableBuilder::enter_sixteenths(const IpPrefix& prefix) {
  const uint32_t first = ipv4_key(prefix.octets.data()).value >> 16;
  const uint32_t count = prefix.bits >= 16 ? 1 : uint32_t{1} << (16 - prefix.bits);
  for (uint32_t sixteenth = first; sixteenth < first + count; ++sixteenth) {
    const uint16_t loaded = __builtin_bswap16(static_cast<uint16_t>(sixteenth));
    std::atomic<uint64_t>& word = (*sixteenths_)[loaded / 64];
    word.store(word.load(std::memory_order_relaxed) | uint64_t{1} << loaded % 64, std::memory_order_relaxed);
  }
}

void TargetTableBuilder::make_filters() {
  size_t hosts = 0;
  size_t granules = 0;
  const auto weigh = [&](const IpPrefix& prefix) {
    (is_host(prefix) ? hosts : granules) += std::max<size_t>(granules_of(prefix), 1);
  };
  for (const auto& shard : shards_) {
    for (const TargetRule& rule : shard->rules) {
      if (rule.key == RuleKey::kAddress) {
        weigh(rule.prefix);
      } else if (is_in_hosts(rule)) {
        ++hosts;
      }
    }
  }
  for (const auto& [prefix, times] : watched_) weigh(prefix);
  make_filters_for(hosts, hosts, granules);
  // As many rules may have few keys: a filter that is too large is one that no cache holds.
  constexpr size_t kTooLarge = 2;
  if (hosts_fill_.entered * kTooLarge <= hosts || named_fill_.entered * kTooLarge <= hosts)
    make_filters_for(hosts_fill_.entered, named_fill_.entered, granules);
}

// With all that there is in them.
void TargetTableBuilder::make_filters_for(size_t hosts, size_t named, size_t granules) {
  hosts_fill_ = {.max = std::max(hosts * 2, kFilterKeysMin)};
  named_fill_ = {.max = std::max(named * 2, kFilterKeysMin)};
  prefixes_fill_ = {.max = std::max(granules * 2, kFilterKeysMin)};
  hosts_ = std::make_shared<AddressFilter>(hosts_fill_.max, FilterUse::kEveryPacket);
  named_ = std::make_shared<AddressFilter>(named_fill_.max, FilterUse::kAskedAgain);
  prefixes_ = std::make_shared<AddressFilter>(prefixes_fill_.max, FilterUse::kAskedAgain);
  sixteenths_ = std::make_shared<TargetTable::Sixteenths>();
  for (const auto& shard : shards_) {
    for (const TargetRule& rule : shard->rules) enter(rule);
  }
  for (const auto& [prefix, times] : watched_) enter(prefix);
}

// Before any change is applied: what is pending is filed under the new shards too.
void TargetTableBuilder::resize_shards() {
  const size_t wanted = std::bit_ceil(std::max(rules_ / kRulesPerShard, kShardsMin));
  if (wanted <= shards_.size() && wanted * 4 > shards_.size()) return;
  const std::vector<std::shared_ptr<const Shard>> old = std::exchange(shards_, {});
  const std::map<size_t, Change> pending = std::exchange(changes_, {});
  shards_.assign(wanted, std::make_shared<const Shard>());
  views_.assign(wanted, TargetTable::view_of(*shards_.front()));
  shard_shift_ = shift_of(wanted);
  const auto change_of = [this](const ExactKey& key) -> Change& { return changes_[key.hash() >> shard_shift_]; };
  for (const auto& shard : old) {
    for (const TargetRule& rule : shard->rules) change_of(key_of(rule)).kept.push_back(rule);
  }
  for (const auto& [at, change] : pending) {
    for (const TargetRule& rule : change.added) change_of(key_of(rule)).added.push_back(rule);
    for (const Removal& removal : change.removed) change_of(removal.key).removed.push_back(removal);
  }
}

void TargetTableBuilder::apply(Change& change, size_t at) {
  auto next = std::make_shared<Shard>();
  std::vector<TargetRule>& rules = next->rules;
  rules = shards_[at]->rules;
  rules.insert(rules.end(), change.kept.begin(), change.kept.end());
  for (const Removal& removal : change.removed) {
    rules_ -= std::erase_if(rules, [&](const TargetRule& rule) {
      if (rule.slot != removal.slot || key_of(rule) != removal.key) return false;
      count(rule, -1);
      return true;
    });
  }
  // What was there is in order; what was kept comes from many shards, into one without any.
  const auto in_order = static_cast<ptrdiff_t>(change.kept.empty() ? rules.size() : 0);
  rules.insert(rules.end(), change.added.begin(), change.added.end());
  std::sort(rules.begin() + in_order, rules.end(), comes_first);
  std::inplace_merge(rules.begin(), rules.begin() + in_order, rules.end(), comes_first);
  index(*next);
  views_[at] = TargetTable::view_of(*next);
  shards_[at] = std::move(next);
}

void TargetTableBuilder::index(Shard& shard) {
  if (shard.rules.empty()) return;
  shard.slots.resize(std::bit_ceil(shard.rules.size() * 2));
  const size_t mask = shard.slots.size() - 1;
  for (uint32_t first = 0; first < shard.rules.size();) {
    const ExactKey key = key_of(shard.rules[first]);
    uint32_t next = first + 1;
    while (next < shard.rules.size() && key_of(shard.rules[next]) == key) ++next;
    size_t slot = key.hash() & mask;
    while (shard.slots[slot].count != 0) slot = (slot + 1) & mask;
    shard.slots[slot] = {.key = key, .first = first, .count = next - first};
    if (next - first == 1 && shard.rules[first].is_plain()) {
      shard.slots[slot].plain = shard.rules[first].plain();
      shard.slots[slot].is_plain = true;
    }
    first = next;
  }
}

TargetTable::Kinds TargetTableBuilder::kinds() const {
  const auto has = [this](RuleKey key) { return by_key_[static_cast<size_t>(key)] > 0; };
  const auto shorter = [](const auto& lengths, size_t bits) {
    return std::any_of(lengths.begin(), lengths.begin() + static_cast<ptrdiff_t>(bits),
                       [](uint32_t n) { return n > 0; });
  };
  TargetTable::Kinds kinds;
  kinds.any = rules_ > 0 || !watched_.empty();
  kinds.prefixes = shorter(ipv4_lengths_, 32) || shorter(ipv6_lengths_, 128) || shorter(watched_ipv4_, 32) ||
                   shorter(watched_ipv6_, 128);
  kinds.endpoints = has(RuleKey::kEndpoint);
  kinds.teids = has(RuleKey::kTeid);
  kinds.macs = has(RuleKey::kMac);
  kinds.vlans = has(RuleKey::kVlans);
  kinds.frames = frames_ > 0;
  kinds.all_ipv4 = shorter(ipv4_lengths_, kIpv4ShortestEntered) || shorter(watched_ipv4_, kIpv4ShortestEntered);
  kinds.all_ipv6 = shorter(ipv6_lengths_, kIpv6ShortestEntered) || shorter(watched_ipv6_, kIpv6ShortestEntered);
  return kinds;
}

std::unique_ptr<const TargetTable> TargetTableBuilder::build() {
  resize_shards();
  for (auto& [at, change] : changes_) apply(change, at);
  changes_.clear();
  LICTOR_CHECK(rules_ <= TargetTable::kRulesMax);
  if (hosts_fill_.is_over() || named_fill_.is_over() || prefixes_fill_.is_over()) make_filters();

  std::unique_ptr<TargetTable> table(new TargetTable());
  table->kinds_ = kinds();
  table->shard_shift_ = shard_shift_;
  table->shards_ = shards_;
  table->views_ = views_;
  table->filters_ = filters_;
  table->hosts_ = hosts_;
  table->named_ = named_;
  table->prefixes_ = prefixes_;
  table->sixteenths_ = sixteenths_;
  for (size_t bits = 0; bits < ipv4_lengths_.size(); ++bits) {
    if (ipv4_lengths_[bits] > 0) table->ipv4_lengths_.push_back(static_cast<uint8_t>(bits));
  }
  for (size_t bits = 0; bits < ipv6_lengths_.size(); ++bits) {
    if (ipv6_lengths_[bits] > 0) table->ipv6_lengths_.push_back(static_cast<uint8_t>(bits));
  }
  return table;
}

}  // namespace lictor
