// What is left of a packet's tasks behind exclusions, de-duplication and patterns, and what is counted.
#include "dataplane/match_stages.h"

#include <gmock/gmock.h>

#include "tests/unit/dataplane/pattern/pattern_bench.h"

namespace lictor {
namespace {

constexpr size_t kTasks = 8;
constexpr TaskMatch kOne{.slot = TaskSlot{1}};
constexpr TaskMatch kTwo{.slot = TaskSlot{2}};
constexpr TaskMatch kFrame{.slot = TaskSlot{3}, .level = kWholeFrame};

std::shared_ptr<const ExclusionSet> excluding(const std::string& text) {
  const IpPrefix prefix = IpPrefix::parse(text).value();
  return std::make_shared<const ExclusionSet>(std::span(&prefix, 1), std::span<const TransportEndpoint>());
}

std::shared_ptr<const PatternSet> looking_for(const std::string& word) { return compiled({literal(word)}); }

TaskFilters filters_of(std::vector<std::pair<TaskMatch, TaskFilter>> filters, ExclusionSet own = {}) {
  std::vector<TaskFilter> by_slot(kTasks);
  for (auto& [task, filter] : filters) by_slot[index_of(task.slot)] = std::move(filter);
  return {std::move(own), std::move(by_slot)};
}

uint64_t no_time() { return 0; }

// Ports 0 and 1 are a group, port 2 is by itself.
class Stages : public testing::Test {
 protected:
  Stages() : account_(3, kTasks) {
    plan_.ports = {{.tap_group = 0}, {.tap_group = 0}, {.tap_group = 1}};
    plan_.deduplicate_window_ns = 1000;
    plan_.deduplicate_places = 64;
    plan_.patterns = PatternMatcherPlan{.limits = MatcherBench::small(),
                                        .cycles = no_time,
                                        .cycles_per_second = 1'000'000,
                                        .account = &account_.stages.patterns};
  }

  // What narrow() answers for a packet whose outermost level matched.
  MatchFate narrow(const Octets& frame, const std::vector<TaskMatch>& tasks, uint16_t port = 0,
                   const TaskFilters* filters = nullptr) {
    ParsedFrame parsed;
    parsed.result = ParseResult::kIp;
    parsed.level_count = 1;
    parsed.level[0] = level_of(frame);
    return narrow(parsed, frame, tasks, port, filters);
  }
  MatchFate narrow(const ParsedFrame& parsed, const Octets& frame, const std::vector<TaskMatch>& tasks, uint16_t port,
                   const TaskFilters* filters) {
    if (!stages_) stages_.emplace(plan_, kTasks, account_);
    const NarrowedMatch narrowed =
        stages_->narrow({.parsed = parsed, .frame = frame, .port = port, .arrival = {}, .tasks = tasks}, filters);
    left_.clear();
    for (const TaskMatch& task : narrowed.tasks) left_.push_back(index_of(task.slot));
    return narrowed.fate;
  }

  uint64_t excluded(const TaskMatch& task) const { return account_.tasks[index_of(task.slot)].excluded.get(); }

