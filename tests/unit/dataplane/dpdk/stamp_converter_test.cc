// A card's clock against the host's, both made up: what they do wrong is known to the test.
#include "dataplane/dpdk/stamp_converter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <thread>

namespace lictor {
namespace {

constexpr int64_t kStartNs = 1'700'000'000 * kNanosecondsPerSecond;
constexpr int64_t kIntervalNs = 250'000'000;

// Two clocks over one true time. Each may be set; the card's has a frequency that is not its nominal one.
class Clocks {
 public:
  explicit Clocks(double ticks_per_ns, uint64_t first_ticks = 0)
      : ticks_per_ns_(ticks_per_ns), first_ticks_(first_ticks) {}

  void pass(int64_t ns) {
    true_ns_ += ns;
    ticks_ += static_cast<double>(ns) * ticks_per_ns_;
    host_ns_ += ns + static_cast<int64_t>(static_cast<double>(ns) * host_drift_);
  }
  void set_host(int64_t by_ns) { host_ns_ += by_ns; }
  void set_card(double by_ticks) { ticks_ += by_ticks; }
  void set_frequency(double ticks_per_ns) { ticks_per_ns_ = ticks_per_ns; }
  void set_host_drift(double drift) { host_drift_ = drift; }

  [[nodiscard]] LegalTime host() const { return {kStartNs + host_ns_}; }
  [[nodiscard]] uint64_t card() const { return first_ticks_ + static_cast<uint64_t>(static_cast<int64_t>(ticks_)); }
  // A reading that took 2 * doubt_ns on the host.
  [[nodiscard]] ClockSample sample(int64_t doubt_ns = 500) const {
    return {.ticks = card(), .before = {host().unix_ns - doubt_ns}, .after = {host().unix_ns + doubt_ns}};
  }

