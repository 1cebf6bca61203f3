#include "dataplane/packet/classify_batch.h"

#include "dataplane/packet/flow_match.h"

namespace lictor {
namespace {

// One IP level of one frame against one table.
class LevelClassifier {
 public:
  LevelClassifier(const PacketBatch& batch, size_t index, uint8_t at, const TargetTable& table, LegalInstant time,
                  MatchBatch& matches)
      : frame_(batch.parsed[index]),
        level_(frame_.level[at]),
        octets_(batch.header[index].data()),
        ip_(octets_ + level_.offset),  // the parser saw 20 or 40 contiguous octets from here on
        port_(batch.port),
        at_(at),
        table_(table),
        time_(time),
        matches_(matches) {}

  void run() {
    if (level_.ipv6) {
      side(ipv6_key(ip_ + kIpv6Source), table_.ipv6_lengths(), level_.source_port, true);
      side(ipv6_key(ip_ + kIpv6Destination), table_.ipv6_lengths(), level_.destination_port, false);
    } else {
      side(ipv4_key(ip_ + kIpv4Source), table_.ipv4_lengths(), level_.source_port, true);
      side(ipv4_key(ip_ + kIpv4Destination), table_.ipv4_lengths(), level_.destination_port, false);
    }
    if (table_.kinds().teids) tunnel();
    if (table_.kinds().macs) macs();
    if (table_.kinds().vlans && level_.vlan_count > 0) {
      add_all(vlans_key(level_.vlans, level_.vlan_count), Direction::kIndeterminate);
    }
  }

 private:
  template <typename Key>
  void side(Key address, std::span<const uint8_t> lengths, uint16_t port, bool from_target) {
    // The filters are in the caches, the table is not: nearly always one of the two addresses is all that it is asked.
    if (table_.may_hold_host(address)) add_held(prefix_key(address, Key::kBits), from_target);
    if (table_.may_hold_prefix_of(address)) {
      for (const uint8_t bits : lengths) {
        if (bits != Key::kBits) add_held(prefix_key(address, bits), from_target);
      }
    }
    if (table_.kinds().endpoints && level_.ports_known && table_.may_hold_endpoint(address, port)) {
      add_held(endpoint_key(address, port), from_target);
    }
  }

  // The rules of a key whose narrower parts hold.
  void add_held(const ExactKey& key, bool from_target) {
    const TargetTable::Found found = table_.find(key);
    const auto direction = [from_target](bool is_peer) {
      return from_target != is_peer ? Direction::kFromTarget : Direction::kToTarget;
    };
    add(found.plain, direction(false));
    for (const TargetRule& rule : found.rules) {
      if (!rule.is_flow() || narrow_parts_hold(rule, level_, ip_, from_target)) add(rule, direction(rule.is_peer));
    }
  }

  // The first level inside of a GTP-U tunnel.
  void tunnel() {
    if (at_ == 0 || level_.teid == kNoContext || frame_.level[at_ - 1].teid == level_.teid) return;
    const IpLevel& outer = frame_.level[at_ - 1];
    const uint8_t* const end = destination_of(outer, octets_ + outer.offset);
    for (const TargetRule& rule : table_.find(teid_key(level_.teid)).rules) {
      if (rule.prefix.bits != 0 && (rule.prefix.ipv6 != outer.ipv6 || !covers(rule.prefix, end))) continue;
      add(rule, rule.direction);
    }
  }

  void macs() {
    if (level_.ethernet_offset == kNoContext) return;
    const uint8_t* const ethernet = octets_ + level_.ethernet_offset;
    add_all(mac_key(ethernet), Direction::kToTarget);
    add_all(mac_key(ethernet + 6), Direction::kFromTarget);
  }

  void add_all(const ExactKey& key, Direction direction) {
    for (const TargetRule& rule : table_.find(key).rules)
      if (!rule.frames) add(rule, direction);
  }
  void add(const TargetRule& rule, Direction direction) {
    if (rule.admits(level_, port_, time_)) matches_.add(rule.slot, direction, at_, rule.cin);
  }
  void add(const PlainRule* rule, Direction direction) {
    if (rule != nullptr && rule->admits(port_, time_)) matches_.add(rule->slot, direction, at_);
  }