  MatchStagesPlan plan_;
  RxAccount account_;
  std::optional<MatchStages> stages_;
  std::vector<uint32_t> left_;  // slots that narrow() left
};

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(Stages, WithoutOrdersNothingIsNarrowed) {
  const MatchStages idle(plan_, kTasks, account_);
  for (uint16_t port = 0; port < 4; ++port) EXPECT_FALSE(idle.concern(port, nullptr));
  EXPECT_EQ(narrow(udp_packet("x"), {kOne, kTwo}), MatchFate::kMatched);
  EXPECT_EQ(narrow(udp_packet("x"), {kOne, kTwo}, 1), MatchFate::kMatched) << "not de-duplicated";
  EXPECT_THAT(left_, ElementsAre(1, 2));
}

TEST_F(Stages, APortsExclusionsHoldAtThatPortForEveryTask) {
  plan_.ports[1].exclusions = excluding("192.0.2.0/24");
  EXPECT_EQ(narrow(udp_packet("x"), {kOne, kTwo}, 1), MatchFate::kExcluded);
  EXPECT_THAT(left_, IsEmpty());
  EXPECT_EQ(excluded(kOne), 1U);
  EXPECT_EQ(excluded(kTwo), 1U);
  EXPECT_EQ(narrow(udp_packet("x"), {kOne}, 0), MatchFate::kMatched);
  EXPECT_TRUE(stages_->concern(1, nullptr));
  EXPECT_FALSE(stages_->concern(0, nullptr));
}

TEST_F(Stages, ExclusionsLookAtTheLevelThatMatched) {
  plan_.ports[0].exclusions = excluding("203.0.113.0/24");
  const Octets inner = ipv4({}, udp());
  const Octets frame =
      ethernet(kIpv4Type, ipv4({.protocol = 4, .source = {203, 0, 113, 1}, .destination = {203, 0, 113, 2}}, inner));
  ParsedFrame parsed;
  parsed.result = ParseResult::kIp;
  parsed.level_count = 2;
  parsed.level[0] = level_of(frame);
  parsed.level[1] = {
      .offset = 34, .bytes = static_cast<uint32_t>(inner.size()), .whole_bytes = static_cast<uint32_t>(inner.size())};
  const TaskMatch outer{.slot = TaskSlot{1}, .level = 0};
  const TaskMatch inside{.slot = TaskSlot{2}, .level = 1};
  EXPECT_EQ(narrow(parsed, frame, {outer, inside}, 0, nullptr), MatchFate::kMatched);
  EXPECT_THAT(left_, ElementsAre(2)) << "the backbone is excluded, and not what is inside of its tunnel";
}

TEST_F(Stages, AFrameIsExcludedWithAnyOfItsLevels) {
  plan_.ports[0].exclusions = excluding("192.0.2.0/24");
  const Octets inner = ipv4({}, udp());
  const Octets frame =
      ethernet(kIpv4Type, ipv4({.protocol = 4, .source = {203, 0, 113, 1}, .destination = {203, 0, 113, 2}}, inner));
  ParsedFrame parsed;
  parsed.result = ParseResult::kIp;
  parsed.level_count = 2;
  parsed.level[0] = level_of(frame);
  parsed.level[1] = {
      .offset = 34, .bytes = static_cast<uint32_t>(inner.size()), .whole_bytes = static_cast<uint32_t>(inner.size())};
  const TaskMatch outer{.slot = TaskSlot{1}, .level = 0};
  EXPECT_EQ(narrow(parsed, frame, {outer, kFrame}, 0, nullptr), MatchFate::kMatched);
  EXPECT_THAT(left_, ElementsAre(1)) << "what the tunnel carries is excluded, and with it the frame";
  EXPECT_EQ(excluded(kFrame), 1U);
}

TEST_F(Stages, AFrameWithoutIpIsNotExcludedAndNotLookedInto) {
  plan_.ports[0].exclusions = excluding("0.0.0.0/0");
  const Octets frame = ethernet(kArpType, Octets(46));
  const TaskFilters filters = filters_of({{kTwo, {.patterns = looking_for("x")}}});
  EXPECT_EQ(narrow(ParsedFrame(), frame, {kFrame}, 0, &filters), MatchFate::kMatched);
  EXPECT_THAT(left_, ElementsAre(3));
}

TEST_F(Stages, AGroupGivesAFrameOnceAndAnotherOneWhereLayer2IsAnother) {
  plan_.ports[0].deduplicate = plan_.ports[1].deduplicate = true;
  const Octets frame = udp_packet("x");
  EXPECT_EQ(narrow(frame, {kOne, kFrame}, 0), MatchFate::kMatched);
  EXPECT_EQ(narrow(frame, {kOne, kFrame}, 1), MatchFate::kDuplicate);
  Octets another = udp_packet("y");
  EXPECT_EQ(narrow(another, {kOne, kFrame}, 0), MatchFate::kMatched);
  another[5] ^= 1;
  EXPECT_EQ(narrow(another, {kOne, kFrame}, 1), MatchFate::kMatched);
  EXPECT_THAT(left_, ElementsAre(3)) << "who is given packets has had this one";
  const Octets arp = ethernet(kArpType, Octets(46));
  EXPECT_EQ(narrow(ParsedFrame(), arp, {kFrame}, 0, nullptr), MatchFate::kMatched);
  EXPECT_EQ(narrow(ParsedFrame(), arp, {kFrame}, 1, nullptr), MatchFate::kDuplicate);
}

TEST_F(Stages, AGroupGivesAPacketOnce) {
  plan_.ports[0].deduplicate = plan_.ports[1].deduplicate = true;
  EXPECT_EQ(narrow(udp_packet("x"), {kOne}, 0), MatchFate::kMatched);
  EXPECT_EQ(narrow(udp_packet("x"), {kOne}, 1), MatchFate::kDuplicate);
  EXPECT_THAT(left_, IsEmpty());
  EXPECT_EQ(narrow(udp_packet("x"), {kOne}, 2), MatchFate::kMatched) << "another group";
  EXPECT_EQ(narrow(udp_packet("x"), {kOne}, 0), MatchFate::kMatched) << "the port sees it again";
}

TEST_F(Stages, WhoSeesAPacketAtOnePortOnlyLosesNothingToTheOther) {
  plan_.ports[0].deduplicate = plan_.ports[1].deduplicate = true;
  EXPECT_EQ(narrow(udp_packet("x"), {kOne}, 0), MatchFate::kMatched);
  EXPECT_EQ(narrow(udp_packet("x"), {kTwo}, 1), MatchFate::kMatched);
}

TEST_F(Stages, WhoeverElseSeesAPacketItIsGivenToEachOnce) {
  plan_.ports[0].deduplicate = plan_.ports[1].deduplicate = true;
  EXPECT_EQ(narrow(udp_packet("x"), {kOne, kTwo}, 0), MatchFate::kMatched);
  EXPECT_EQ(narrow(udp_packet("x"), {kOne}, 1), MatchFate::kDuplicate);
  EXPECT_EQ(narrow(udp_packet("y"), {kOne}, 0), MatchFate::kMatched);
  EXPECT_EQ(narrow(udp_packet("y"), {kOne, kTwo}, 1), MatchFate::kMatched);
  EXPECT_THAT(left_, ElementsAre(2));
}

TEST_F(Stages, WhatDeduplicationForgetsIsCounted) {
  plan_.ports[0].deduplicate = plan_.ports[1].deduplicate = true;
  plan_.deduplicate_places = 8;
  for (int i = 0; i < 9; ++i) narrow(udp_packet(std::to_string(i)), {kOne}, 0);
  EXPECT_EQ(account_.stages.packets_forgotten.get(), 1U);
}

TEST_F(Stages, AWarrantsExclusionsAreItsOwn) {
  const TaskFilters filters = filters_of({{kOne, {.exclusions = excluding("198.51.100.0/24")}}});
  EXPECT_EQ(narrow(udp_packet("x"), {kOne, kTwo}, 0, &filters), MatchFate::kMatched);
  EXPECT_THAT(left_, ElementsAre(2));
  EXPECT_EQ(excluded(kOne), 1U);
  EXPECT_EQ(excluded(kTwo), 0U);
  EXPECT_EQ(narrow(udp_packet("x"), {kOne}, 0, &filters), MatchFate::kExcluded);
}

TEST_F(Stages, TheDataplanesOwnConnectionsAreExcludedForEveryTask) {
  const TransportEndpoint own{.protocol = 17, .port = 80, .address = {198, 51, 100, 9}};
  const TaskFilters filters = filters_of({}, ExclusionSet({}, std::span(&own, 1)));
  EXPECT_EQ(narrow(udp_packet("x"), {kOne, kTwo}, 2, &filters), MatchFate::kExcluded);
  EXPECT_EQ(narrow(udp_packet("x", kNear, {{198, 51, 100, 9}, 81}), {kOne}, 2, &filters), MatchFate::kMatched);
}

TEST_F(Stages, PatternsSelectForTheirTaskAlone) {
  const TaskFilters filters = filters_of({{kOne, {.patterns = looking_for("needle")}}});
  EXPECT_EQ(narrow(udp_packet("hay"), {kOne, kTwo}, 0, &filters), MatchFate::kMatched);
  EXPECT_THAT(left_, ElementsAre(2));
  EXPECT_EQ(narrow(udp_packet("needle"), {kOne, kTwo}, 0, &filters), MatchFate::kMatched);
  EXPECT_THAT(left_, ElementsAre(1, 2));
  EXPECT_EQ(narrow(udp_packet("hay"), {kOne}, 0, &filters), MatchFate::kUnmatched);
  EXPECT_EQ(account_.tasks[1].matched.get(), 0U) << "whoever copies counts";
}

TEST_F(Stages, WhatTheBudgetLosesIsMatchedAndLost) {
  static uint64_t clock;
  clock = 0;
  plan_.patterns->cycles = [] { return clock += 1'000'000; };
  plan_.patterns->limits.budget_percent = 1;
  const TaskFilters filters = filters_of({{kOne, {.patterns = looking_for("needle")}}});
  EXPECT_EQ(narrow(udp_packet("needle"), {kOne}, 0, &filters), MatchFate::kMatched);
  EXPECT_THAT(left_, ElementsAre(1));
  EXPECT_EQ(narrow(udp_packet("needle"), {kOne}, 0, &filters), MatchFate::kMatched);
  EXPECT_THAT(left_, IsEmpty());
  EXPECT_EQ(account_.tasks[1].matched.get(), 1U);
  EXPECT_EQ(account_.tasks[1].dropped.get(RecordDrop::kPatternBudget), 1U);
  EXPECT_EQ(account_.stages.patterns.over_budget.get(), 1U);
}

TEST(UndecidedTasks, AreBoundedAPacketAndWhatIsBeyondIsMatchedAndLost) {
  constexpr size_t kMany = kTasksPerPacketMax + 1;
  RxAccount account(1, kMany);
  const MatchStagesPlan plan{.patterns = PatternMatcherPlan{.limits = MatcherBench::small(),
                                                            .cycles = no_time,
                                                            .cycles_per_second = 1'000'000,
                                                            .account = &account.stages.patterns}};
  MatchStages stages(plan, kMany, account);
  const std::shared_ptr<const PatternSet> set = compiled({literal("needle", PatternReach::kFlow)});
  const TaskFilters filters({}, std::vector<TaskFilter>(kMany, TaskFilter{.patterns = set}));
  std::vector<TaskMatch> tasks;
  for (uint32_t slot = 0; slot < kMany; ++slot) tasks.push_back({.slot = TaskSlot{slot}});
  const Octets frame = ethernet(kIpv4Type, ipv4({.fragment = 10}, text_octets("some of it")));
  std::array<ParsedFrame, 2> parsed;
  for (ParsedFrame& each : parsed) {
    each.level_count = 1;
    each.level[0] = level_of(frame);
    const NarrowedMatch narrowed =
        stages.narrow({.parsed = each, .frame = frame, .port = 0, .arrival = {}, .tasks = tasks}, &filters);
    EXPECT_EQ(narrowed.fate, MatchFate::kMatched) << "one of them lost it";
    EXPECT_TRUE(narrowed.tasks.empty());
  }
  EXPECT_EQ(stages.undecided().size(), 2 * kTasksPerPacketMax);
  EXPECT_EQ(stages.undecided().back().parsed, &parsed[1]);
  EXPECT_EQ(account.tasks[kMany - 1].matched.get(), 2U);
  EXPECT_EQ(account.tasks[kMany - 1].dropped.get(RecordDrop::kFanoutLimit), 2U);
  EXPECT_EQ(account.tasks[0].dropped.total(), 0U);
  stages.begin_burst();
  EXPECT_TRUE(stages.undecided().empty());
}

TEST_F(Stages, AFlowThatPassesTwoPortsOfAGroupIsOne) {
  const TaskFilters filters = filters_of({{kOne, {.patterns = compiled({literal("needle", PatternReach::kFlow)})}}});
  EXPECT_EQ(narrow(udp_packet("needle"), {kOne}, 0, &filters), MatchFate::kMatched);
  EXPECT_EQ(narrow(udp_packet("back", kFar, kNear), {kOne}, 1, &filters), MatchFate::kMatched);
  EXPECT_EQ(narrow(udp_packet("back", kFar, kNear), {kOne}, 2, &filters), MatchFate::kUnmatched);
}

TEST_F(Stages, ADuplicateIsNotLookedInto) {
  plan_.ports[0].deduplicate = plan_.ports[1].deduplicate = true;
  const TaskFilters filters = filters_of({{kOne, {.patterns = looking_for("needle")}}});
  EXPECT_EQ(narrow(udp_packet("needle"), {kOne}, 0, &filters), MatchFate::kMatched);
  EXPECT_EQ(narrow(udp_packet("needle"), {kOne}, 1, &filters), MatchFate::kDuplicate);
  EXPECT_EQ(account_.stages.patterns.scanned.get(), 1U);
}

}  // namespace
}  // namespace lictor
