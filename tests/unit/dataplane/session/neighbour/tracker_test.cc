// Bindings by ARP and Neighbour Discovery: who is believed, how long, and what hosts try who claim what is another's.

#include "dataplane/session/neighbour/tracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/dataplane/session/neighbour/neighbour_octets.h"
#include "tests/unit/dataplane/session/recording_sink.h"

namespace lictor {
namespace {

using testing::ElementsAre;

constexpr uint16_t kPort = 2;
constexpr uint32_t kBindingsMax = 8;
constexpr uint32_t kBindingsPerMacMax = 3;

NeighbourSet usual_set() {
  return {.arp_ports = 1U << kPort,
          .nd_ports = 1U << kPort,
          .prefixes = {*IpPrefix::parse("192.0.2.0/24"), *IpPrefix::parse("2001:db8::/64")},
          .other_sets = {5}};
}

class NeighbourBindings : public testing::Test {
 protected:
  explicit NeighbourBindings(NeighbourSet set = usual_set())
      : book_(SessionBook::make({.sessions_max = 64}).value()),
        tracker_({.sets = {std::move(set)},
                  .bindings_max = kBindingsMax,
                  .bindings_per_mac_max = kBindingsPerMacMax,
                  .idle_s = 4000},
                 *book_) {}

  // Each message comes a tenth of a second behind the one before.
  SignalRecord record_of(SignalKind kind, const MacOctets& from) {
    now_.unix_ns += kNanosecondsPerSecond / 10;
    SignalRecord record;
    record.header.arrival = now_;
    record.header.kind = kind;
    record.header.port = port_;
    record.header.source_mac = from;
    return record;
  }
  void send_arp(const ArpFields& fields, std::optional<MacOctets> frame_mac = std::nullopt) {
    SignalRecord record = record_of(SignalKind::kArp, frame_mac.value_or(fields.sender_mac));
    const Octets octets = arp(fields);
    record.message = octets;
    tracker_.on_message(record, sink_);
  }
  void claim(const MacOctets& mac, uint8_t last) { send_arp({.sender_mac = mac, .sender = {192, 0, 2, last}}); }
  void send_nd(const Octets& octets, const NdEnvelope& envelope, const MacOctets& from) {
    SignalRecord record = record_of(SignalKind::kNeighbour, from);
    record.header.ipv6 = true;
    record.header.hop_limit = envelope.hop_limit;
    record.header.source.address = envelope.source;
    record.header.destination.address = envelope.destination;
    record.message = octets;
    tracker_.on_message(record, sink_);
  }
  void advertise(const MacOctets& mac, uint8_t last) {
    const NdEnvelope envelope = {global(last), link_local(7), 255};
    send_nd(advertisement(envelope, 0x60, global(last), link_option(2, mac)), envelope, mac);
  }
  void detect_duplicate(const MacOctets& mac, uint8_t last) {
    const NdEnvelope envelope = {{}, solicited_node(last), 255};
    send_nd(solicitation(envelope, global(last), {}), envelope, mac);
  }
  // As another protocol's tracker would.
  void give(std::string_view prefix, SessionSource source, uint16_t source_set) {
    const SessionKey key = book_->key(source, source_set, as_bytes("somebody"));
    const SessionId session = book_->open(key, source, source_set, SessionGroup(), now_);
    const std::array<SessionAddress, 1> addresses = {lictor::address_of(prefix)};
    book_->apply(session, {.kind = AccessEvent::kAccept, .received = now_, .effective = now_, .addresses = addresses},
                 sink_);
  }
  void pass_seconds(int64_t seconds) { now_.unix_ns += seconds * kNanosecondsPerSecond; }
  void expire() {
    for (int call = 0; call < 100; ++call) book_->expire(now_, sink_);
  }

  // Nobody: all zeros.
  MacOctets holder(std::string_view address) {
    MacOctets mac{};
    book_->for_each_holder(0, *IpPrefix::parse(address), [&](SessionId session, const SessionAddress&, PacketTime) {
      book_->for_each_identity(session, [&mac](IdentityKind, Bytes shown) { std::ranges::copy(shown, mac.begin()); });
    });
    return mac;
  }
  std::vector<AccessEvent> kinds() {
    std::vector<AccessEvent> kinds;
    for (const RecordingSink::Event& event : sink_.take()) kinds.push_back(event.kind);
    return kinds;
  }
  uint64_t open() { return book_->counters().opened.get() - book_->counters().closed.get(); }
  const NeighbourCounters& counters() { return tracker_.counters(); }