 private:
  double ticks_per_ns_;
  double ticks_ = 0;
  uint64_t first_ticks_;
  double host_drift_ = 0;
  int64_t true_ns_ = 0;
  int64_t host_ns_ = 0;
};

// `rounds` samples, an interval apart.
void follow(StampConverter& converter, Clocks& clocks, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    converter.add(clocks.sample());
    clocks.pass(kIntervalNs);
  }
}

// How far a stamp of this moment is from the host's clock. A stamp that is not believed is infinitely far.
int64_t error_ns(const StampConverter& converter, const Clocks& clocks) {
  const LegalTime later{clocks.host().unix_ns + 1'000'000'000};
  const std::optional<PacketTime> time = converter.current().time_of(clocks.card(), later);
  return time ? std::abs(time->unix_ns - clocks.host().unix_ns) : INT64_MAX;
}

TEST(StampConverter, BeforeTheRateIsMeasuredNoStampIsBelieved) {
  StampConverter converter;
  const Clocks clocks(1.0);
  EXPECT_EQ(converter.current().time_of(5, clocks.host()), std::nullopt);
  converter.add(clocks.sample());
  EXPECT_EQ(converter.current().time_of(clocks.card(), clocks.host()), std::nullopt);
}

TEST(StampConverter, AnyUnitOfTicksIsMeasured) {
  for (const double ticks_per_ns : {0.001, 0.15625, 1.0, 2.5}) {  // microseconds; 156.25 MHz; nanoseconds; 2.5 GHz
    StampConverter converter;
    Clocks clocks(ticks_per_ns, 123'456'789);
    follow(converter, clocks, 20);
    EXPECT_LE(error_ns(converter, clocks), 1 + static_cast<int64_t>(2 / ticks_per_ns)) << ticks_per_ns;
  }
}

TEST(StampConverter, DriftOfEitherClockIsFollowedWithoutJumps) {
  StampConverter converter;
  Clocks clocks(1.0);
  follow(converter, clocks, 40);
  clocks.set_frequency(1.0 + 80e-6);  // the card warms up
  clocks.set_host_drift(-30e-6);      // while the host's clock is slewed
  int64_t last_ns = 0;
  for (int i = 0; i < 400; ++i) {
    converter.add(clocks.sample());
    clocks.pass(kIntervalNs);
    const std::optional<PacketTime> time = converter.current().time_of(clocks.card(), clocks.host());
    ASSERT_TRUE(time);
    EXPECT_GT(time->unix_ns, last_ns);
    last_ns = time->unix_ns;
    EXPECT_LE(error_ns(converter, clocks), 60'000) << "within an interval's drift, " << i;
  }
  EXPECT_LE(error_ns(converter, clocks), 100);
  EXPECT_EQ(converter.steps(), 0U);
}

TEST(StampConverter, HostClockThatIsSetIsTakenOverAtTheNextSample) {
  for (const int64_t by_ns : {int64_t{3'600} * kNanosecondsPerSecond, -7 * kNanosecondsPerSecond, int64_t{2'000'000}}) {
    StampConverter converter;
    Clocks clocks(0.15625);
    follow(converter, clocks, 20);
    clocks.set_host(by_ns);
    follow(converter, clocks, 1);
    EXPECT_EQ(converter.steps(), 1U);
    EXPECT_LE(error_ns(converter, clocks), 1'000) << "by the rate that is known";
    follow(converter, clocks, 20);
    EXPECT_LE(error_ns(converter, clocks), 20);
    EXPECT_EQ(converter.steps(), 1U);
  }
}

TEST(StampConverter, CardClockThatIsSetIsTakenOverAtTheNextSample) {
  for (const double by_ticks : {1e12, -1e12, 5e6}) {
    StampConverter converter;
    Clocks clocks(1.0, uint64_t{1} << 50);
    follow(converter, clocks, 20);
    clocks.set_card(by_ticks);
    follow(converter, clocks, 1);
    EXPECT_EQ(converter.steps(), 1U);
    follow(converter, clocks, 20);
    EXPECT_LE(error_ns(converter, clocks), 20);
  }
}

TEST(StampConverter, FrequencyThatChangesForGoodIsLearntAnew) {
  StampConverter converter;
  Clocks clocks(1.0);
  follow(converter, clocks, 20);
  clocks.set_frequency(0.5);
  follow(converter, clocks, 10);
  EXPECT_GE(converter.steps(), 1U);
  EXPECT_LE(error_ns(converter, clocks), 20);
}

TEST(StampConverter, CounterMayWrap) {
  StampConverter converter;
  Clocks clocks(2.5, UINT64_MAX - 2'000'000'000);  // wraps in less than a second
  follow(converter, clocks, 2);
  for (int i = 0; i < 20; ++i) {
    follow(converter, clocks, 1);
    EXPECT_LE(error_ns(converter, clocks), 20) << i;
  }
  EXPECT_LT(clocks.card(), UINT64_MAX / 2) << "it has wrapped";
  EXPECT_EQ(converter.steps(), 0U);
}

TEST(StampConverter, SampleThatTookTooLongIsCountedAndChangesNothing) {
  StampConverter converter;
  Clocks clocks(1.0);
  follow(converter, clocks, 20);
  ClockSample preempted = clocks.sample(StampConverter::kDoubtMaxNs + 1);
  preempted.ticks -= 50'000'000;
  converter.add(preempted);
  ClockSample impossible = clocks.sample();
  std::swap(impossible.before, impossible.after);
  converter.add(impossible);
  EXPECT_EQ(converter.doubtful(), 2U);
  EXPECT_LE(error_ns(converter, clocks), 20);
}

TEST(StampConverter, StampThatCannotBeRightIsNotBelieved) {
  StampConverter converter;
  Clocks clocks(1.0, uint64_t{1} << 60);
  follow(converter, clocks, 20);
  const StampMapping mapping = converter.current();
  const LegalTime now = clocks.host();
  const auto is_believed = [&](uint64_t stamp) { return mapping.time_of(stamp, now).has_value(); };
  EXPECT_TRUE(is_believed(clocks.card()));
  EXPECT_TRUE(is_believed(clocks.card() - 5'000'000'000));
  EXPECT_FALSE(is_believed(clocks.card() - 11'000'000'000)) << "longer ago than frames wait";
  EXPECT_FALSE(is_believed(clocks.card() + 2'000'000)) << "later than now";
  for (const uint64_t garbage : {uint64_t{0}, UINT64_MAX, uint64_t{1} << 63, uint64_t{1}}) {
    EXPECT_FALSE(is_believed(garbage)) << garbage;
  }
}

TEST(StampConverter, NoStampIsLaterThanTheReadingThatFollowsIt) {
  StampConverter converter;
  Clocks clocks(1.0);
  follow(converter, clocks, 20);
  const std::optional<PacketTime> time = converter.current().time_of(clocks.card() + 900'000, clocks.host());
  ASSERT_TRUE(time);
  EXPECT_EQ(time->unix_ns, clocks.host().unix_ns);
}

TEST(StampConverter, MappingThatNobodyRenewsIsNotBelievedForLong) {
  StampConverter converter;
  Clocks clocks(1.0);
  follow(converter, clocks, 20);
  clocks.pass(9 * kNanosecondsPerSecond);
  EXPECT_TRUE(converter.current().time_of(clocks.card(), clocks.host()));
  clocks.pass(2 * kNanosecondsPerSecond);
  EXPECT_FALSE(converter.current().time_of(clocks.card(), clocks.host()));
}

TEST(StampConverter, CardThatStandsStillIsNeverBelievedToMove) {
  StampConverter converter;
  for (int i = 0; i < 20; ++i) {
    const LegalTime now{kStartNs + i * kIntervalNs};
    converter.add({.ticks = 77, .before = now, .after = now});
    EXPECT_FALSE(converter.current().time_of(77, now));
  }
}

// Every mapping that is published lies on one line, so that a mixture of two would lie beside it.
TEST(StampConverter, ReaderNeverSeesAMixtureOfTwoMappings) {
  StampConverter converter;
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> wrong{0};
  std::thread reader([&] {
    while (!stop.load()) {
      const StampMapping mapping = converter.current();
      if (mapping.tick_ns == 0) continue;
      const int64_t expected = kStartNs + static_cast<int64_t>(mapping.ticks);
      if (std::abs(mapping.unix_ns - expected) > 1000) wrong.fetch_add(1);
    }
  });
  Clocks clocks(1.0);
  follow(converter, clocks, 200'000);
  stop.store(true);
  reader.join();
  EXPECT_EQ(wrong.load(), 0U);
}

}  // namespace
}  // namespace lictor
