// Whatever a tap does to the signalling of calls, and whoever has an endpoint next: a desk tells of each message of a
// target's call once, and of nobody else's; content is a target's alone, all that a tap can know to be it.
// LICTOR_PHONE_CALLS: so many calls in each test; LICTOR_SEED: of one seed alone.
#include <cstdlib>

#include "tests/simulation/calls/plotted_call.h"

namespace lictor::simulation {
namespace {

constexpr uint64_t kCalls = 600;
constexpr uint64_t kCallsOfASeed = 150;

uint64_t number_from(const char* variable, uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::stoull(text);
}

// Half of them have to do with whom some task asks for.
const Person* somebody(World& world, const Network& network) {
  constexpr int64_t kKnown = 9;
  const int64_t last = world.chance().one_in(2) ? kKnown : static_cast<int64_t>(network.people.size()) - 1;
  return &network.people[static_cast<size_t>(world.chance().between(0, last))];
}

CallPlan plan_call(World& world) {
  Chance& chance = world.chance();
  Network& network = world.networks()[static_cast<size_t>(chance.between(0, 1))];
  CallPlan plan{.network = &network, .caller = somebody(world, network), .has_proxy = !chance.one_in(6)};
  const auto is_free = [&plan](const Person* person) {
    return person != plan.caller && std::ranges::find(plan.called, person) == plan.called.end();
  };
  const int64_t forks = !plan.has_proxy || !chance.one_in(4) ? 1 : chance.between(2, 3);
  while (plan.called.size() < static_cast<size_t>(forks))
    if (const Person* const person = somebody(world, network); is_free(person)) plan.called.push_back(person);
  if (!network.from_is_believed && chance.one_in(6)) plan.claimed = somebody(world, network);
  const MediaHost& host = *plan.caller->host;
  const bool needs_relay = std::ranges::any_of(plan.called, [&host](const Person* person) {
    const MediaHost& other = *person->host;
    return host.ipv6() != other.ipv6() || (host.is_translated() && other.is_translated());
  });
  plan.has_proxy = plan.has_proxy || needs_relay;
  plan.has_relay = needs_relay || (plan.has_proxy && chance.one_in(2));
  const int64_t hops = chance.between(1, 6);
  if (plan.has_proxy && hops <= 2) plan.visible[static_cast<size_t>(hops - 1)] = false;
  return plan;
}

void start_call(World& world) {
  const CallPlan plan = plan_call(world);
  const Person* third = somebody(world, *plan.network);
  const bool has_third = third != plan.caller && std::ranges::find(plan.called, third) == plan.called.end();
  const int64_t kind = world.chance().between(1, 20);
  if (kind == 1 && has_third && plan.has_relay) return plot_attended_transfer(world, plan, third);
  const auto call = std::make_shared<PlottedCall>(world, plan);
  if (kind == 2 && has_third) call->transfers_to(third);
  if (kind == 3) {
    call->plot_message("MESSAGE");
  } else {
    call->plot();
  }
  call->start();
}

struct Sum {
  uint64_t calls = 0;
  AuditFigures figures;

  void add(const AuditFigures& one) {
    figures.messages += one.messages;
    figures.reports += one.reports;
    figures.matched += one.matched;
    figures.nobodys += one.nobodys;
    figures.communications += one.communications;
    figures.ended_by_time += one.ended_by_time;
    for (size_t i = 0; i < one.excused.size(); ++i) figures.excused[i] += one.excused[i];
  }
  void print() const {
    std::printf("%llu calls, %llu messages, %llu reports of %llu communications, %llu ended by time\n",
                static_cast<unsigned long long>(calls), static_cast<unsigned long long>(figures.messages),
                static_cast<unsigned long long>(figures.reports),
                static_cast<unsigned long long>(figures.communications),
                static_cast<unsigned long long>(figures.ended_by_time));
    std::printf("packets: %llu tasks', %llu nobody's", static_cast<unsigned long long>(figures.matched),
                static_cast<unsigned long long>(figures.nobodys));
    for (size_t i = 0; i < figures.excused.size(); ++i)
      if (figures.excused[i] > 0)
        std::printf(", %llu excused: %s", static_cast<unsigned long long>(figures.excused[i]), kExcuses[i]);
    std::printf("\n");
  }
};

// Seed after seed, until so many calls were made.
Sum run_calls(const CallFaults& faults) {
  const uint64_t one = number_from("LICTOR_SEED", 0);
  const uint64_t wanted = number_from("LICTOR_PHONE_CALLS", kCalls);
  Sum sum;
  for (uint64_t seed = one == 0 ? 1 : one; sum.calls < wanted && (one == 0 || seed == one); ++seed) {
    SCOPED_TRACE("LICTOR_SEED=" + std::to_string(seed));
    World world(faults, seed);
    int64_t at_ms = 0;
    for (uint64_t call = 0; call < kCallsOfASeed; ++call) {
      at_ms += world.chance().between(0, 250);
      world.after_ms(at_ms, [&world] { start_call(world); });
    }
    world.run();
    if (!testing::Test::HasFailure()) world.run_out();
    sum.calls += kCallsOfASeed;
    sum.add(world.audit().figures());
    if (testing::Test::HasFailure()) break;
  }
  sum.print();
  return sum;
}

uint64_t excused(const Sum& sum, Excuse why) { return sum.figures.excused[static_cast<size_t>(why)]; }

TEST(CallsSimulation, OrderlyCallsAreFollowedWithoutExcuse) {
  const Sum sum = run_calls({});
  EXPECT_GT(sum.figures.matched, 10 * kCallsOfASeed);
  for (const Excuse why : {Excuse::kBeginLost, Excuse::kDescriptionLost, Excuse::kNotRead, Excuse::kEndLost})
    EXPECT_EQ(excused(sum, why), 0U) << kExcuses[static_cast<size_t>(why)];
}

TEST(CallsSimulation, WhatIsReadTwiceAndInAnotherOrderIsToldOnce) {
  const Sum sum = run_calls({.repeated = 0.1, .jitter_ms = 6});
  EXPECT_EQ(excused(sum, Excuse::kDescriptionLost), 0U);
}

// What is lost excuses much, so that a desk which follows nothing would pass, but for its targets' packets.
TEST(CallsSimulation, WhatIsLostMisleadsNobody) {
  const Sum sum = run_calls({.lost = 0.03, .repeated = 0.1, .jitter_ms = 6});
  EXPECT_GT(sum.figures.matched, kCallsOfASeed);
}

TEST(CallsSimulation, WhereAThirdIsLostNobodyIsMisledEither) {
  const Sum sum = run_calls({.lost = 0.3, .repeated = 0.2, .jitter_ms = 6});
  EXPECT_GT(sum.figures.matched, kCallsOfASeed);
}

}  // namespace
}  // namespace lictor::simulation