  std::unique_ptr<SessionBook> book_;
  NeighbourTracker tracker_;
  RecordingSink sink_;
  PacketTime now_ = at_second(0);
  uint16_t port_ = kPort;
};

constexpr MacOctets kNobody{};

TEST_F(NeighbourBindings, AreMadeByRequestsRepliesAndAnnouncements) {
  send_arp({});
  send_arp({.operation = 2, .sender = {192, 0, 2, 8}});
  send_arp({.sender = {192, 0, 2, 9}, .target = {192, 0, 2, 9}});
  for (const char* const address : {"192.0.2.7", "192.0.2.8", "192.0.2.9"}) EXPECT_EQ(holder(address), kMacA);
  EXPECT_THAT(kinds(), ElementsAre(AccessEvent::kAccept, AccessEvent::kAccept, AccessEvent::kAccept));
}

TEST_F(NeighbourBindings, ProbeBindsNothing) {
  send_arp({.sender = {}, .target = {192, 0, 2, 7}});
  EXPECT_EQ(open(), 0U);
  EXPECT_EQ(counters().probes.get(), 1U);
}

TEST_F(NeighbourBindings, AreMadeByAdvertisementsSolicitationsAndDuplicateDetection) {
  advertise(kMacA, 1);
  const NdEnvelope asks = {global(2), solicited_node(9), 255};
  send_nd(solicitation(asks, global(9), link_option(1, kMacA)), asks, kMacA);
  detect_duplicate(kMacA, 3);
  EXPECT_EQ(holder("2001:db8::1"), kMacA);
  EXPECT_EQ(holder("2001:db8::2"), kMacA);
  EXPECT_EQ(holder("2001:db8::3"), kMacA);
  EXPECT_EQ(holder("2001:db8::9"), kNobody);
}

TEST_F(NeighbourBindings, LinkLocalAddressesAndRoutersBindNothing) {
  send_nd(solicitation(kSolicits, global(9), link_option(1, kMacA)), kSolicits, kMacA);
  send_nd(router_advertisement(kAnnounces, prefix_option({})), kAnnounces, kMacA);
  EXPECT_EQ(open(), 0U);
}

TEST_F(NeighbourBindings, WhatIsNotSwitchedOnIsNotBelieved) {
  port_ = kPort + 1;
  send_arp({});
  advertise(kMacA, 1);
  EXPECT_EQ(open(), 0U);
  EXPECT_EQ(counters().switched_off.get(), 2U);
}

TEST_F(NeighbourBindings, AddressesOutsideOfThePrefixesAreNotBound) {
  send_arp({.sender = {198, 51, 100, 7}});
  EXPECT_EQ(open(), 0U);
  EXPECT_EQ(counters().outside.get(), 1U);
}

TEST_F(NeighbourBindings, NobodySpeaksForAnotherMacAddress) {
  send_arp({}, kMacB);
  const NdEnvelope envelope = {global(1), link_local(7), 255};
  send_nd(advertisement(envelope, 0x60, global(1), link_option(2, kMacA)), envelope, kMacB);
  EXPECT_EQ(open(), 0U);
  EXPECT_EQ(counters().other_sender.get(), 2U);
}

TEST_F(NeighbourBindings, WhatCameOverARouterBindsNothing) {
  const NdEnvelope far = {global(1), link_local(7), 64};
  send_nd(advertisement(far, 0x60, global(1), link_option(2, kMacA)), far, kMacA);
  EXPECT_EQ(open(), 0U);
  EXPECT_EQ(counters().readings.get(NeighbourReading::kNotLocal), 1U);
}

TEST_F(NeighbourBindings, ClaimOfABoundAddressIsRefusedWhileItsHolderIsHeard) {
  claim(kMacA, 7);
  for (int i = 0; i < 10; ++i) {
    pass_seconds(200);
    claim(kMacA, 7);
    claim(kMacB, 7);
  }
  EXPECT_EQ(holder("192.0.2.7"), kMacA);
  EXPECT_EQ(counters().move_refused.get(), 10U);
  EXPECT_EQ(counters().moved.get(), 0U);
}

TEST_F(NeighbourBindings, SilentHoldersAddressMovesAndHisSessionEndsFirst) {
  claim(kMacA, 7);
  pass_seconds(301);
  static_cast<void>(kinds());
  claim(kMacB, 7);
  EXPECT_EQ(holder("192.0.2.7"), kMacB);
  const auto events = sink_.take();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].end, SessionEnd::kReplaced);
  EXPECT_EQ(events[1].kind, AccessEvent::kAccept);
  EXPECT_EQ(counters().moved.get(), 1U);
}

