// The rx loop with exclusions and patterns: what they leave is copied, and every packet still has one fate.
#include "tests/unit/dataplane/dpdk/rx_bench.h"

namespace lictor {
namespace {

std::shared_ptr<const ExclusionSet> excluding(const std::string& text) {
  const IpPrefix prefix = IpPrefix::parse(text).value();
  return std::make_shared<const ExclusionSet>(std::span(&prefix, 1), std::span<const TransportEndpoint>());
}

std::shared_ptr<const PatternSet> looking_for(const std::string& word) {
  const std::atomic<bool> never{false};
  const Pattern pattern{.octets = word};
  return PatternSet::compile(std::span(&pattern, 1), {}, 1, never).value();
}

std::shared_ptr<const TaskFilters> filters_of(std::vector<TaskFilter> by_slot) {
  return std::make_shared<const TaskFilters>(ExclusionSet(), std::move(by_slot));
}

Octets frame_with(const std::string& text, const Octets& destination = Ipv4Fields{}.destination) {
  Octets payload = udp(0);
  append(payload, {text.begin(), text.end()});
  return ethernet(kIpv4Type, ipv4({.destination = destination}, payload));
}

MatchStagesPlan with_patterns(uint64_t (*cycles)()) {
  return {.patterns = PatternMatcherPlan{.limits = {.streams_max = 16, .flows_max = 16, .budget_percent = 1},
                                         .cycles = cycles,
                                         .cycles_per_second = 1'000'000}};
}

TEST(RxStages, WhatIsExcludedIsAFateOfItsOwn) {
  MatchStagesPlan stages;
  stages.ports = {{.exclusions = excluding("203.0.113.0/24")}};
  RxBench bench({.stages = stages});
  bench.publish({host_rule(0), host_rule(1)}, filters_of({{.exclusions = excluding("198.51.100.0/24")}}));
  bench.start();
  bench.send(target_frame(1));                    // for the second task only
  bench.send(frame_with("x", {203, 0, 113, 1}));  // at this port for nobody
  bench.send(frame_with("x", {192, 0, 2, 99}));   // for both
  bench.send(foreign_frame());
  bench.wait_received(4);
  bench.stop();
  const std::vector<TakenRecord> records = bench.take();
  ASSERT_EQ(records.size(), 2U);
  ASSERT_EQ(records[0].tasks.size(), 1U);
  EXPECT_EQ(records[0].tasks[0].slot, TaskSlot{1});
  EXPECT_EQ(records[1].tasks.size(), 2U);
  EXPECT_EQ(bench.packets().drops.get(PacketDrop::kExcluded), 1U);
  EXPECT_EQ(bench.packets().matched.get(), 2U);
  EXPECT_EQ(bench.task(0).excluded.get(), 2U);
  EXPECT_EQ(bench.task(1).excluded.get(), 1U);
  bench.expect_sums(3);
}

TEST(RxStages, APatternIsFoundWhereverADriverCutsTheFrame) {
  RxBench bench({.stages = with_patterns([] { return uint64_t{0}; })});
  bench.publish({host_rule(0)}, filters_of({{.patterns = looking_for("needle")}}));
  bench.start();
  std::vector<Octets> wanted;
  const std::string hay(400, 'x');
  for (const size_t segment_bytes : {1, 50, 200, 445, 2000}) {
    wanted.push_back(frame_with(hay + "needle" + hay));
    bench.send(wanted.back(), segment_bytes);
    bench.send(frame_with(hay + "nee-dle" + hay), segment_bytes);
  }
  bench.wait_received(2 * wanted.size());
  bench.stop();
  const std::vector<TakenRecord> records = bench.take();
  ASSERT_EQ(records.size(), wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) EXPECT_EQ(records[i].frame, wanted[i]);
  EXPECT_EQ(bench.packets().unmatched.get(), wanted.size()) << "what no pattern selects is nobody's";
  bench.expect_sums(records.size());
}

TEST(RxStages, WhatTheBudgetLosesTheNextCopyTells) {
  static std::atomic<uint64_t> clock;
  clock = 0;
  // The first packet's scan takes a second; the bucket holds a fiftieth of one, and is full again an hour later.
  RxBench bench({.stages = with_patterns([] { return clock.fetch_add(1'000'000); })});
  bench.publish({host_rule(0)}, filters_of({{.patterns = looking_for("needle")}}));
  bench.start();
  bench.send(frame_with("needle 1"));
  bench.send(frame_with("needle 2"));
  bench.send(frame_with("hay"));
  bench.wait_received(3);
  clock += 3'600'000'000;
  bench.send(frame_with("needle 3"));
  bench.wait_received(4);
  bench.stop();
  const std::vector<TakenRecord> records = bench.take();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].tasks[0].lost_before, 0U);
  EXPECT_EQ(records[1].tasks[0].lost_before, bench.task(0).dropped.get(RecordDrop::kPatternBudget));
  EXPECT_GT(records[1].tasks[0].lost_before, 0U);
  bench.expect_sums(records.size());
}

}  // namespace
}  // namespace lictor
