// classify_batch: directions, scopes and windows of a burst.

#include "dataplane/packet/classify_batch.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/unit/dataplane/packet/frame_octets.h"

namespace lictor {
namespace {

const Octets kTarget = {192, 0, 2, 7};
const Octets kOther = {198, 51, 100, 9};
constexpr size_t kTasks = 8;

TargetRule rule(const Octets& address, uint32_t bits, uint32_t slot = 0) {
  return {.prefix = IpPrefix::make(address, bits).value(), .slot = TaskSlot{slot}, .start = {100}, .stop = {200}};
}

Octets frame_between(const Octets& source, const Octets& destination, const std::vector<Tag>& tags = {}) {
  return ethernet(kIpv4Type, ipv4({.source = source, .destination = destination}, udp()), tags);
}

using Verdict = std::map<uint32_t, Direction>;

// A burst against a table; keeps what the batch points into.
class Burst {
 public:
  explicit Burst(std::vector<TargetRule> rules) : table_(TargetTable::build(std::move(rules))) {}

  // The verdicts on `frames` at legal time `now`; a task that is in a verdict twice fails the test.
  std::vector<Verdict> classify(const std::vector<Octets>& frames, int64_t now = 150, uint16_t port = 0) {
    return classify(frames, LegalTime{now}, port);
  }

  std::vector<Verdict> classify(const std::vector<Octets>& frames, LegalInstant time, uint16_t port) {
    batch_->count = frames.size();
    batch_->port = port;
    for (size_t i = 0; i < frames.size(); ++i) {
      batch_->header[i] = frames[i];
      batch_->frame_bytes[i] = static_cast<uint32_t>(frames[i].size());
    }
    parse_batch(*batch_, 9728, {});
    classify_batch(*batch_, *table_, time, matches_);
    std::vector<Verdict> verdicts(frames.size());
    for (size_t i = 0; i < frames.size(); ++i) {
      for (const TaskMatch& match : matches_.tasks(i))
        EXPECT_TRUE(verdicts[i].emplace(index_of(match.slot), match.direction).second) << "a task twice";
    }
    return verdicts;
  }

  bool matches(const Octets& frame, int64_t now = 150, uint16_t port = 0) {
    return !classify({frame}, now, port)[0].empty();
  }

