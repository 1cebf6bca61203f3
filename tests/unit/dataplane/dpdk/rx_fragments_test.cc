// The rx loop with fragments: where ports matter, later ones follow the first of their datagram, in whatever order they
// come, and every packet still has one fate.
#include "tests/unit/dataplane/dpdk/rx_fragments.h"

namespace lictor {
namespace {

// UDP between the target's port 4000 and 53: what fragment() makes.
TargetRule flow_rule(uint32_t slot, uint16_t port = 4000, const Octets& address = Ipv4Fields{}.source) {
  TargetRule rule = host_rule(slot, address);
  rule.protocol = 17;
  rule.target_ports = {port, port};
  rule.remote_ports = {53, 53};
  return rule;
}

std::vector<Octets> frames_of(const std::vector<TakenRecord>& records) {
  std::vector<Octets> frames;
  for (const TakenRecord& record : records) frames.push_back(record.frame);
  return frames;
}

TEST(RxFragments, FollowTheFirstOneAndNoOther) {
  RxBench bench;
  bench.publish({flow_rule(0), flow_rule(1, 4001)});
  bench.start();
  const std::vector<Octets> wanted = {fragment(7, 0), fragment(7, 1008), fragment(7, 2016, false, 9)};
  for (const Octets& frame : wanted) bench.send(frame);
  bench.send(fragment(8, 0, true, 1000, 4002));
  bench.send(fragment(8, 1008));
  bench.wait_received(5);
  bench.stop();
  const std::vector<TakenRecord> records = bench.take();
  EXPECT_EQ(frames_of(records), wanted);
  for (const TakenRecord& record : records) EXPECT_EQ(record.tasks[0].slot, TaskSlot{0});
  EXPECT_EQ(bench.packets().matched.get(), 3U);
  EXPECT_EQ(bench.packets().unmatched.get(), 2U);
  bench.expect_sums(3);
}

TEST(RxFragments, ThatComeBeforeTheFirstAreCopiedWhenItComes) {
  for (const size_t segment_bytes : {2000, 100, 7}) {
    for (const bool ipv6 : {false, true}) {
      RxBench bench(patient());
      bench.publish({flow_rule(0), flow_rule(0, 4000, Ipv6Fields{}.source)});
      bench.start();
      const auto part = [&](size_t offset) { return ipv6 ? fragment_ipv6(7, offset) : fragment(7, offset); };
      const LegalTime before = legal_now();
      bench.send(part(2016), segment_bytes);
      bench.send(part(1008), segment_bytes);
      wait_for(bench.fragments().parked, 2);
      const LegalTime parked = legal_now();
      EXPECT_EQ(bench.received(), 0U) << "its fate is not known";
      bench.expect_sums(0);
      bench.send(part(0), segment_bytes);
      bench.wait_received(3);
      bench.stop();
      const std::vector<TakenRecord> records = bench.take();
      EXPECT_EQ(frames_of(records), (std::vector<Octets>{part(0), part(2016), part(1008)}));
      EXPECT_GE(records[2].header.arrival.unix_ns, before.unix_ns);
      EXPECT_LE(records[2].header.arrival.unix_ns, parked.unix_ns) << "when it came, not when it was copied";
      EXPECT_EQ(records[2].header.view_offset, 14U);
      EXPECT_EQ(bench.packets().matched.get(), 3U);
      bench.expect_sums(3);
      EXPECT_EQ(bench.buffers_in_use(), 0U);
    }
  }
}

TEST(RxFragments, ThatComeBeforeTheFirstInOneBurstNeedNotWait) {
  RxBench bench({.open = false, .fragments = {.age_ns = kHour}});
  bench.publish({flow_rule(0)});
  const std::vector<Octets> wanted = {fragment(7, 1008), fragment(7, 0), fragment(7, 2016)};
  for (const Octets& frame : wanted) bench.send(frame);
  bench.start();
  bench.open();
  bench.wait_received(3);
  bench.stop();
  EXPECT_EQ(frames_of(bench.take()), wanted);
  EXPECT_EQ(bench.fragments().parked.get(), 0U);
}

TEST(RxFragments, OfAFirstOneThatIsNobodysAreNobodys) {
  RxBench bench(patient());
  bench.publish({flow_rule(0)});
  bench.start();
  bench.send(fragment(7, 1008));
  wait_for(bench.fragments().parked, 1);
  bench.send(fragment(7, 0, true, 1000, 4002));
  bench.wait_received(2);
  bench.stop();
  EXPECT_TRUE(bench.take().empty());
  EXPECT_EQ(bench.packets().unmatched.get(), 2U);
  EXPECT_EQ(bench.fragments().released.get(), 1U);
}

TEST(RxFragments, WhoeverMatchesByAddressHasThemAtOnceAndNobodyHasThemTwice) {
  RxBench bench(patient());
  bench.publish({host_rule(0), flow_rule(1)});
  bench.start();
  const Octets later = fragment(7, 1008);
  bench.send(later);
  bench.wait_received(1);
  std::vector<TakenRecord> records = bench.take();
  ASSERT_EQ(records.size(), 1U);
  ASSERT_EQ(records[0].tasks.size(), 1U);
  EXPECT_EQ(records[0].tasks[0].slot, TaskSlot{0});
  wait_for(bench.fragments().parked, 1);
  bench.send(fragment(7, 0));
  bench.wait_received(2);
  bench.stop();
  records = bench.take();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].tasks.size(), 2U);
  EXPECT_EQ(records[1].frame, later);
  ASSERT_EQ(records[1].tasks.size(), 1U);
  EXPECT_EQ(records[1].tasks[0].slot, TaskSlot{1});
  EXPECT_EQ(bench.packets().matched.get(), 2U) << "two packets, one of them in two records";
  bench.expect_sums(4);
}

