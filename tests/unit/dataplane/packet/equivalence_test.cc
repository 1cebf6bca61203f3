// parse_batch, prefilter_burst and classify_batch against classify_naively: a million frames, whole, cut, damaged and
// wrapped; random tables of every kind of rule, scopes, windows, ports and trust. Counts what it met, so that it cannot
// pass by meeting nothing.

#include <gtest/gtest.h>

#include <cstdio>

#include "dataplane/packet/classify_batch.h"
#include "dataplane/packet/naive_classifier.h"
#include "dataplane/packet/prefilter.h"
#include "tests/unit/dataplane/packet/random_frames.h"
#include "tests/unit/dataplane/packet/random_rules.h"

namespace lictor {
namespace {

// A million frames. Instrumented builds, which are clang's, take ten times as long and are about each frame more than
// about all of them.
#if defined(__clang__)
constexpr size_t kTables = 64;
#else
constexpr size_t kTables = 512;
#endif
constexpr size_t kFramesPerTable = 2048;
constexpr size_t kRulesMax = 300;
constexpr size_t kTasks = kRuleTopics * kTasksPerTopic;
constexpr int64_t kDay = 100;  // windows and clocks are drawn from it
constexpr uint32_t kFrameBytesMax = 9728;

struct Met {
  size_t frames = 0;
  size_t matched = 0;
  size_t several = 0;  // tasks on one frame
  size_t indeterminate = 0;
  size_t dropped = 0;
  size_t damaged = 0;
  size_t deep = 0;
  size_t ipv6 = 0;
  size_t tagged = 0;
  size_t inner = 0;  // matched at an inner level alone
  size_t held_back = 0;
  std::array<size_t, kRuleTopics> by_topic{};

  void print() const {
    std::printf("frames %zu matched %zu several %zu indeterminate %zu dropped %zu damaged %zu deep %zu ipv6 %zu\n",
                frames, matched, several, indeterminate, dropped, damaged, deep, ipv6);
    std::printf("tagged %zu inner %zu held back %zu hosts %zu flows %zu media %zu tunnels %zu cards %zu lines %zu\n",
                tagged, inner, held_back, by_topic[0], by_topic[1], by_topic[2], by_topic[3], by_topic[4], by_topic[5]);
  }
};

class Equivalence : public ::testing::Test {
 protected:
  // Everything is trusted, or nothing, or any part.
  void choose_trust(size_t round) {
    trust_ = round % 4 == 0 ? EncapsulationTrust{} : kTrustAll;
    if (round % 4 == 1) trust_.trusted = dice_.any<uint32_t>() & kTrustAll.trusted;
    trust_.l2tpv3_cookie_bytes = round % 8 == 2 ? 4 : 0;
  }

  std::vector<Octets> make_frames() {
    std::vector<Octets> frames = random_.traffic(kFramesPerTable);
    for (Octets& frame : frames) {
      if (!dice_.one_in(2)) frame = random_.wrap(RandomFrames::packet_of(frame), dice_.below(6));
    }
    return frames;
  }

  // One burst of `frames`, against the table made of `rules`.
  void compare_burst(std::span<Octets> frames, const TargetTable& table, std::span<const TargetRule> rules) {
    std::vector<ExactCopy> copies;
    batch_->count = frames.size();
    batch_->port = dice_.from<uint16_t>(0, kPortsMax);
    const LegalTime now{dice_.from<int64_t>(0, kDay + 10)};
    for (size_t i = 0; i < frames.size(); ++i) {
      random_.damage(frames[i]);
      copies.emplace_back(frames[i]);
      batch_->header[i] = copies.back().bytes();
      batch_->frame_bytes[i] = static_cast<uint32_t>(frames[i].size());
    }
    const uint32_t candidates =
        prefilter_burst(frames.size(), PrefilterPlan(trust_, kFrameBytesMax), table, [this](size_t i) {
          return FrameView{batch_->header[i].data(), batch_->frame_bytes[i], batch_->frame_bytes[i]};
        }).candidates;
    parse_batch(*batch_, kFrameBytesMax, trust_);
    classify_batch(*batch_, table, now, matches_);
    for (size_t i = 0; i < frames.size(); ++i) {
      expect_sound(batch_->parsed[i], batch_->header[i], batch_->frame_bytes[i]);
      const auto wanted = classify_naively(batch_->header[i], batch_->port, now, rules, trust_);
      ASSERT_TRUE(wanted.empty() || (candidates >> i & 1) != 0) << "held back: frame " << met_.frames;
      met_.held_back += (candidates >> i & 1) == 0 ? 1 : 0;
      compare_frame(i, wanted);
      if (HasFatalFailure()) return;
    }
  }

  void compare_frame(size_t index, const std::map<TaskSlot, Direction>& wanted) {
    std::map<TaskSlot, Direction> found;
    bool outermost = false;
    for (const TaskMatch& match : matches_.tasks(index)) {
      ASSERT_TRUE(found.emplace(match.slot, match.direction).second) << "a task twice in a verdict";
      outermost |= match.level == 0;
      ++met_.by_topic[index_of(match.slot) / kTasksPerTopic];
    }
    ASSERT_EQ(found, wanted) << "frame " << met_.frames << ", port " << batch_->port;
    const ParsedFrame& parsed = batch_->parsed[index];
    ++met_.frames;
    met_.matched += found.empty() ? 0 : 1;
    met_.several += found.size() > 1 ? 1 : 0;
    met_.inner += !found.empty() && !outermost ? 1 : 0;
    met_.dropped += parsed.result == ParseResult::kDropped ? 1 : 0;
    met_.damaged += parsed.inner_damaged ? 1 : 0;
    met_.deep += parsed.too_deep ? 1 : 0;
    met_.ipv6 += !found.empty() && is_ipv6(parsed) ? 1 : 0;
    met_.tagged += !found.empty() && parsed.level[0].vlan_count > 0 ? 1 : 0;
    for (const auto& task : found) met_.indeterminate += task.second == Direction::kIndeterminate ? 1 : 0;
  }

  Dice dice_{1};
  RandomFrames random_{dice_};
  EncapsulationTrust trust_;
  std::unique_ptr<PacketBatch> batch_ = std::make_unique<PacketBatch>();
  MatchBatch matches_{kTasks};
  Met met_;
};

TEST_F(Equivalence, ClassifierAndItsPlainSecondWritingAgreeOnEveryFrame) {
  for (size_t round = 0; round < kTables; ++round) {
    choose_trust(round);
    std::vector<Octets> frames = make_frames();
    RandomRules source(dice_, frames, kDay);
    std::vector<TargetRule> rules;
    for (uint64_t count = dice_.below(round % 3 == 0 ? 5 : kRulesMax); count > 0; --count)
      rules.push_back(source.next());
    const auto table = TargetTable::build(rules);
    for (size_t first = 0; first < kFramesPerTable; first += kBurst) {
      compare_burst(std::span(frames).subspan(first, kBurst), *table, rules);
      ASSERT_FALSE(HasFatalFailure()) << "table " << round;
    }
  }
  met_.print();
  EXPECT_EQ(met_.frames, kTables * kFramesPerTable);
  for (const size_t count : {met_.matched, met_.several, met_.indeterminate, met_.dropped, met_.damaged, met_.deep,
                             met_.ipv6, met_.tagged, met_.inner, met_.held_back})
    EXPECT_GT(count, 1'000U);
  for (const size_t count : met_.by_topic) EXPECT_GT(count, 1'000U);
}

}  // namespace
}  // namespace lictor
