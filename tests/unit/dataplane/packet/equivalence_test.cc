// parse_batch and classify_batch against classify_naively: random tables, scopes, windows and ports; frames whole, cut,
// damaged and wrapped. Counts what it met, so that it cannot pass by meeting nothing.

#include <gtest/gtest.h>

#include <cstdio>
#include <random>

#include "dataplane/packet/classify_batch.h"
#include "dataplane/packet/naive_classifier.h"
#include "encoders/pcap/capture_talk.h"
#include "tests/unit/dataplane/packet/frame_octets.h"

namespace lictor {
namespace {

constexpr size_t kTables = 110;
constexpr size_t kFramesPerTable = 2048;
constexpr size_t kRulesMax = 300;
constexpr size_t kTasks = 400;
constexpr size_t kKeptBytes = 300;  // longer frames are captured in part
constexpr int64_t kDay = 100;       // windows and clocks are drawn from it

class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}
  uint64_t below(uint64_t bound) { return random_() % bound; }
  bool one_in(uint64_t count) { return below(count) == 0; }
  template <typename Integer>
  Integer any() {
    return static_cast<Integer>(random_());
  }
  template <typename Integer>
  Integer from(uint64_t first, uint64_t count) {
    return static_cast<Integer>(first + below(count));
  }

 private:
  std::mt19937_64 random_;
};

struct Traffic {
  std::vector<Octets> frames;
  std::vector<CaptureHost> hosts;
};

Traffic make_traffic(Dice& dice) {
  static const Octets payloads(kPayloadsBytes, 7);
  CaptureRandom random(dice.any<uint64_t>());
  CaptureFlows flows({}, true, random);
  FrameBuilder builder;
  Traffic traffic;
  while (traffic.frames.size() < kFramesPerTable) {
    CaptureFlow& flow = flows.pick_stranger(random);
    traffic.hosts.push_back(flow.client);
    traffic.hosts.push_back(flow.server);
    start_next(flow, {}, random, payloads, builder);
    while (builder.has_next()) {
      const Bytes frame = builder.next();
      const Bytes kept = frame.first(std::min(frame.size(), kKeptBytes));
      traffic.frames.emplace_back(kept.begin(), kept.end());
    }
  }
  traffic.frames.resize(kFramesPerTable);
  return traffic;
}

// Half of them hosts, most others at least half of the address long; one in eight of any length.
uint32_t random_bits(Dice& dice, uint32_t address_bits) {
  if (dice.one_in(2)) return address_bits;
  if (dice.one_in(8)) return dice.from<uint32_t>(0, address_bits + 1);
  return dice.from<uint32_t>(address_bits / 2, address_bits / 2 + 1);
}

TargetRule random_rule(Dice& dice, const CaptureHost& host) {
  Octets address(host.address().begin(), host.address().end());
  const auto address_bits = static_cast<uint32_t>(address.size() * 8);
  const uint32_t bits = random_bits(dice, address_bits);
  for (uint32_t bit = bits; bit < address_bits; ++bit) address[bit / 8] &= static_cast<uint8_t>(~(0x80U >> bit % 8));
  TargetRule rule{.prefix = IpPrefix::make(address, bits).value(), .slot = TaskSlot{dice.from<uint32_t>(0, kTasks)}};
  if (dice.one_in(4)) rule.ports = dice.any<uint32_t>();
  if (dice.one_in(4)) {
    // The identifiers that the generated traffic has: one tag of 100 to 107, or that below one of 2000 to 2003. A scope
    // of the outer tag alone is there to catch who compares beginnings of stacks.
    rule.vlan_count = dice.from<uint8_t>(1, 2);
    const auto inner = dice.from<uint16_t>(100, 8);
    const auto outer = dice.from<uint16_t>(2000, 4);
    if (rule.vlan_count == 1) rule.vlans = {dice.one_in(4) ? outer : inner};
    if (rule.vlan_count == 2) rule.vlans = {outer, inner};
  }
  rule.start = {dice.one_in(4) ? dice.from<int64_t>(0, kDay) : 0};
  rule.stop = {dice.one_in(4) ? dice.from<int64_t>(0, kDay) : kDay * 10};
  return rule;
}

// More tags than the generator makes, or LLC and SNAP in place of the EtherType.
void wrap(Dice& dice, Octets& frame) {
  if (dice.one_in(2)) {
    constexpr std::array<uint16_t, 3> kTypes = {0x8100, 0x88a8, 0x9100};
    Octets tags;
    for (uint64_t count = dice.below(6); count > 0; --count) {
      append16(tags, kTypes[dice.below(kTypes.size())]);
      append16(tags, dice.any<uint16_t>());
    }
    frame.insert(frame.begin() + 12, tags.begin(), tags.end());
  } else if (frame[12] == 0x08 || frame[12] == 0x86) {
    Octets header;
    append16(header, dice.from<unsigned>(0, 1502));
    append(header, {0xaa, 0xaa, 0x03, 0, 0, 0});
    frame.insert(frame.begin() + 12, header.begin(), header.end());
  }
}