TEST(RxFragments, WhoseFirstOneNeverComesAreUnmatchedWhenItIsTooLate) {
  RxBench bench({.fragments = {.age_ns = 1'000'000}});
  bench.publish({flow_rule(0)});
  bench.start();
  bench.send(fragment(7, 1008));
  bench.wait_received(1);  // nothing else comes: it is the silence that ends the wait
  EXPECT_EQ(bench.fragments().expired.get(), 1U);
  bench.send(fragment(7, 0));
  bench.wait_received(2);
  bench.stop();
  EXPECT_EQ(frames_of(bench.take()), std::vector<Octets>{fragment(7, 0)});
  EXPECT_EQ(bench.packets().unmatched.get(), 1U);
  bench.expect_sums(1);
}

TEST(RxFragments, AreGivenUpByTheClockOfThePackets) {
  RxBench bench({.arrival = {.kind = StampKind::kSpreader, .field = *find_stamp_field()}});
  bench.publish({flow_rule(0)});
  bench.start();
  constexpr uint64_t kSecond = kNanosecondsPerSecond;
  const auto start = static_cast<uint64_t>(legal_now().unix_ns) - 10 * kSecond;
  bench.send_stamped(fragment(7, 1008), start);
  wait_for(bench.fragments().parked, 1);
  bench.send_stamped(foreign_frame(), start + kSecond);
  bench.wait_received(1);
  EXPECT_EQ(bench.fragments().expired.get(), 0U);
  bench.send_stamped(foreign_frame(), start + 3 * kSecond);
  bench.wait_received(3);
  EXPECT_EQ(bench.fragments().expired.get(), 1U);
  bench.stop();
  bench.expect_sums(0);
}

TEST(RxFragments, ThatWaitAtTheEndHaveAFateToo) {
  RxBench bench(patient());
  bench.publish({flow_rule(0)});
  bench.start();
  const Octets later = fragment(7, 1008);
  bench.send(later);
  wait_for(bench.fragments().parked, 1);
  bench.stop();
  EXPECT_EQ(bench.received(), 1U);
  EXPECT_EQ(bench.received_bytes(), later.size());
  EXPECT_EQ(bench.packets().unmatched.get(), 1U);
  EXPECT_EQ(bench.buffers_in_use(), 0U);
}

