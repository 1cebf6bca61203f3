// What a record says of its frame's arrival, by who stamped the frame. The card's clock is made up: four nanoseconds a
// tick, from a start of its own.
#include "tests/unit/dataplane/dpdk/rx_bench.h"

namespace lictor {
namespace {

constexpr int64_t kTickNs = 4;
constexpr int64_t kCardStartNs = 1'600'000'000 * kNanosecondsPerSecond;

uint64_t ticks_at(LegalTime time) { return static_cast<uint64_t>((time.unix_ns - kCardStartNs) / kTickNs); }

// Two exact readings: the converter knows the clock from now on.
void learn(StampConverter& converter) {
  for (const int64_t ago_ns : {200'000'000, 0}) {
    const LegalTime at{legal_now().unix_ns - ago_ns};
    converter.add({.ticks = ticks_at(at), .before = at, .after = at});
  }
}

ArrivalPlan card_plan(const StampConverter& converter) {
  return {.kind = StampKind::kCard, .field = *find_stamp_field(), .card = &converter};
}

TEST(RxStamps, CardsStampIsTheRecordsArrival) {
  StampConverter converter;
  learn(converter);
  RxBench bench({.arrival = card_plan(converter)});
  bench.publish({host_rule(0)});
  const LegalTime sent{legal_now().unix_ns - 5'000'000};
  bench.send_stamped(target_frame(1), ticks_at(sent));
  bench.start();
  bench.wait_received(1);
  const std::vector<TakenRecord> records = bench.take();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_NEAR(static_cast<double>(records[0].header.arrival.unix_ns - sent.unix_ns), 0, 2 * kTickNs);
  EXPECT_EQ(bench.stamps_refused(), 0U);
}

TEST(RxStamps, FrameWithoutAStampOrWithOneThatCannotBeRightTakesTheHostsClock) {
  StampConverter converter;
  learn(converter);
  RxBench bench({.arrival = card_plan(converter)});
  bench.publish({host_rule(0)});
  const LegalTime before = legal_now();
  bench.send(target_frame(1));
  bench.send_stamped(target_frame(2), 0);
  bench.send_stamped(target_frame(3), ticks_at({before.unix_ns + 60 * kNanosecondsPerSecond}));
  bench.start();
  bench.wait_received(3);
  const std::vector<TakenRecord> records = bench.take();
  ASSERT_EQ(records.size(), 3U);
  for (const TakenRecord& record : records) {
    EXPECT_GE(record.header.arrival.unix_ns, before.unix_ns);
    EXPECT_LE(record.header.arrival.unix_ns, legal_now().unix_ns);
  }
  EXPECT_EQ(bench.stamps_refused(), 2U);
}

TEST(RxStamps, ClockThatIsNotMeasuredYetGivesTheHostsTime) {
  const StampConverter converter;
  RxBench bench({.arrival = card_plan(converter)});
  bench.publish({host_rule(0)});
  const LegalTime before = legal_now();
  bench.send_stamped(target_frame(1), ticks_at(before) - 1000);
  bench.start();
  bench.wait_received(1);
  const std::vector<TakenRecord> records = bench.take();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_GE(records[0].header.arrival.unix_ns, before.unix_ns);
}

TEST(RxStamps, FrameThatArrivedBeforeTheWindowIsNotCopiedThoughItIsReceivedInside) {
  StampConverter converter;
  learn(converter);
  RxBench bench({.arrival = card_plan(converter)});
  TargetRule rule = host_rule(0);
  rule.start = {legal_now().unix_ns - 1'000'000};
  bench.publish({rule});
  bench.send_stamped(target_frame(1), ticks_at({rule.start.unix_ns - 1'000}));
  bench.send_stamped(target_frame(2), ticks_at({rule.start.unix_ns + 1'000}));
  bench.start();
  bench.wait_received(2);
  const std::vector<TakenRecord> records = bench.take();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].frame.back(), 2);
  EXPECT_EQ(bench.packets().unmatched.get(), 1U);
}

TEST(RxStamps, CapturesStampIsTheArrivalWhateverTheDay) {
  RxBench bench({.arrival = {.kind = StampKind::kCapture, .field = *find_stamp_field()}});
  bench.publish({host_rule(0)});
  bench.send_stamped(target_frame(1), 1'000'000'007);
  bench.start();
  bench.wait_received(1);
  const std::vector<TakenRecord> records = bench.take();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].header.arrival.unix_ns, 1'000'000'007'000);
}

}  // namespace
}  // namespace lictor
