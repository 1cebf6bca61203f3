// Any octets as one frame, through the parser and the classifier: the view lies in the frame, a frame that a driver
// split is classified as the whole one, and the verdict is the plain second writing's.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/packet/classify_batch.h"
#include "dataplane/packet/naive_classifier.h"
#include "dataplane/packet/parse_frame.h"

namespace {

using namespace lictor;

constexpr LegalTime kNow{1};
constexpr uint16_t kPort = 3;
constexpr size_t kTasks = 6;

TargetRule rule(std::vector<uint8_t> address, uint32_t bits, uint32_t slot) {
  return {.prefix = IpPrefix::make(address, bits).value(), .slot = TaskSlot{slot}, .start = kNow, .stop = {2}};
}

// Whatever is IP, the hosts and networks of the seeds, and one scope of each kind.
std::vector<TargetRule> make_rules() {
  const std::vector<uint8_t> documentation = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  std::vector<uint8_t> host = documentation;
  host[15] = 7;
  std::vector<TargetRule> rules = {
      rule({0, 0, 0, 0}, 0, 0),    rule(std::vector<uint8_t>(16), 0, 0),
      rule({192, 0, 2, 7}, 32, 1), rule({192, 0, 2, 0}, 24, 2),
      rule(host, 128, 1),          rule(documentation, 32, 2),
      rule({192, 0, 2, 7}, 32, 3), rule(host, 128, 4),
      rule({192, 0, 2, 7}, 32, 5),
  };
  rules[6].vlan_count = 1;
  rules[6].vlans = {100};
  rules[7].vlan_count = 2;
  rules[7].vlans = {100, 200};
  rules[8].ports = ~(1U << kPort);
  return rules;
}

void check_parsed(const ParsedFrame& parsed, size_t header_bytes, size_t frame_bytes) {
  LICTOR_CHECK((parsed.result == ParseResult::kIp) == (parsed.level_count > 0));
  for (const IpLevel& level : parsed.levels()) {
    const size_t fixed_bytes = level.ipv6 ? 40 : 20;
    LICTOR_CHECK(level.vlan_count <= kVlanTagsMax);
    LICTOR_CHECK(level.offset + fixed_bytes <= header_bytes);
    LICTOR_CHECK(level.bytes >= fixed_bytes && level.bytes <= level.whole_bytes);
    LICTOR_CHECK(level.offset + level.bytes <= frame_bytes);
  }
}

std::map<TaskSlot, Direction> verdict_of(const MatchBatch& matches, size_t index) {
  std::map<TaskSlot, Direction> verdict;
  for (const TaskMatch& match : matches.tasks(index)) LICTOR_CHECK(verdict.emplace(match.slot, match.direction).second);
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
  parse_batch(*batch, UINT32_MAX, {});
  classify_batch(*batch, *table, kNow, matches);

  for (size_t i = 0; i < batch->count; ++i) {
    check_parsed(batch->parsed[i], batch->header[i].size(), size);
    LICTOR_CHECK(verdict_of(matches, i) == classify_naively({data, size}, kPort, kNow, rules));
  }
  LICTOR_CHECK(batch->parsed[0].result == batch->parsed[1].result);
  LICTOR_CHECK(batch->parsed[0].level_count == batch->parsed[1].level_count);
  return 0;
}
