#include "dataplane/packet/classify_batch.h"

namespace lictor {
namespace {

// Offsets in the fixed headers (RFC 791, RFC 8200).
constexpr size_t kIpv4Source = 12;
constexpr size_t kIpv4Destination = 16;
constexpr size_t kIpv6Source = 8;
constexpr size_t kIpv6Destination = 24;

}  // namespace

MatchBatch::MatchBatch(size_t tasks_max) : matches_(kBurst * tasks_max), seen_(tasks_max) {}

void MatchBatch::clear() {
  count_ = 0;
  first_[0] = 0;
}

void MatchBatch::end_frame(size_t index) {
  first_[index + 1] = count_;
  ++frame_;
}

void MatchBatch::add(TaskSlot slot, Direction direction, uint8_t level) {
  Seen& seen = seen_[index_of(slot)];
  if (seen.frame != frame_) {
    seen = {frame_, count_};
    matches_[count_++] = {slot, direction, level};
  } else if (TaskMatch& match = matches_[seen.match]; match.level == level && match.direction != direction) {
    match.direction = Direction::kIndeterminate;
  }
}

void classify_batch(const PacketBatch& batch, const TargetTable& table, LegalInstant time,
                    MatchBatch& matches) noexcept {
  matches.clear();
  for (size_t i = 0; i < batch.count; ++i) {
    const ParsedFrame& frame = batch.parsed[i];
    for (uint8_t at = 0; at < frame.level_count; ++at) {
      const IpLevel& level = frame.level[at];
      const uint8_t* const ip = batch.header[i].data() + level.offset;
      // The parser saw 20 or 40 contiguous octets from the level's offset on.
      const auto add = [&](Direction direction) {
        return [&, direction](const TargetRule& rule) {
          if (rule.admits(level, batch.port, time)) matches.add(rule.slot, direction, at);
        };
      };
      if (level.ipv6) {
        table.for_each_ipv6(ipv6_key(ip + kIpv6Source), add(Direction::kFromTarget));
        table.for_each_ipv6(ipv6_key(ip + kIpv6Destination), add(Direction::kToTarget));
      } else {
        table.for_each_ipv4(ipv4_key(ip + kIpv4Source), add(Direction::kFromTarget));
        table.for_each_ipv4(ipv4_key(ip + kIpv4Destination), add(Direction::kToTarget));
      }
    }
    matches.end_frame(i);
  }
}

}  // namespace lictor
