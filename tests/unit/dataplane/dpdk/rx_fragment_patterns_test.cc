// The rx loop with fragments of conversations that patterns select.
#include "tests/unit/dataplane/dpdk/rx_fragments.h"

namespace lictor {
namespace {

// Frames of the conversation, and tasks with a pattern that selects it.
class RxFragmentsOfConversations : public ::testing::Test {
 protected:
  static RxBenchPlan plan() {
    RxBenchPlan plan = patient();
    plan.stages = {.patterns = PatternMatcherPlan{.limits = {.streams_max = 16, .flows_max = 16},
                                                  .cycles = [] { return uint64_t{0}; },
                                                  .cycles_per_second = 1'000'000}};
    return plan;
  }
  static TaskFilter needle() {
    const std::atomic<bool> never{false};
    const Pattern needle{.octets = "needle", .reach = PatternReach::kFlow};
    return {.patterns = PatternSet::compile(std::span(&needle, 1), {}, 1, never).value()};
  }
  // Task i has filter i.
  void start(std::vector<TaskFilter> filters) {
    std::vector<TargetRule> rules;
    for (uint32_t slot = 0; slot < filters.size(); ++slot) rules.push_back(host_rule(slot));
    bench_.publish(rules, std::make_shared<const TaskFilters>(ExclusionSet(), std::move(filters)));
    bench_.start();
  }
  void send_selecting() {
    const std::string word = "needle";
    bench_.send(ethernet(kIpv4Type, ipv4({}, udp_between(4000, 53, Octets(word.begin(), word.end())))));
  }
  static Octets with_needle(Octets frame) {
    std::ranges::copy(std::string_view("needle"), frame.end() - 10);
    return frame;
  }
  // The slots that got each copy of `frame`, in order.
  static std::vector<std::vector<uint32_t>> slots_of(const std::vector<TakenRecord>& records, const Octets& frame) {
    std::vector<std::vector<uint32_t>> slots;
    for (const TakenRecord& record : records) {
      if (record.frame != frame) continue;
      slots.emplace_back();
      for (const MatchedTask& task : record.tasks) slots.back().push_back(index_of(task.slot));
    }
    return slots;
  }

  RxBench bench_{plan()};
};

TEST_F(RxFragmentsOfConversations, AreCopiedWhereAPatternSelectedIt) {
  start({needle()});
  send_selecting();
  bench_.send(fragment(7, 1008));
  wait_for(bench_.fragments().parked, 1);
  bench_.send(fragment(7, 0));
  bench_.send(fragment(7, 2016));
  bench_.send(fragment(8, 0, true, 1000, 4001));  // of another conversation
  bench_.send(fragment(8, 1008));
  bench_.wait_received(6);
  bench_.stop();
  EXPECT_EQ(bench_.take().size(), 4U);
  EXPECT_EQ(bench_.packets().matched.get(), 4U);
  EXPECT_EQ(bench_.packets().unmatched.get(), 2U);
  bench_.expect_sums(4);
}

TEST_F(RxFragmentsOfConversations, AreCopiedWhenTheFirstOneComesThoughAnotherTaskHadThemAtOnce) {
  start({{}, needle()});
  send_selecting();
  const Octets later = fragment(7, 1008);
  const Octets foreign = fragment(8, 1008);
  bench_.send(later);
  bench_.send(foreign);
  wait_for(bench_.fragments().parked, 2);
  bench_.send(fragment(7, 0));
  bench_.send(fragment(8, 0, true, 1000, 4001));
  bench_.wait_received(5);
  bench_.stop();
  const std::vector<TakenRecord> records = bench_.take();
  EXPECT_EQ(slots_of(records, later), (std::vector<std::vector<uint32_t>>{{0}, {1}}));
  EXPECT_EQ(slots_of(records, foreign), (std::vector<std::vector<uint32_t>>{{0}})) << "of another conversation";
  EXPECT_EQ(bench_.packets().matched.get(), 5U);
  bench_.expect_sums(8);
}

TEST_F(RxFragmentsOfConversations, AreNotCopiedTwiceForTheirOwnContentAndSelectIt) {
  start({{}, needle()});
  const Octets selecting = with_needle(fragment(7, 1008));
  bench_.send(selecting);
  wait_for(bench_.fragments().parked, 1);
  const Octets foreign = fragment(8, 1008);
  bench_.send(foreign);
  wait_for(bench_.fragments().parked, 2);
  const Octets first = fragment(7, 0);
  bench_.send(first);
  bench_.wait_received(3);
  bench_.send(first);
  bench_.wait_received(4);
  bench_.stop();
  const std::vector<TakenRecord> records = bench_.take();
  EXPECT_EQ(slots_of(records, selecting), (std::vector<std::vector<uint32_t>>{{0, 1}}));
  EXPECT_EQ(slots_of(records, first), (std::vector<std::vector<uint32_t>>{{0}, {0, 1}})) << "what follows is of it";
  EXPECT_EQ(slots_of(records, foreign), (std::vector<std::vector<uint32_t>>{{0}})) << "it says nothing of others";
  bench_.expect_sums(6);
}

}  // namespace
}  // namespace lictor