void damage(Dice& dice, Octets& frame) {
  if (dice.one_in(16)) wrap(dice, frame);
  if (dice.one_in(5)) frame.resize(dice.below(frame.size()));
  if (frame.empty() || !dice.one_in(4)) return;
  for (uint64_t flips = dice.from<uint64_t>(1, 3); flips > 0; --flips)
    frame[dice.below(std::min<size_t>(frame.size(), 40))] = dice.any<uint8_t>();
}

struct Met {
  size_t frames = 0;
  size_t matched = 0;
  size_t several = 0;  // tasks on one frame
  size_t indeterminate = 0;
  size_t dropped = 0;
  size_t ipv6 = 0;
  size_t tagged = 0;
};

class Equivalence : public ::testing::Test {
 protected:
  // One burst of `frames` from `first` on, against the table made of `rules`.
  void compare_burst(Dice& dice, std::vector<Octets>& frames, size_t first, const TargetTable& table,
                     std::span<const TargetRule> rules) {
    std::vector<ExactCopy> copies;
    batch_->count = kBurst;
    batch_->port = dice.from<uint16_t>(0, kPortsMax);
    const LegalTime now{dice.from<int64_t>(0, kDay + 10)};
    for (size_t i = 0; i < kBurst; ++i) {
      damage(dice, frames[first + i]);
      copies.emplace_back(frames[first + i]);
      batch_->header[i] = copies.back().bytes();
      batch_->frame_bytes[i] = static_cast<uint32_t>(frames[first + i].size());
    }
    parse_batch(*batch_, 9728, {});
    classify_batch(*batch_, table, now, matches_);
    for (size_t i = 0; i < kBurst; ++i) {
      expect_sound(batch_->parsed[i], batch_->header[i], batch_->frame_bytes[i]);
      compare_frame(i, classify_naively(batch_->header[i], batch_->port, now, rules));
      if (HasFatalFailure()) return;
    }
  }

  void compare_frame(size_t index, const std::map<TaskSlot, Direction>& wanted) {
    std::map<TaskSlot, Direction> found;
    for (const TaskMatch& match : matches_.tasks(index))
      ASSERT_TRUE(found.emplace(match.slot, match.direction).second) << "a task twice in a verdict";
    ASSERT_EQ(found, wanted) << "frame " << met_.frames << ", port " << batch_->port;
    ++met_.frames;
    met_.matched += found.empty() ? 0 : 1;
    met_.several += found.size() > 1 ? 1 : 0;
    const ParsedFrame& parsed = batch_->parsed[index];
    met_.dropped += parsed.result == ParseResult::kDropped ? 1 : 0;
    met_.ipv6 += !found.empty() && is_ipv6(parsed) ? 1 : 0;
    met_.tagged += !found.empty() && parsed.level[0].vlan_count > 0 ? 1 : 0;
    for (const auto& task : found) met_.indeterminate += task.second == Direction::kIndeterminate ? 1 : 0;
  }

  std::unique_ptr<PacketBatch> batch_ = std::make_unique<PacketBatch>();
  MatchBatch matches_{kTasks};
  Met met_;
};

TEST_F(Equivalence, ClassifierAndItsPlainSecondWritingAgreeOnEveryFrame) {
  Dice dice(1);
  for (size_t round = 0; round < kTables; ++round) {
    Traffic traffic = make_traffic(dice);
    std::vector<TargetRule> rules;
    for (uint64_t count = dice.below(round % 3 == 0 ? 5 : kRulesMax); count > 0; --count)
      rules.push_back(random_rule(dice, traffic.hosts[dice.below(traffic.hosts.size())]));
    const auto table = TargetTable::build(rules);
    for (size_t first = 0; first < kFramesPerTable; first += kBurst) {
      compare_burst(dice, traffic.frames, first, *table, rules);
      ASSERT_FALSE(HasFatalFailure()) << "table " << round;
    }
  }
  EXPECT_GE(met_.frames, 200'000U);
  for (const size_t count : {met_.matched, met_.several, met_.indeterminate, met_.dropped, met_.ipv6, met_.tagged})
    EXPECT_GT(count, 1'000U);
  std::printf("frames %zu matched %zu several %zu indeterminate %zu dropped %zu ipv6 %zu tagged %zu\n", met_.frames,
              met_.matched, met_.several, met_.indeterminate, met_.dropped, met_.ipv6, met_.tagged);
}

}  // namespace
}  // namespace lictor
