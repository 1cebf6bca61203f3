// ARP and Neighbour Discovery messages written out field by field, whole, cut at every octet, and broken in one field
// each.

#include "dataplane/session/neighbour/message.h"

#include <gtest/gtest.h>

#include "tests/unit/dataplane/session/neighbour/neighbour_octets.h"

namespace lictor {
namespace {

using Reading = NeighbourReading;

Reading reading_of(const Octets& octets, const NdEnvelope& envelope) {
  NdMessage message;
  const Reading reading = parse_nd(octets, envelope, message);
  if (reading != Reading::kRead) {
    EXPECT_TRUE(is_unspecified(message.target) && !message.target_link.has_value());
  }
  return reading;
}

NdMessage read(const Octets& octets, const NdEnvelope& envelope) {
  NdMessage message;
  EXPECT_EQ(parse_nd(octets, envelope, message), Reading::kRead);
  return message;
}

ArpMessage read_arp(const Octets& octets) {
  ArpMessage message;
  EXPECT_EQ(parse_arp(octets, message), Reading::kRead);
  return message;
}

Reading fault_of_arp(const Octets& octets) {
  ArpMessage message;
  const Reading reading = parse_arp(octets, message);
  EXPECT_EQ(message.sender_mac, MacOctets{});
  return reading;
}

TEST(Arp, PairsOfSenderAndTargetAreRead) {
  Octets padded = arp({.operation = 2, .target_mac = kMacB});
  padded.resize(46);
  const ArpMessage message = read_arp(padded);
  EXPECT_EQ(message.kind, ArpKind::kReply);
  EXPECT_EQ(message.sender_mac, kMacA);
  EXPECT_EQ(message.sender, (Ipv4Octets{192, 0, 2, 7}));
  EXPECT_EQ(message.target_mac, kMacB);
  EXPECT_EQ(message.target, (Ipv4Octets{192, 0, 2, 1}));
}

TEST(Arp, ProbesAndAnnouncementsAreToldApart) {
  EXPECT_EQ(read_arp(arp({})).kind, ArpKind::kRequest);
  EXPECT_EQ(read_arp(arp({.sender = {}})).kind, ArpKind::kProbe);
  EXPECT_EQ(read_arp(arp({.sender = {192, 0, 2, 1}})).kind, ArpKind::kAnnouncement);
  EXPECT_EQ(read_arp(arp({.operation = 2, .sender = {192, 0, 2, 1}})).kind, ArpKind::kAnnouncement);
}

TEST(Arp, FaultsHaveTheirNames) {
  EXPECT_EQ(fault_of_arp(arp({.hardware = 6})), Reading::kOtherHardware);
  EXPECT_EQ(fault_of_arp(arp({.operation = 3})), Reading::kOtherOperation);
  EXPECT_EQ(fault_of_arp(arp({.sender_mac = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}})), Reading::kBadAddress);
  EXPECT_EQ(fault_of_arp(arp({.sender_mac = {}})), Reading::kBadAddress);
  EXPECT_EQ(fault_of_arp(arp({.sender = {224, 0, 0, 1}})), Reading::kBadAddress);
  EXPECT_EQ(fault_of_arp(arp({.sender = {127, 0, 0, 1}})), Reading::kBadAddress);
  EXPECT_EQ(fault_of_arp(arp({.sender = {0, 0, 0, 1}})), Reading::kBadAddress);
  EXPECT_EQ(fault_of_arp(arp({.operation = 2, .sender = {}})), Reading::kBadAddress) << "nobody replies";
}

TEST(Arp, EveryPrefixIsTruncated) {
  const Octets whole = arp({});
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    const ExactCopy cut(Bytes(whole).first(bytes));
    ArpMessage message;
    EXPECT_EQ(parse_arp(cut.bytes(), message), Reading::kTruncated) << bytes;
  }
}

TEST(Nd, SolicitationSaysWhoAsks) {
  const NdMessage message = read(solicitation(kSolicits, global(9), link_option(1, kMacA)), kSolicits);
  EXPECT_EQ(message.kind, NdKind::kSolicitation);
  EXPECT_EQ(message.source, link_local(7));
  EXPECT_EQ(message.target, global(9));
  EXPECT_EQ(message.source_link, kMacA);
  EXPECT_FALSE(message.detects_duplicate);
}

