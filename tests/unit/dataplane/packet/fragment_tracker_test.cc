// FragmentTracker: later fragments get the ports of their first, in whatever order they come, in bounded memory.

#include "dataplane/packet/fragment_tracker.h"

#include <gtest/gtest.h>

#include "tests/unit/dataplane/packet/dice.h"
#include "tests/unit/dataplane/packet/fragment_octets.h"

namespace lictor {
namespace {

constexpr uint16_t kDomain = 1;
constexpr uint16_t kQueue = 0;
constexpr int64_t kSecond = 1'000'000'000;

class Tracked : public ::testing::Test {
 protected:
  void make(const FragmentLimits& limits) {
    account_ = std::make_unique<FragmentAccount>();
    tracker_ = std::make_unique<FragmentTracker>(limits, *account_, kKey);
  }

  // As an rx loop does with one frame that matched nothing. The parsed frame with what is known of it then.
  ParsedFrame pass(const Octets& frame, uint16_t domain = kDomain, const EncapsulationTrust& trust = {}) {
    ParsedFrame parsed = parse_frame(frame, static_cast<uint32_t>(frame.size()), trust);
    missing_ = tracker_->see(frame, parsed, domain, now_) == FragmentPorts::kMissing;
    if (missing_) tracker_->park(frame, parsed, domain, now_, kQueue, {});
    settled_ += tracker_->take_settled(kQueue).frames;
    return parsed;
  }

  const IpLevel& level_of(const Octets& frame, uint16_t domain = kDomain) {
    parsed_ = pass(frame, domain);
    return parsed_.level[parsed_.level_count - 1];
  }

  std::vector<Octets> released() {
    std::vector<Octets> frames;
    while (const std::optional<ReleasedFragment> one = tracker_->next_released()) {
      frames.emplace_back(one->frame.begin(), one->frame.end());
      EXPECT_EQ(one->queue, kQueue);
    }
    return frames;
  }

  void expect_sums() {
    const FragmentAccount& account = *account_;
    EXPECT_EQ(account.parked.get(),
              account.released.get() + account.expired.get() + account.evicted.get() + tracker_->waiting());
  }