TEST(RxFragments, AreTreatedByTheTableThatIsInForceWhenTheFirstOneComes) {
  RxBench bench(patient());
  bench.publish({flow_rule(0), flow_rule(1)});
  bench.start();
  bench.send(fragment(7, 1008));
  wait_for(bench.fragments().parked, 1);
  bench.publish({flow_rule(1)});
  bench.send(fragment(7, 0));
  bench.wait_received(2);
  bench.send(fragment(8, 1008));
  wait_for(bench.fragments().parked, 2);
  bench.publish({host_rule(2)});  // ports do not matter any more: it is not waited for
  bench.send(fragment(8, 0));
  bench.wait_received(3);
  bench.stop();
  const std::vector<TakenRecord> records = bench.take();
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[1].frame, fragment(7, 1008));
  ASSERT_EQ(records[1].tasks.size(), 1U);
  EXPECT_EQ(records[1].tasks[0].slot, TaskSlot{1});
  EXPECT_EQ(records[2].tasks[0].slot, TaskSlot{2});
  EXPECT_EQ(bench.packets().unmatched.get(), 1U);
  bench.expect_sums(3);
}

TEST(RxFragments, ThatWaitWhenNothingIsTappedAnyMoreAreGivenUp) {
  RxBenchPlan plan = patient();
  plan.sleeps_untapped = true;
  RxBench bench(plan);
  bench.publish({flow_rule(0)});
  bench.start();
  bench.gate().wake();
  bench.send(fragment(7, 1008));
  wait_for(bench.fragments().parked, 1);
  bench.gate().sleep();
  bench.wait_received(1);
  EXPECT_EQ(bench.packets().unmatched.get(), 1U);
}

TEST(RxFragments, OfMediaFollowTheFirstOne) {
  RxBench bench(patient());
  TargetRule media = host_rule(0);
  media.key = RuleKey::kEndpoint;
  media.target_ports = {4000, 4000};
  bench.publish({media});
  bench.start();
  const std::vector<Octets> wanted = {fragment(7, 0), fragment(7, 1008), fragment(7, 2016)};
  bench.send(wanted[1]);
  wait_for(bench.fragments().parked, 1);
  bench.send(wanted[0]);
  bench.send(wanted[2]);
  bench.wait_received(3);
  bench.stop();
  const std::vector<Octets> given = frames_of(bench.take());
  EXPECT_TRUE(std::ranges::is_permutation(given, wanted));
  EXPECT_EQ(given[0], wanted[0]);
}

TEST(RxFragments, AreNotLookedAtWhereNoPortsMatter) {
  RxBench bench(patient());
  bench.publish({host_rule(0)});
  bench.start();
  bench.send(fragment(7, 1008));
  bench.send(fragment(7, 0));
  bench.send(fragment(7, 2016));
  bench.wait_received(3);
  bench.stop();
  EXPECT_EQ(bench.take().size(), 3U);
  EXPECT_EQ(bench.fragments().parked.get() + bench.fragments().completed.get(), 0U);
}

// In replay the rings hold a burst, and a first fragment may release a hundred.
TEST(RxFragments, ThatAreReleasedInReplayWaitForRoom) {
  RxBench bench({.ring_bytes = burst_bytes_max(kFrameBytesMax, 1), .lossless = true, .fragments = {.age_ns = kHour}});
  bench.publish({flow_rule(0)});
  bench.start();
  constexpr size_t kFrames = 1000;
  for (size_t i = 1; i < kFrames; ++i) bench.send(fragment(7, 8 * i, true, 1400));
  wait_for(bench.fragments().parked, kFrames - 1);
  bench.send(fragment(7, 0));
  size_t taken = 0;
  while (taken < kFrames) taken += bench.take().size();
  bench.wait_received(kFrames);
  bench.stop();
  EXPECT_EQ(bench.task(0).dropped.total(), 0U);
  bench.expect_sums(kFrames);
}