TEST(Nd, SolicitationOfNobodyDetectsADuplicate) {
  const NdEnvelope nobody = {{}, solicited_node(9), 255};
  const NdMessage message = read(solicitation(nobody, global(9), {}), nobody);
  EXPECT_TRUE(message.detects_duplicate);
  EXPECT_EQ(message.target, global(9));
  // With the nonce of RFC 7527.
  EXPECT_EQ(reading_of(solicitation(nobody, global(9), {14, 1, 1, 2, 3, 4, 5, 6}), nobody), Reading::kRead);
}

TEST(Nd, AdvertisementSaysWhoHasTheTarget) {
  const NdMessage message = read(advertisement(kAnswers, 0x60, global(9), link_option(2, kMacB)), kAnswers);
  EXPECT_EQ(message.kind, NdKind::kAdvertisement);
  EXPECT_EQ(message.target_link, kMacB);
  EXPECT_TRUE(message.solicited && message.override && !message.router);
  EXPECT_TRUE(read(advertisement(kAnswers, 0x80, global(9), {}), kAnswers).router);
}

TEST(Nd, RouterAdvertisementHasItsPrefixes) {
  const Octets options = join({link_option(1, kMacA), prefix_option({}), {5, 1, 0, 0, 0, 0, 5, 0xdc}});
  const NdMessage message = read(router_advertisement(kAnnounces, options), kAnnounces);
  EXPECT_EQ(message.kind, NdKind::kRouterAdvertisement);
  EXPECT_EQ(message.router_lifetime_s, 1800);
  EXPECT_EQ(message.source_link, kMacA);
  ASSERT_EQ(message.prefix_count, 1);
  EXPECT_EQ(message.prefixes[0].prefix, global(0));
  EXPECT_EQ(message.prefixes[0].bits, 64);
  EXPECT_TRUE(message.prefixes[0].on_link && message.prefixes[0].autonomous);
  EXPECT_EQ(message.prefixes[0].valid_s, 7200U);
  EXPECT_EQ(message.prefixes[0].preferred_s, 3600U);
}

TEST(Nd, PrefixesBeyondTheBoundAreCountedAndImpossibleOnesAreNone) {
  Octets options;
  for (size_t i = 0; i < kNdPrefixesMax + 3; ++i)
    append(options, prefix_option({.prefix = global(static_cast<uint8_t>(i))}));
  const NdMessage many = read(router_advertisement(kAnnounces, options), kAnnounces);
  EXPECT_EQ(many.prefix_count, kNdPrefixesMax);
  EXPECT_EQ(many.prefixes_left_out, 3);
  for (const PrefixFields& fields : {PrefixFields{.bits = 129}, PrefixFields{.prefix = link_local(0)},
                                     PrefixFields{.prefix = group(0)}, PrefixFields{.valid_s = 1, .preferred_s = 2}})
    EXPECT_EQ(read(router_advertisement(kAnnounces, prefix_option(fields)), kAnnounces).prefix_count, 0);
}

TEST(Nd, WhatCameOverARouterSaysNothing) {
  NdEnvelope far = kAnswers;
  far.hop_limit = 254;
  EXPECT_EQ(reading_of(advertisement(far, 0x60, global(9), link_option(2, kMacB)), far), Reading::kNotLocal);
}

TEST(Nd, ChecksumIsHeldAgainstTheEnvelope) {
  const Octets good = advertisement(kAnswers, 0x60, global(9), link_option(2, kMacB));
  for (size_t i = 2; i < good.size(); ++i) {
    Octets bad = good;
    bad[i] ^= 0x10;
    EXPECT_EQ(reading_of(bad, kAnswers), Reading::kBadChecksum) << i;
  }
  NdEnvelope other = kAnswers;
  other.source = global(8);
  EXPECT_EQ(reading_of(good, other), Reading::kBadChecksum);
}

