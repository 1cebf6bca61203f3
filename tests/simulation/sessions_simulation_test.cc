// Whatever a tap does to the signalling: the book and the reference say the same of every address, as far as messages
// got through, nothing outlives its lease, and the book keeps its bounds. LICTOR_SIGNALS: so many messages are read in
// each test; LICTOR_SEED: of one seed alone.

#include "tests/simulation/simulation.h"

namespace lictor::simulation {
namespace {

constexpr uint64_t kSignals = 6'000;
constexpr uint64_t kMinutesOfASeed = 8;

uint64_t number_from(const char* variable, uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::stoull(text);
}

// Seed after seed, until so many messages were read.
template <typename Check>
void for_seeds(const Faults& faults, const Check& check) {
  const uint64_t one = number_from("LICTOR_SEED", 0);
  const uint64_t wanted = number_from("LICTOR_SIGNALS", kSignals);
  uint64_t read = 0;
  uint64_t seed = one == 0 ? 1 : one;
  for (; read < wanted && (one == 0 || seed == one); ++seed) {
    SCOPED_TRACE("LICTOR_SEED=" + std::to_string(seed));
    Simulation simulation(faults, seed);
    for (uint64_t minute = 0; minute < kMinutesOfASeed && !testing::Test::HasFailure(); ++minute)
      simulation.run_minute();
    read += simulation.tap().read();
    check(simulation);
    if (testing::Test::HasFailure()) return;
  }
  std::printf("%llu messages of %llu seeds\n", static_cast<unsigned long long>(read),
              static_cast<unsigned long long>(one == 0 ? seed - 1 : 1));
}

void expect_agreement_under(const Faults& faults) {
  for_seeds(faults, [&faults](const Simulation& simulation) {
    simulation.expect_something_compared();
    EXPECT_EQ(simulation.tap().lost() > 0, faults.lost > 0);
  });
}

TEST(SessionsSimulation, OrderlyNetworkIsFollowed) { expect_agreement_under({}); }

TEST(SessionsSimulation, WhatIsSeenTwiceAndInAnotherOrderIsToldOnce) {
  expect_agreement_under({.repeated = 0.3, .jitter_ms = 90});
}

TEST(SessionsSimulation, WhatAccessServersKeptBackIsOlderThanWhatWasTold) {
  expect_agreement_under({.repeated = 0.2, .jitter_ms = 90, .keeps_back = true});
}

TEST(SessionsSimulation, WhatIsReadMinutesLaterBringsNothingBack) {
  expect_agreement_under({.repeated = 0.2, .jitter_ms = 90, .late = 0.02});
}

TEST(SessionsSimulation, WhatIsLostMisleadsNobody) {
  expect_agreement_under({.lost = 0.1, .repeated = 0.2, .jitter_ms = 90});
}

TEST(SessionsSimulation, NearlyEverythingIsLost) {
  expect_agreement_under({.lost = 0.7, .repeated = 0.2, .jitter_ms = 90});
}

TEST(SessionsSimulation, FullBookKeepsItsBoundsAndNamesNobodyElse) {
  for_seeds({.lost = 0.1, .repeated = 0.2, .sessions_max = 24},
            [](const Simulation& simulation) { EXPECT_GT(simulation.book().counters().refused_full.get(), 0U); });
}

// All of it at once, in one book that nobody empties.
TEST(SessionsSimulation, AfterALongTimeNothingIsLeftBehind) {
  const uint64_t wanted = number_from("LICTOR_SIGNALS", kSignals);
  const uint64_t seed = number_from("LICTOR_SEED", 1);
  SCOPED_TRACE("LICTOR_SEED=" + std::to_string(seed));
  Simulation simulation({.lost = 0.05, .repeated = 0.2, .jitter_ms = 90, .late = 0.02, .keeps_back = true}, seed);
  const size_t bytes = simulation.tracker_bytes();
  while (simulation.tap().read() < wanted && !HasFailure()) simulation.run_minute();
  simulation.expect_something_compared();
  simulation.run_out();
  EXPECT_EQ(simulation.tracker_bytes(), bytes);
  std::printf("%llu messages of one seed\n", static_cast<unsigned long long>(simulation.tap().read()));
}

}  // namespace
}  // namespace lictor::simulation