  const ParsedFrame& frame_;
  const IpLevel& level_;
  const uint8_t* const octets_;
  const uint8_t* const ip_;
  const uint16_t port_;
  const uint8_t at_;
  const TargetTable& table_;
  const LegalInstant time_;
  MatchBatch& matches_;
};

}  // namespace

MatchBatch::MatchBatch(size_t tasks_max) : matches_(kBurst * tasks_max + 1), seen_(tasks_max) {}

void MatchBatch::clear() {
  count_ = 0;
  frame_in_burst_ = 0;
  first_[0] = 0;
}

void MatchBatch::end_frame(size_t index) {
  first_[index + 1] = count_;
  frame_in_burst_ = index + 1;
  ++frame_;
}

void MatchBatch::add(TaskSlot slot, Direction direction, uint8_t level, uint32_t cin) {
  TaskMatch& match = matches_[match_of(slot)];
  if (&match == &matches_[count_]) {
    match = {slot, direction, level, cin};
    ++count_;
  } else if (level < match.level) {
    match = {slot, direction, level, cin};  // one stage found an inner level, the next one an outer
  } else if (level == match.level) {
    if (match.direction != direction) match.direction = Direction::kIndeterminate;
    if (match.cin == 0) match.cin = cin;
  }
}

size_t MatchBatch::match_of(TaskSlot slot) {
  const size_t first = first_[frame_in_burst_];
  if (count_ - first < kFew) {
    for (size_t at = first; at < count_; ++at) {
      if (matches_[at].slot == slot) return at;
    }
    return count_;
  }
  if (count_ - first == kFew) {
    for (size_t at = first; at < count_; ++at) seen_[index_of(matches_[at].slot)] = {frame_, at};
  }
  Seen& seen = seen_[index_of(slot)];
  if (seen.frame != frame_) seen = {frame_, count_};
  return seen.match;
}

namespace {

// Calls `visit(ExactKey)` for every address of the batch that may be a host of the table.
template <typename Visit>
void for_each_host(const PacketBatch& batch, const TargetTable& table, Visit visit) {
  const auto visit_host = [&]<typename Key>(Key address) {
    if (table.may_hold_host(address)) visit(prefix_key(address, Key::kBits));
  };
  for (size_t i = 0; i < batch.count; ++i) {
    const ParsedFrame& frame = batch.parsed[i];
    for (uint8_t at = 0; at < frame.level_count; ++at) {
      const IpLevel& level = frame.level[at];
      const uint8_t* const ip = batch.header[i].data() + level.offset;
      if (level.ipv6) {
        visit_host(ipv6_key(ip + kIpv6Source));
        visit_host(ipv6_key(ip + kIpv6Destination));
      } else {
        visit_host(ipv4_key(ip + kIpv4Source));
        visit_host(ipv4_key(ip + kIpv4Destination));
      }
    }
  }
}

}  // namespace

void prefetch_rules(const PacketBatch& batch, const TargetTable& table) noexcept {
  for_each_host(batch, table, [&table](const ExactKey& key) {
    const std::span<const TargetRule> rules = table.find(key).rules;
    if (rules.empty()) return;
    const auto* const lines = reinterpret_cast<const uint8_t*>(rules.data());
    __builtin_prefetch(lines);
    __builtin_prefetch(lines + alignof(TargetRule));
  });
}

void classify_frame(const PacketBatch& batch, size_t index, const TargetTable& table, LegalInstant time,
                    MatchBatch& matches) noexcept {
  for (uint8_t at = 0; at < batch.parsed[index].level_count; ++at) {
    LevelClassifier(batch, index, at, table, time, matches).run();
  }
}

void classify_batch(const PacketBatch& batch, const TargetTable& table, LegalInstant time,
                    MatchBatch& matches) noexcept {
  matches.clear();
  for (size_t i = 0; i < batch.count; ++i) {
    classify_frame(batch, i, table, time, matches);
    matches.end_frame(i);
  }
}

}  // namespace lictor