TEST(RxFragments, BeyondTheirRoomAreCountedAndUnmatched) {
  RxBench bench({.fragments = {.datagrams_max = 64, .parked_bytes_max = 8192, .age_ns = kHour}});
  bench.publish({flow_rule(0)});
  bench.start();
  for (uint16_t id = 0; id < 200; ++id) bench.send(fragment(id, 1008));
  wait_for(bench.fragments().parked, 200);
  bench.stop();
  EXPECT_EQ(bench.fragments().evicted.get() + bench.fragments().expired.get(), 200U);
  EXPECT_GT(bench.fragments().evicted.get(), 190U);
  EXPECT_EQ(bench.packets().unmatched.get(), 200U);
  EXPECT_EQ(bench.received(), 200U);
}

// One lcore that receives from three ports, round by round: two of one tap group, one by itself.
class ThreePorts {
 public:
  ThreePorts() {
    ring_.bytes = *SpscByteRing::make(1 << 20);
    tables_->publish(*RxTables::build(std::vector<TargetRule>{flow_rule(0)}, {}));
    plan_.rings = {&ring_};
    plan_.tables = tables_.get();
    plan_.quiescence = quiescence_.get();
    plan_.account = &account_;
    plan_.stages.ports = {{.tap_group = 0}, {.tap_group = 0}, {.tap_group = 1}};
    plan_.fragments.age_ns = kHour;
    plan_.tasks_max = 8;
    plan_.frame_bytes_max = kFrameBytesMax;
    plan_.open = &open_;
    for (uint16_t i = 0; i < ports_.size(); ++i) {
      plan_.queues.push_back({.port_id = ports_[i].id(), .waiting_max = 4096, .port_index = i});
    }
    loop_ = std::make_unique<RxLoop>(plan_);
    quiescence_->online(0);
  }
  ~ThreePorts() { quiescence_->offline(0); }
  ThreePorts(const ThreePorts&) = delete;
  ThreePorts& operator=(const ThreePorts&) = delete;

  // Receives it at this port, and follows up what it releases.
  void receive(size_t port, const Octets& frame) {
    ports_[port].send(frame);
    loop_->run_round();
    loop_->run_round();
  }
  void end() { loop_->end(); }
  [[nodiscard]] uint64_t received(size_t port) const { return account_.by_port[port].received.get(); }
  [[nodiscard]] const RxPacketAccount& packets() const { return account_.packets; }

 private:
  std::array<RingPort, 3> ports_;
  std::unique_ptr<Quiescence> quiescence_ = *Quiescence::make(1);
  std::unique_ptr<LiveTable<RxTables>> tables_ =
      std::make_unique<LiveTable<RxTables>>(*quiescence_, RxTables::make_empty());
  MatchRing ring_;
  RxAccount account_{3, 8};
  std::atomic<bool> open_{true};
  RxPlan plan_;
  std::unique_ptr<RxLoop> loop_;
};

TEST(RxFragments, BelongToTheFirstOneOfTheirTapGroupAndCountWhereTheyCame) {
  const auto lcore = std::make_unique<ThreePorts>();
  lcore->receive(1, fragment(7, 1008));
  lcore->receive(2, fragment(7, 2016));  // another network, in which the same addresses are somebody else
  EXPECT_EQ(lcore->received(1) + lcore->received(2), 0U);
  lcore->receive(0, fragment(7, 0));
  EXPECT_EQ(lcore->received(0), 1U);
  EXPECT_EQ(lcore->received(1), 1U) << "where it came";
  EXPECT_EQ(lcore->received(2), 0U);
  EXPECT_EQ(lcore->packets().matched.get(), 2U);
  lcore->end();
  EXPECT_EQ(lcore->received(2), 1U);
  EXPECT_EQ(lcore->packets().unmatched.get(), 1U);
}

}  // namespace
}  // namespace lictor