  static constexpr HashKey kKey{.low = 1, .high = 2};
  std::unique_ptr<FragmentAccount> account_ = std::make_unique<FragmentAccount>();
  std::unique_ptr<FragmentTracker> tracker_ = std::make_unique<FragmentTracker>(FragmentLimits{}, *account_, kKey);
  PacketTime now_{100 * kSecond};
  ParsedFrame parsed_;
  bool missing_ = false;
  uint64_t settled_ = 0;
};

using FragmentTrackerTest = Tracked;

TEST_F(FragmentTrackerTest, LaterFragmentsGetThePortsOfTheFirst) {
  pass(fragment(7, 0));
  for (size_t offset = 1008; offset < 10'000; offset += 1000) {
    const IpLevel& level = level_of(fragment(7, offset));
    EXPECT_FALSE(missing_);
    EXPECT_TRUE(level.ports_known);
    EXPECT_EQ(level.protocol, 17);
    EXPECT_EQ(level.source_port, 4000);
    EXPECT_EQ(level.destination_port, 53);
  }
  EXPECT_EQ(account_->parked.get(), 0U);
  EXPECT_EQ(account_->completed.get(), 9U);
}

TEST_F(FragmentTrackerTest, LaterFragmentsThatComeBeforeTheFirstAreGivenBackWhenItComes) {
  const Octets second = fragment(7, 1008);
  const Octets third = fragment(7, 2008, false, 77);
  EXPECT_FALSE(level_of(third).ports_known);
  EXPECT_TRUE(missing_);
  pass(second);
  EXPECT_EQ(tracker_->held(), 2U);
  EXPECT_TRUE(released().empty());
  pass(fragment(7, 0));
  EXPECT_EQ(released(), (std::vector<Octets>{third, second})) << "in the order in which they came";
  EXPECT_TRUE(level_of(third).ports_known);
  EXPECT_EQ(tracker_->held(), 0U);
  EXPECT_EQ(settled_, 0U);
  expect_sums();
}

TEST_F(FragmentTrackerTest, ReleasedFragmentHasItsArrivalAndWhetherItWasCounted) {
  const Octets frame = fragment(7, 1008);
  ParsedFrame parsed = parse(frame);
  ASSERT_EQ(tracker_->see(frame, parsed, kDomain, now_), FragmentPorts::kMissing);
  tracker_->park(frame, parsed, kDomain, now_, kQueue, {.counted = true});
  EXPECT_EQ(tracker_->held(), 0U) << "it is counted already";
  const PacketTime arrival = now_;
  now_.unix_ns += 1000;
  pass(fragment(7, 0));
  const std::optional<ReleasedFragment> released = tracker_->next_released();
  ASSERT_TRUE(released);
  EXPECT_TRUE(released->counted);
  EXPECT_EQ(released->arrival, arrival);
}

TEST_F(FragmentTrackerTest, ReleasedFragmentHasItsNoteAsLongAsItIs) {
  std::vector<Octets> notes;
  for (uint8_t i = 0; i < 8; ++i) {
    notes.emplace_back(size_t{i} * 50, i);
    const Octets frame = fragment(7, 1008 + size_t{i} * 8);
    ParsedFrame parsed = parse(frame);
    ASSERT_EQ(tracker_->see(frame, parsed, kDomain, now_), FragmentPorts::kMissing);
    tracker_->park(frame, parsed, kDomain, now_, kQueue, {.note = notes.back()});
  }
  pass(fragment(7, 0));
  for (size_t i = 0; i < notes.size(); ++i) {
    const std::optional<ReleasedFragment> released = tracker_->next_released();
    ASSERT_TRUE(released);
    EXPECT_TRUE(std::ranges::equal(released->frame, fragment(7, 1008 + i * 8)));
    EXPECT_TRUE(std::ranges::equal(released->note, notes[i]));
  }
}

TEST_F(FragmentTrackerTest, FirstFragmentInTheSameBurstReleasesWhatWasParkedAfterIt) {
  const Octets later = fragment(7, 1008);
  ParsedFrame parsed = parse(later);
  ASSERT_EQ(tracker_->see(later, parsed, kDomain, now_), FragmentPorts::kMissing);
  pass(fragment(7, 0));
  tracker_->park(later, parsed, kDomain, now_, kQueue, {});
  EXPECT_EQ(released(), std::vector<Octets>{later});
}

TEST_F(FragmentTrackerTest, FirstFragmentBehindItInTheBurstIsFoundByLookingAgainUnlessItWasTooLate) {
  const Octets later = fragment(7, 1008);
  ParsedFrame parsed = parse(later);
  ASSERT_EQ(tracker_->see(later, parsed, kDomain, now_), FragmentPorts::kMissing);
  const PacketTime arrival = now_;
  now_.unix_ns += kSecond;
  pass(fragment(7, 0));
  EXPECT_EQ(tracker_->look_again(later, parsed, kDomain, arrival), FragmentPorts::kComplete);
  EXPECT_EQ(parsed.level[0].source_port, 4000);
  const PacketTime much_before{arrival.unix_ns - 2 * kSecond};
  ASSERT_EQ(tracker_->look_again(later, parsed, kDomain, much_before), FragmentPorts::kMissing);
  tracker_->park(later, parsed, kDomain, much_before, kQueue, {});
  EXPECT_EQ(tracker_->take_settled(kQueue).frames, 1U);
  EXPECT_EQ(tracker_->look_again(later, parsed, kDomain, arrival), FragmentPorts::kComplete) << "it is still known";
  expect_sums();
}

TEST_F(FragmentTrackerTest, DatagramOf64KiBInAnyOrderIsCompleted) {
  std::vector<Octets> frames;
  for (size_t i = 0; i < 45; ++i) frames.push_back(fragment(7, i * 1480, i < 44, i == 0 ? 1472 : 1480));
  Dice dice(6);
  for (uint16_t id = 0; id < 50; ++id) {
    for (size_t i = frames.size() - 1; i > 0; --i) std::swap(frames[i], frames[dice.below(i + 1)]);
    size_t known = 0;
    for (Octets frame : frames) {
      frame[14 + 5] = static_cast<uint8_t>(id);
      known += level_of(frame).ports_known ? 1 : 0;
      known += released().size();
    }
    EXPECT_EQ(known, 45U);
  }
  EXPECT_EQ(tracker_->waiting(), 0U);
  EXPECT_EQ(settled_, 0U);
  expect_sums();
}

TEST_F(FragmentTrackerTest, Ipv6FragmentsAreTrackedBehindWhateverHeaders) {
  for (const uint8_t next : {uint8_t{17}, uint8_t{60}}) {
    EXPECT_FALSE(level_of(fragment_ipv6(next, 64, next)).ports_known);
    pass(fragment_ipv6(next, 0, next));
    EXPECT_EQ(released().size(), 1U);
    const IpLevel& level = level_of(fragment_ipv6(next, 128, next));
    EXPECT_TRUE(level.ports_known);
    EXPECT_EQ(level.protocol, 17) << "the chain of headers is in the first fragment";
    EXPECT_EQ(level.source_port, 4000);
  }
}

TEST_F(FragmentTrackerTest, OtherIdentifiersAddressesProtocolsAndNetworksAreOtherDatagrams) {
  pass(fragment(7, 0));
  const Octets later = fragment(7, 1008);
  Octets address = later, protocol = later, tagged = later;
  address[14 + 15] ^= 1;
  protocol[14 + 9] = 132;
  const Octets tag = {0x81, 0, 0, 7};
  tagged.insert(tagged.begin() + 12, tag.begin(), tag.end());
  for (const Octets& other : {address, protocol, tagged, fragment(8, 1008)}) {
    pass(other);
    EXPECT_TRUE(missing_);
  }
  pass(later, kDomain + 1);
  EXPECT_TRUE(missing_);
  pass(later);
  EXPECT_FALSE(missing_);
}

TEST_F(FragmentTrackerTest, ContextOfTunnelsBelongsToADatagram) {
  const auto in_network = [](uint32_t vni, size_t offset) {
    const Octets frame = fragment(7, offset);
    return over_udp(4789, vxlan(vni, frame));
  };
  pass(in_network(1, 0), kDomain, kTrustAll);
  EXPECT_TRUE(pass(in_network(1, 1008), kDomain, kTrustAll).level[1].ports_known);
  pass(in_network(2, 1008), kDomain, kTrustAll);
  EXPECT_TRUE(missing_);
}

TEST_F(FragmentTrackerTest, FirstFragmentWithoutPortsLetsNobodyWait) {
  const auto icmp_less = [](size_t offset) {
    return ethernet(kIpv4Type,
                    ipv4({.fragment = static_cast<uint16_t>(0x2000 | offset / 8), .protocol = 50}, Octets(64)));
  };
  pass(icmp_less(64));
  pass(icmp_less(0));
  EXPECT_EQ(released().size(), 1U);
  EXPECT_FALSE(level_of(icmp_less(128)).ports_known);
  EXPECT_FALSE(missing_);
}

TEST_F(FragmentTrackerTest, NewerFirstFragmentCountsAndOtherPortsAreTold) {
  pass(fragment(7, 0));
  pass(fragment(7, 0));
  EXPECT_EQ(account_->conflicting.get(), 0U) << "a repetition";
  pass(fragment(7, 0, true, 1000, 4001));
  EXPECT_EQ(account_->conflicting.get(), 1U);
  EXPECT_EQ(level_of(fragment(7, 1008)).source_port, 4001);
}

TEST_F(FragmentTrackerTest, WhatIsOlderThanTheAgeIsForgottenInBothDirections) {
  for (const int64_t step : {3 * kSecond, -3 * kSecond}) {
    make({});
    pass(fragment(7, 0));
    pass(fragment(8, 1008));
    now_.unix_ns += step;
    tracker_->expire(now_, kQueue);
    EXPECT_EQ(tracker_->take_settled(kQueue).frames, 1U);
    EXPECT_EQ(account_->expired.get(), 1U);
    pass(fragment(7, 1008));
    EXPECT_TRUE(missing_) << step;
    pass(fragment(8, 0));
    EXPECT_TRUE(released().empty());
    expect_sums();
  }
}

TEST_F(FragmentTrackerTest, WhatWaitsBehindAnOlderOneHasItsWholeTime) {
  pass(fragment(7, 1008));
  now_.unix_ns += 2 * kSecond - 1;
  pass(fragment(7, 2008));
  now_.unix_ns += 2;
  tracker_->expire(now_, kQueue);
  EXPECT_EQ(account_->expired.get(), 1U);
  pass(fragment(7, 0));
  EXPECT_EQ(released(), std::vector<Octets>{fragment(7, 2008)});
}

TEST_F(FragmentTrackerTest, CapturesOfOtherDaysDoNotExpireEachOther) {
  make({.queues = 2, .clocks = QueueClocks::kOwn});
  pass(fragment(7, 1008));
  tracker_->expire({now_.unix_ns + 86'400 * kSecond}, kQueue + 1);
  EXPECT_EQ(tracker_->waiting(), 1U);
  tracker_->expire({now_.unix_ns + 86'400 * kSecond}, kQueue);
  EXPECT_EQ(tracker_->waiting(), 0U);
}

TEST_F(FragmentTrackerTest, FullParkGivesUpTheOldestAndCountsThem) {
  make({.parked_bytes_max = 16'384});
  for (uint16_t id = 0; id < 100; ++id) pass(fragment(id, 1008));
  EXPECT_GT(tracker_->waiting(), 10U);
  EXPECT_LE(tracker_->waiting(), 16U);
  EXPECT_EQ(account_->evicted.get(), 100 - tracker_->waiting());
  EXPECT_EQ(settled_ + tracker_->held(), 100U);
  expect_sums();
  pass(fragment(0, 0));
  EXPECT_TRUE(released().empty());
  pass(fragment(99, 0));
  EXPECT_EQ(released().size(), 1U) << "the newest is still there";
}

TEST_F(FragmentTrackerTest, FrameThatNoParkCouldHoldIsRefusedAndCounted) {
  make({.parked_bytes_max = 4096});
  pass(fragment(7, 1008, true, 9000));
  EXPECT_EQ(account_->refused.get(), 1U);
  EXPECT_EQ(settled_, 1U);
  EXPECT_EQ(tracker_->waiting(), 0U);
  pass(fragment(7, 1008, true, 3900));
  EXPECT_EQ(tracker_->waiting(), 1U) << "all of the room is there again";
}

TEST_F(FragmentTrackerTest, FloodOfDatagramsForgetsTheOldestAndIsCounted) {
  make({.datagrams_max = 64, .parked_bytes_max = 1 << 20});
  for (uint16_t id = 0; id < 1000; ++id) {
    ++now_.unix_ns;
    pass(fragment(id, id % 2 == 0 ? 0 : 1008, true, 8));
  }
  EXPECT_GE(account_->forgotten.get(), 1000U - 64);
  EXPECT_LE(tracker_->waiting(), 64U);
  EXPECT_EQ(settled_ + tracker_->held(), 500U);
  expect_sums();
}

TEST_F(FragmentTrackerTest, EverythingIsGivenUpAtTheEnd) {
  for (uint16_t id = 0; id < 10; ++id) pass(fragment(id, 1008));
  tracker_->give_up_all();
  EXPECT_EQ(tracker_->take_settled(kQueue).frames, 10U);
  EXPECT_EQ(tracker_->held(), 0U);
  EXPECT_EQ(tracker_->waiting(), 0U);
  expect_sums();
}

TEST_F(FragmentTrackerTest, RandomTrafficKeepsItsSumsAndGivesBackWhatItTook) {
  make({.datagrams_max = 64, .parked_bytes_max = 64 << 10});
  Dice dice(9);
  uint64_t uncounted = 0;
  uint64_t given_back = 0;
  for (size_t round = 0; round < 200'000; ++round) {
    now_.unix_ns += dice.from<int64_t>(0, kSecond / 50) - (dice.one_in(1000) ? 5 * kSecond : 0);
    const size_t bytes = dice.one_in(20) ? dice.below(9000) : dice.below(300);
    pass(fragment(dice.from<uint16_t>(0, 300), dice.one_in(4) ? 0 : 1008, true, bytes));
    uncounted += missing_ ? 1 : 0;
    if (dice.one_in(3)) {
      for (const Octets& frame : released()) {
        ++given_back;
        ASSERT_EQ(parse(frame).level[0].fragment, FragmentKind::kLater);
      }
    }
    if (dice.one_in(10)) tracker_->expire(now_, kQueue);
    settled_ += tracker_->take_settled(kQueue).frames;
    ASSERT_EQ(uncounted, given_back + settled_ + tracker_->held()) << round;
  }
  const FragmentAccount& account = *account_;
  for (const Counter* counter :
       {&account.released, &account.expired, &account.evicted, &account.forgotten, &account.completed})
    EXPECT_GT(counter->get(), 100U);
  expect_sums();
}

}  // namespace
}  // namespace lictor