 private:
  std::unique_ptr<const TargetTable> table_;
  std::unique_ptr<PacketBatch> batch_ = std::make_unique<PacketBatch>();
  MatchBatch matches_{kTasks};
};

TEST(ClassifyBatch, DirectionSaysWhichEndIsTheTargets) {
  Burst burst({rule(kTarget, 32)});
  const auto verdicts = burst.classify({frame_between(kTarget, kOther), frame_between(kOther, kTarget),
                                        frame_between(kTarget, kTarget), frame_between(kOther, kOther)});
  EXPECT_EQ(verdicts[0], (Verdict{{0, Direction::kFromTarget}}));
  EXPECT_EQ(verdicts[1], (Verdict{{0, Direction::kToTarget}}));
  EXPECT_EQ(verdicts[2], (Verdict{{0, Direction::kIndeterminate}}));
  EXPECT_EQ(verdicts[3], Verdict{});
}

TEST(ClassifyBatch, DirectionOfIpv6IsTakenFromItsOwnOffsets) {
  const Ipv6Fields fields;
  Burst burst({rule(fields.source, 128, 1), rule(fields.destination, 128, 2)});
  EXPECT_EQ(burst.classify({ethernet(kIpv6Type, ipv6({}, udp()))})[0],
            (Verdict{{1, Direction::kFromTarget}, {2, Direction::kToTarget}}));
}

TEST(ClassifyBatch, TaskWithSeveralRulesIsInAVerdictOnce) {
  Burst burst({rule(kTarget, 32), rule({192, 0, 2, 0}, 24), rule({0, 0, 0, 0}, 0), rule(kTarget, 32, 1)});
  EXPECT_EQ(burst.classify({frame_between(kTarget, kOther)})[0],
            (Verdict{{0, Direction::kIndeterminate}, {1, Direction::kFromTarget}}));
}

TEST(ClassifyBatch, FramesOfABurstDoNotShareTheirVerdicts) {
  Burst burst({rule(kTarget, 32)});
  const std::vector<Octets> frames(kBurst, frame_between(kTarget, kOther));
  for (int round = 0; round < 3; ++round) {
    for (const Verdict& verdict : burst.classify(frames)) EXPECT_EQ(verdict, (Verdict{{0, Direction::kFromTarget}}));
  }
  EXPECT_EQ(burst.classify({frame_between(kOther, kTarget)})[0], (Verdict{{0, Direction::kToTarget}}));
}

TEST(ClassifyBatch, OutermostLevelCountsWhicheverStageFindsItFirst) {
  MatchBatch matches(2);
  matches.clear();
  matches.add(TaskSlot{1}, Direction::kToTarget, 2);
  matches.add(TaskSlot{1}, Direction::kFromTarget, 1);
  matches.add(TaskSlot{1}, Direction::kToTarget, 2);
  matches.add(TaskSlot{0}, Direction::kToTarget, 0);
  matches.end_frame(0);
  ASSERT_EQ(matches.tasks(0).size(), 2U);
  EXPECT_EQ(matches.tasks(0)[0].level, 1);
  EXPECT_EQ(matches.tasks(0)[0].direction, Direction::kFromTarget);
  EXPECT_EQ(matches.tasks(0)[1].slot, TaskSlot{0});
}

TEST(ClassifyBatch, FullBurstInWhichEveryFrameMatchesEveryTaskFits) {
  std::vector<TargetRule> rules;
  for (uint32_t slot = 0; slot < kTasks; ++slot) rules.push_back(rule(kTarget, 32, slot));
  Burst burst(rules);
  for (const Verdict& verdict : burst.classify(std::vector<Octets>(kBurst, frame_between(kTarget, kOther))))
    EXPECT_EQ(verdict.size(), kTasks);
}

TEST(ClassifyBatch, WindowIncludesItsStartAndNotItsStop) {
  Burst burst({rule(kTarget, 32)});
  const Octets frame = frame_between(kTarget, kOther);
  EXPECT_FALSE(burst.matches(frame, 99));
  EXPECT_TRUE(burst.matches(frame, 100));
  EXPECT_TRUE(burst.matches(frame, 199));
  EXPECT_FALSE(burst.matches(frame, 200));
}

TEST(ClassifyBatch, ClockThatIsSetBackOpensNoWindowEarlyAndNoneAgain) {
  Burst burst({rule(kTarget, 32)});  // [100, 200)
  const std::vector<Octets> frame = {frame_between(kTarget, kOther)};
  const auto matches = [&](int64_t now, int64_t latest) {
    return !burst.classify(frame, LegalInstant(LegalTime{now}, LegalTime{latest}), 0)[0].empty();
  };
  EXPECT_TRUE(matches(100, 199));
  EXPECT_FALSE(matches(99, 150)) << "not begun by the clock as it is";
  EXPECT_FALSE(matches(150, 200)) << "has ended once";
}

TEST(ClassifyBatch, PortScopeAsksForThePortOfTheBurst) {
  TargetRule scoped = rule(kTarget, 32);
  scoped.ports = 1U << 2 | 1U << 31;
  Burst burst({scoped});
  for (uint16_t port = 0; port < kPortsMax; ++port)
    EXPECT_EQ(burst.matches(frame_between(kTarget, kOther), 150, port), port == 2 || port == 31) << port;
}

TEST(ClassifyBatch, VlanScopeNamesTheWholeStack) {
  TargetRule one = rule(kTarget, 32, 1);
  one.vlan_count = 1;
  one.vlans = {100};
  TargetRule two = rule(kTarget, 32, 2);
  two.vlan_count = 2;
  two.vlans = {100, 200};
  Burst burst({rule(kTarget, 32, 0), one, two});
  const auto tagged = [](const std::vector<Tag>& tags) { return frame_between(kTarget, kOther, tags); };
  const auto verdicts = burst.classify({tagged({}), tagged({{0x8100, 100}}), tagged({{0x88a8, 100}, {0x8100, 200}}),
                                        tagged({{0x8100, 200}}), tagged({{0x88a8, 200}, {0x8100, 100}}),
                                        tagged({{0x8100, 100}, {0x8100, 200}, {0x8100, 0}})});
  const auto from = Direction::kFromTarget;
  EXPECT_EQ(verdicts[0], (Verdict{{0, from}}));
  EXPECT_EQ(verdicts[1], (Verdict{{0, from}, {1, from}}));
  EXPECT_EQ(verdicts[2], (Verdict{{0, from}, {2, from}}));
  EXPECT_EQ(verdicts[3], (Verdict{{0, from}}));
  EXPECT_EQ(verdicts[4], (Verdict{{0, from}}));
  EXPECT_EQ(verdicts[5], (Verdict{{0, from}}));
}

TEST(ClassifyBatch, PriorityBitsDoNotCountInAScope) {
  TargetRule scoped = rule(kTarget, 32);
  scoped.vlan_count = 1;
  scoped.vlans = {100};
  Burst burst({scoped});
  EXPECT_TRUE(burst.matches(frame_between(kTarget, kOther, {{0x8100, 0xf064}})));
}

TEST(ClassifyBatch, DroppedAndForeignFramesMatchNothingAndKeepTheirPlace) {
  Burst burst({rule({0, 0, 0, 0}, 0)});
  const auto verdicts = burst.classify({ethernet(kArpType, Octets(28)), frame_between(kTarget, kOther),
                                        ethernet(kIpv4Type, ipv4({.version = 5}, udp())), Octets{}});
  EXPECT_TRUE(verdicts[0].empty());
  EXPECT_EQ(verdicts[1].size(), 1U);
  EXPECT_TRUE(verdicts[2].empty());
  EXPECT_TRUE(verdicts[3].empty());
}

TEST(ClassifyBatch, LaterFragmentsAndCutOptionsMatchByTheirAddresses) {
  Burst burst({rule(kTarget, 32)});
  EXPECT_TRUE(burst.matches(ethernet(kIpv4Type, ipv4({.fragment = 100}, udp()))));
  EXPECT_TRUE(burst.matches(ethernet(kIpv4Type, ipv4({.words = 15, .total = 100}, {}))));
}

TEST(ClassifyBatch, PingIsNoMediaAtPortEight) {
  TargetRule media = rule(kTarget, 32);
  media.key = RuleKey::kEndpoint;
  media.target_ports = {8, 8};
  Burst burst({media});
  EXPECT_TRUE(burst.matches(ethernet(kIpv4Type, ipv4({.source = kTarget}, {0, 8, 0, 53, 0, 12, 0, 0, 1, 2, 3, 4}))));
  EXPECT_FALSE(burst.matches(ethernet(kIpv4Type, ipv4({.protocol = 1, .source = kTarget}, {8, 0, 0, 0, 0, 1, 0, 1}))));
}

TEST(ClassifyBatch, PacketInATunnelDoesNotMatch) {
  Burst burst({rule(kTarget, 32)});
  const Octets inner = ipv4({}, udp());
  EXPECT_FALSE(burst.matches(
      ethernet(kIpv4Type, ipv4({.protocol = 4, .source = kOther, .destination = {203, 0, 113, 1}}, inner))));
}

}  // namespace
}  // namespace lictor