TEST(Nd, AddressesThatDoNotGoTogetherAreAFault) {
  const NdEnvelope nobody = {{}, solicited_node(9), 255};
  const NdEnvelope nobody_to_all = {{}, group(1), 255};
  const NdEnvelope from_group = {group(5), solicited_node(9), 255};
  const Octets link = link_option(1, kMacA);
  EXPECT_EQ(reading_of(solicitation(nobody, global(9), link), nobody), Reading::kBadAddress);
  EXPECT_EQ(reading_of(solicitation(nobody_to_all, global(9), {}), nobody_to_all), Reading::kBadAddress);
  EXPECT_EQ(reading_of(solicitation(kSolicits, group(9), link), kSolicits), Reading::kBadAddress);
  EXPECT_EQ(reading_of(solicitation(from_group, global(9), {}), from_group), Reading::kBadAddress);
  EXPECT_EQ(reading_of(advertisement(kAnswers, 0, group(9), {}), kAnswers), Reading::kBadAddress);
  EXPECT_EQ(reading_of(advertisement(nobody_to_all, 0, global(9), {}), nobody_to_all), Reading::kBadAddress);
  EXPECT_EQ(reading_of(advertisement(kAnnounces, 0x40, global(9), {}), kAnnounces), Reading::kBadAddress)
      << "to all and solicited";
  EXPECT_EQ(reading_of(advertisement(kAnnounces, 0x20, global(9), {}), kAnnounces), Reading::kRead);
  const NdEnvelope global_router = {global(1), group(1), 255};
  EXPECT_EQ(reading_of(router_advertisement(global_router, {}), global_router), Reading::kBadAddress);
  const NdEnvelope asks_routers = {{}, group(2), 255};
  EXPECT_EQ(reading_of(nd(133, asks_routers, Octets(4)), asks_routers), Reading::kRead);
  EXPECT_EQ(reading_of(nd(133, asks_routers, join({Octets(4), link})), asks_routers), Reading::kBadAddress);
}

TEST(Nd, FaultsHaveTheirNames) {
  EXPECT_EQ(reading_of(nd(137, kAnswers, Octets(36)), kAnswers), Reading::kOtherOperation);
  EXPECT_EQ(reading_of(nd(128, kAnswers, Octets(4)), kAnswers), Reading::kOtherOperation);
  EXPECT_EQ(reading_of(nd(136, kAnswers, Octets(20), 1), kAnswers), Reading::kBadCode);
  EXPECT_EQ(reading_of(advertisement(kAnswers, 0, global(9), {2, 0, 1, 2, 3, 4, 5, 6}), kAnswers), Reading::kBadOption);
  EXPECT_EQ(reading_of(advertisement(kAnswers, 0, global(9), {2, 2, 1, 2, 3, 4, 5, 6}), kAnswers), Reading::kBadOption);
  EXPECT_EQ(reading_of(advertisement(kAnswers, 0, global(9), {2}), kAnswers), Reading::kBadOption);
}

TEST(Nd, LinkAddressOfAnotherLengthIsNone) {
  const Octets eui64 = {2, 2, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0};
  EXPECT_FALSE(read(advertisement(kAnswers, 0, global(9), eui64), kAnswers).target_link.has_value());
  EXPECT_FALSE(read(advertisement(kAnswers, 0, global(9), link_option(1, kMacA)), kAnswers).source_link.has_value())
      << "an advertisement has no source option";
}

// Without its checksum a cut message is nothing; with one of its own, it still lacks its end.
TEST(Nd, EveryPrefixIsAFaultEvenWithAChecksumOfItsOwn) {
  const Octets whole = advertisement(kAnswers, 0x60, global(9), link_option(2, kMacB));
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    const ExactCopy cut(Bytes(whole).first(bytes));
    NdMessage message;
    EXPECT_NE(parse_nd(cut.bytes(), kAnswers, message), Reading::kRead) << bytes;
    if (bytes < 4) continue;
    const Octets again = checked({cut.bytes().begin(), cut.bytes().end()}, kAnswers);
    if (bytes == 24) {
      EXPECT_FALSE(read(again, kAnswers).target_link.has_value());
    } else {
      EXPECT_EQ(reading_of(again, kAnswers), bytes < 24 ? Reading::kTruncated : Reading::kBadOption) << bytes;
    }
  }
}

}  // namespace
}  // namespace lictor