TEST_F(NeighbourBindings, WhatAServerHasGivenIsNeverTaken) {
  give("192.0.2.7", SessionSource::kDhcp4, 0);
  give("192.0.2.8", SessionSource::kRadius, 5);
  pass_seconds(100'000);
  claim(kMacA, 7);
  claim(kMacA, 8);
  EXPECT_EQ(counters().held_elsewhere.get(), 2U);
  EXPECT_EQ(counters().bound.get(), 0U);
}

TEST_F(NeighbourBindings, NorIsAnythingInAPrefixThatWasGiven) {
  give("2001:db8::/56", SessionSource::kDhcp6, 5);
  advertise(kMacA, 1);
  EXPECT_EQ(counters().held_elsewhere.get(), 1U);
  EXPECT_EQ(counters().bound.get(), 0U);
}

TEST_F(NeighbourBindings, WhatAServerGivesLaterIsNobodysClaimAnyMore) {
  claim(kMacA, 7);
  claim(kMacA, 8);
  give("192.0.2.7", SessionSource::kDhcp4, 0);
  EXPECT_EQ(open(), 2U) << "the book took it";
  give("192.0.2.8", SessionSource::kDhcp4, 5);
  claim(kMacA, 8);
  EXPECT_EQ(holder("192.0.2.8"), kNobody);
  EXPECT_EQ(sink_.take().back().end, SessionEnd::kReplaced);
}

TEST_F(NeighbourBindings, AgeUnlessTheyAreHeard) {
  claim(kMacA, 7);
  claim(kMacA, 8);
  static_cast<void>(kinds());
  for (int i = 0; i < 12; ++i) {
    pass_seconds(500);
    claim(kMacA, 7);
    expire();
  }
  EXPECT_EQ(holder("192.0.2.7"), kMacA);
  EXPECT_EQ(holder("192.0.2.8"), kNobody);
  const auto events = sink_.take();
  EXPECT_EQ(std::ranges::count(events, AccessEvent::kEnd, &RecordingSink::Event::kind), 1);
  EXPECT_EQ(counters().heard.get(), 12U);
  EXPECT_EQ(counters().extended.get(), 6U) << "not every claim is an event";
}

TEST_F(NeighbourBindings, AddressThatWasOnlyAskedForIsDefendedByItsOwner) {
  detect_duplicate(kMacB, 1);
  EXPECT_EQ(holder("2001:db8::1"), kMacB);
  advertise(kMacA, 1);
  EXPECT_EQ(holder("2001:db8::1"), kMacA);
  EXPECT_EQ(counters().defended.get(), 1U);
  detect_duplicate(kMacB, 1);
  EXPECT_EQ(holder("2001:db8::1"), kMacA) << "who asks takes nothing";
}

TEST_F(NeighbourBindings, AddressThatNobodyDefendedStays) {
  detect_duplicate(kMacB, 1);
  pass_seconds(4);
  advertise(kMacA, 1);
  EXPECT_EQ(holder("2001:db8::1"), kMacB);
  detect_duplicate(kMacB, 2);
  advertise(kMacB, 2);
  advertise(kMacA, 2);
  EXPECT_EQ(holder("2001:db8::2"), kMacB) << "it says that it has it";
}

TEST_F(NeighbourBindings, AskingWhatASilentHolderHasTakesNothing) {
  advertise(kMacA, 1);
  pass_seconds(1000);
  detect_duplicate(kMacB, 1);
  EXPECT_EQ(holder("2001:db8::1"), kMacA);
}

TEST_F(NeighbourBindings, OneMacAddressHasABound) {
  for (uint8_t last = 1; last <= 50; ++last) claim(kMacA, last);
  EXPECT_EQ(open(), kBindingsPerMacMax);
  EXPECT_EQ(counters().mac_full.get(), 50 - kBindingsPerMacMax);
}

TEST_F(NeighbourBindings, FloodFillsItsShareOfTheBookAndNoMore) {
  claim(kMacB, 200);
  for (uint8_t last = 1; last <= 100; ++last) claim({2, 0, 0, 0, 1, last}, last);
  EXPECT_EQ(open(), kBindingsMax);
  EXPECT_EQ(counters().full.get(), 101 - kBindingsMax);
  EXPECT_EQ(holder("192.0.2.200"), kMacB) << "who was there stays";
}

TEST_F(NeighbourBindings, RoomOfWhatEndedIsTakenAgain) {
  for (int round = 0; round < 5; ++round) {
    for (uint8_t last = 1; last <= kBindingsMax; ++last) claim({2, 0, 0, 0, 1, last}, last);
    EXPECT_EQ(open(), kBindingsMax);
    pass_seconds(5000);
    expire();
    EXPECT_EQ(open(), 0U);
  }
  EXPECT_EQ(counters().full.get(), 0U);
}

TEST_F(NeighbourBindings, ClaimThatIsOlderThanAnothersBindingTakesNothing) {
  claim(kMacA, 7);
  pass_seconds(-10);
  claim(kMacB, 7);
  EXPECT_EQ(holder("192.0.2.7"), kMacA);
  EXPECT_EQ(counters().late.get(), 1U);
}

TEST_F(NeighbourBindings, DamagedMessagesAreCountedByTheirFault) {
  send_arp({.hardware = 6});
  SignalRecord record = record_of(SignalKind::kArp, kMacA);
  tracker_.on_message(record, sink_);
  EXPECT_EQ(counters().readings.get(NeighbourReading::kOtherHardware), 1U);
  EXPECT_EQ(counters().readings.get(NeighbourReading::kTruncated), 1U);
}

class NeighbourNeverMoves : public NeighbourBindings {
 protected:
  static NeighbourSet set() {
    NeighbourSet set = usual_set();
    set.move = NeighbourMove::kNever;
    return set;
  }
  NeighbourNeverMoves() : NeighbourBindings(set()) {}
};

TEST_F(NeighbourNeverMoves, BeforeItIsTooOld) {
  claim(kMacA, 7);
  pass_seconds(3000);
  claim(kMacB, 7);
  EXPECT_EQ(holder("192.0.2.7"), kMacA);
  pass_seconds(3000);
  expire();
  claim(kMacB, 7);
  EXPECT_EQ(holder("192.0.2.7"), kMacB);
}

class NeighbourMovesAtOnce : public NeighbourBindings {
 protected:
  static NeighbourSet set() {
    NeighbourSet set = usual_set();
    set.move = NeighbourMove::kAtOnce;
    return set;
  }
  NeighbourMovesAtOnce() : NeighbourBindings(set()) {}
};

TEST_F(NeighbourMovesAtOnce, ToWhoClaimsLast) {
  claim(kMacA, 7);
  claim(kMacB, 7);
  EXPECT_EQ(holder("192.0.2.7"), kMacB);
}

class NeighbourAnyAddress : public NeighbourBindings {
 protected:
  NeighbourAnyAddress() : NeighbourBindings({.arp_ports = 1U << kPort, .nd_ports = 1U << kPort, .any_address = true}) {}
};

TEST_F(NeighbourAnyAddress, IsAnyButALinkLocalOne) {
  send_arp({.sender = {198, 51, 100, 7}});
  EXPECT_EQ(holder("198.51.100.7"), kMacA);
  send_nd(solicitation(kSolicits, global(9), link_option(1, kMacA)), kSolicits, kMacA);
  EXPECT_EQ(holder("fe80::7"), kNobody);
  EXPECT_EQ(counters().outside.get(), 1U);
}

class NeighbourUnset : public NeighbourBindings {
 protected:
  NeighbourUnset() : NeighbourBindings(NeighbourSet{}) {}
};

TEST_F(NeighbourUnset, BelievesNobody) {
  send_arp({});
  advertise(kMacA, 1);
  EXPECT_EQ(open(), 0U);
}

}  // namespace
}  // namespace lictor
