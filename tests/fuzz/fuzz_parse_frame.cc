// Any octets as one frame, through the parser and the classifier, with every encapsulation trusted and with none: each
// level lies in the frame and in the level around it, a frame that a driver split has the levels of the whole one, and
// the verdict is the plain second writing's. Whose it is as a frame says its first header alone.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/packet/classify_batch.h"
#include "dataplane/packet/classify_whole_frame.h"
#include "dataplane/packet/naive_classifier.h"
#include "dataplane/packet/parse_frame.h"

namespace {

using namespace lictor;

constexpr LegalTime kNow{1};
constexpr uint16_t kPort = 3;
constexpr uint32_t kCardOfFrames = 11;
constexpr uint32_t kLineOfFrames = 12;
constexpr size_t kTasks = 13;

TargetRule rule(std::vector<uint8_t> address, uint32_t bits, uint32_t slot) {
  return {.prefix = IpPrefix::make(address, bits).value(), .slot = TaskSlot{slot}, .start = kNow, .stop = {2}};
}

TargetRule rule_of(RuleKey key, uint32_t slot) {
  return {.key = key, .slot = TaskSlot{slot}, .start = kNow, .stop = {2}};
}

// Whatever is IP, the hosts and networks of the seeds, one scope of each kind, and one rule of each other kind.
std::vector<TargetRule> make_rules() {
  const std::vector<uint8_t> documentation = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  std::vector<uint8_t> host = documentation;
  host[15] = 7;
  std::vector<TargetRule> rules = {
      rule({0, 0, 0, 0}, 0, 0),
      rule(std::vector<uint8_t>(16), 0, 0),
      rule({192, 0, 2, 7}, 32, 1),
      rule({192, 0, 2, 0}, 24, 2),
      rule(host, 128, 1),
      rule(documentation, 32, 2),
      rule({192, 0, 2, 7}, 32, 3),
      rule(host, 128, 4),
      rule({192, 0, 2, 7}, 32, 5),
      rule({203, 0, 113, 0}, 24, 6),
      rule({203, 0, 113, 0}, 24, 6),
      rule({203, 0, 113, 5}, 32, 7),
      rule_of(RuleKey::kTeid, 8),
      rule_of(RuleKey::kMac, 9),
      rule_of(RuleKey::kVlans, 10),
      rule_of(RuleKey::kMac, kCardOfFrames),
      rule_of(RuleKey::kVlans, kLineOfFrames),
  };
  rules[6].vlan_count = 1;
  rules[6].vlans = {100};
  rules[7].vlan_count = 2;
  rules[7].vlans = {100, 200};
  rules[8].ports = ~(1U << kPort);
  rules[9].label = 42;
  rules[10].vni = 7;
  rules[11].protocol = 17;
  rules[11].remote_ports = {0, 1023};
  rules[12].teid = 0x01020304;
  rules[13].mac = {2, 0, 0, 0, 0, 1};
  rules[14].vlan_count = 1;
  rules[14].vlans = {7};
  rules[15].mac = rules[13].mac;
  rules[16].vlan_count = 2;
  rules[16].vlans = {100, 200};
  rules[15].frames = rules[16].frames = true;
  return rules;
}

void check_level(const IpLevel& level, size_t header_bytes, size_t frame_bytes) {
  const size_t fixed_bytes = level.ipv6 ? 40 : 20;
  LICTOR_CHECK(level.vlan_count <= kVlanTagsMax);
  LICTOR_CHECK(level.offset + fixed_bytes <= header_bytes);
  LICTOR_CHECK(level.bytes >= fixed_bytes && level.bytes <= level.whole_bytes);
  LICTOR_CHECK(level.offset + level.bytes <= frame_bytes);
  LICTOR_CHECK(level.ethernet_offset + 14 <= level.offset);
  LICTOR_CHECK(level.transport_offset == 0 || (level.transport_offset >= level.offset + fixed_bytes &&
                                               level.transport_offset <= level.offset + level.bytes));
}

void check_parsed(const ParsedFrame& parsed, size_t header_bytes, size_t frame_bytes) {
  LICTOR_CHECK((parsed.result == ParseResult::kIp) == (parsed.level_count > 0));
  for (const IpLevel& level : parsed.levels()) check_level(level, header_bytes, frame_bytes);
  for (size_t i = 1; i < parsed.level_count; ++i) {
    const IpLevel& outer = parsed.level[i - 1];
    const IpLevel& inner = parsed.level[i];
    LICTOR_CHECK(outer.transport_offset != 0 && inner.offset >= outer.transport_offset);
    LICTOR_CHECK(inner.offset + inner.bytes <= outer.offset + outer.bytes);
  }
}

// Of a frame of which only the first octets are contiguous: whatever they say is found at the same places.
void check_split(const ParsedFrame& split, const ParsedFrame& whole, size_t frame_bytes) {
  constexpr size_t kIpHeaderBytesMax = 60;
  LICTOR_CHECK(frame_bytes > kHeaderBytesMax || split.level_count == whole.level_count);
  for (size_t i = 0; i < whole.level_count; ++i) {
    if (frame_bytes > kHeaderBytesMax && whole.level[i].offset + kIpHeaderBytesMax > kHeaderBytesMax) return;
    LICTOR_CHECK(i < split.level_count);
    LICTOR_CHECK(split.level[i].offset == whole.level[i].offset);
    // A jumbo option may stand behind the contiguous octets.
    LICTOR_CHECK(frame_bytes > kHeaderBytesMax || split.level[i].bytes == whole.level[i].bytes);
  }
}

std::map<TaskSlot, Direction> verdict_of(const MatchBatch& matches, size_t index) {
  std::map<TaskSlot, Direction> verdict;
  for (const TaskMatch& match : matches.tasks(index)) LICTOR_CHECK(verdict.emplace(match.slot, match.direction).second);
  return verdict;
}

// Of both tasks that are given frames, by another reading of the first header.
std::map<TaskSlot, Direction> verdict_of_frame(const std::vector<uint8_t>& octets) {
  std::map<TaskSlot, Direction> verdict;
  if (octets.size() < 14) return verdict;
  const std::vector<uint8_t> card = {2, 0, 0, 0, 0, 1};
  const bool to = std::equal(card.begin(), card.end(), octets.begin());
  const bool from = std::equal(card.begin(), card.end(), octets.begin() + 6);
  if (to || from)
    verdict[TaskSlot{kCardOfFrames}] = to && from ? Direction::kIndeterminate
                                       : to       ? Direction::kToTarget
                                                  : Direction::kFromTarget;
  const auto word = [&](size_t at) { return octets[at] << 8 | octets[at + 1]; };
  const auto is_tag = [&](size_t at) { return word(at) == 0x8100 || word(at) == 0x88a8 || word(at) == 0x9100; };
  const bool has_two = octets.size() >= 22 && is_tag(12) && is_tag(16) && !is_tag(20);
  if (has_two && (word(14) & 0xfff) == 100 && (word(18) & 0xfff) == 200)
    verdict[TaskSlot{kLineOfFrames}] = Direction::kIndeterminate;
  return verdict;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::vector<TargetRule> rules = make_rules();
  static const std::unique_ptr<const TargetTable> table = TargetTable::build(rules);
  static const auto batch = std::make_unique<PacketBatch>();
  static MatchBatch matches(kTasks);

  // Alone on the heap: the second frame ends where a driver may end its first segment.
  const std::vector<uint8_t> split(data, data + std::min(size, kHeaderBytesMax));
  batch->count = 2;
  batch->port = kPort;
  batch->header[0] = {data, size};
  batch->header[1] = split;
  batch->frame_bytes[0] = batch->frame_bytes[1] = static_cast<uint32_t>(size);
  for (const EncapsulationTrust& trust : {EncapsulationTrust::all(), EncapsulationTrust{}}) {
    parse_batch(*batch, UINT32_MAX, trust);
    classify_batch(*batch, *table, kNow, matches);
    for (size_t i = 0; i < batch->count; ++i) check_parsed(batch->parsed[i], batch->header[i].size(), size);
    check_split(batch->parsed[1], batch->parsed[0], size);
    LICTOR_CHECK(verdict_of(matches, 0) == classify_naively({data, size}, kPort, kNow, rules, trust));
    matches.clear();
    for (size_t i = 0; i < batch->count; ++i) {
      classify_whole_frame(*batch, i, *table, kNow, matches);
      matches.end_frame(i);
      LICTOR_CHECK(verdict_of(matches, i) == verdict_of_frame(split));
    }
  }
  return 0;
}
