// parse_frame: what is IP, what is dropped and why, and which octets are the packet's.

#include "dataplane/packet/parse_frame.h"

#include <gtest/gtest.h>

#include "tests/unit/dataplane/packet/frame_octets.h"

namespace lictor {
namespace {

Octets padded(Octets octets, size_t bytes) {
  octets.resize(octets.size() + bytes);
  return octets;
}

TEST(ParseFrame, ArpIsUnmatchedAndNotDropped) {
  EXPECT_EQ(parse(ethernet(kArpType, Octets(28))).result, ParseResult::kNotIp);
}

TEST(ParseFrame, FrameShorterThanAnEthernetHeaderIsTruncated) {
  const Octets frame = ethernet(kArpType, {});
  for (size_t bytes = 0; bytes < 14; ++bytes) expect_dropped(Bytes(frame).first(bytes), PacketDrop::kTruncated);
  EXPECT_EQ(parse(frame).result, ParseResult::kNotIp);
}

TEST(ParseFrame, Ipv4IsFoundBehindTheEthernetHeader) {
  const ParsedFrame parsed = parse(ethernet(kIpv4Type, ipv4({}, udp(4))));
  EXPECT_TRUE(is_ipv4(parsed));
  EXPECT_EQ(parsed.level[0].vlan_count, 0);
  EXPECT_EQ(parsed.level[0].offset, 14U);
  EXPECT_EQ(parsed.level[0].bytes, 32U);
  EXPECT_EQ(parsed.level[0].whole_bytes, 32U);
  EXPECT_TRUE(parsed.level[0].ports_known);
  EXPECT_EQ(parsed.level[0].protocol, 17);
  EXPECT_EQ(parsed.level[0].source_port, 4000);
  EXPECT_EQ(parsed.level[0].destination_port, 53);
}

TEST(ParseFrame, Ipv6IsFoundBehindTheEthernetHeader) {
  const ParsedFrame parsed = parse(ethernet(kIpv6Type, ipv6({}, udp(4))));
  EXPECT_TRUE(is_ipv6(parsed));
  EXPECT_EQ(parsed.level[0].offset, 14U);
  EXPECT_EQ(parsed.level[0].bytes, 52U);
  EXPECT_EQ(parsed.level[0].whole_bytes, 52U);
  EXPECT_TRUE(parsed.level[0].ports_known);
  EXPECT_EQ(parsed.level[0].source_port, 4000);
  EXPECT_EQ(parsed.level[0].destination_port, 53);
}

TEST(ParseFrame, TagsOfAllThreeTypesAreReadOutermostFirstWithoutPriority) {
  const std::vector<Tag> tags = {{0x88a8, 0xe7d0}, {0x9100, 0x1064}, {0x8100, 0xffff}, {0x8100, 0}};
  const ParsedFrame parsed = parse(ethernet(kIpv4Type, ipv4({}, udp()), tags));
  EXPECT_TRUE(is_ipv4(parsed));
  EXPECT_EQ(parsed.level[0].vlan_count, 4);
  EXPECT_EQ(parsed.level[0].vlans, (std::array<uint16_t, kVlanTagsMax>{2000, 100, 4095, 0}));
  EXPECT_EQ(parsed.level[0].offset, 30U);
}

TEST(ParseFrame, FiveTagsAreTooMany) {
  expect_dropped(ethernet(kIpv4Type, ipv4({}, udp()), std::vector<Tag>(5)), PacketDrop::kTooManyTags);
}

TEST(ParseFrame, FifthTagIsTooManyEvenWhereItIsCut) {
  const Octets frame = ethernet(kIpv4Type, {}, std::vector<Tag>(5));
  expect_dropped(Bytes(frame).first(30), PacketDrop::kTooManyTags);
}

TEST(ParseFrame, CutTagIsTruncated) {
  const Octets frame = ethernet(kArpType, {}, {{0x8100, 100}});
  for (size_t bytes = 14; bytes < 18; ++bytes) expect_dropped(Bytes(frame).first(bytes), PacketDrop::kTruncated);
  EXPECT_EQ(parse(frame).result, ParseResult::kNotIp);
}

TEST(ParseFrame, LlcWithSnapCarriesIpv4AndIpv6) {
  const ParsedFrame v4 = parse(ethernet(40, snap(kIpv4Type, ipv4({}, udp()))));
  EXPECT_TRUE(is_ipv4(v4));
  EXPECT_EQ(v4.level[0].offset, 22U);
  const ParsedFrame v6 = parse(ethernet(1500, snap(kIpv6Type, ipv6({}, udp())), {{0x8100, 100}}));
  EXPECT_TRUE(is_ipv6(v6));
  EXPECT_EQ(v6.level[0].offset, 26U);
}

TEST(ParseFrame, LlcIsNotLookedForAboveTheLargestLength) {
  EXPECT_EQ(parse(ethernet(1501, snap(kIpv4Type, ipv4({}, udp())))).result, ParseResult::kNotIp);
}

TEST(ParseFrame, LlcThatIsNoSnapOrIsCutIsNotIp) {
  const Octets good = ethernet(40, snap(kIpv4Type, ipv4({}, udp())));
  for (size_t at = 14; at < 20; ++at) {
    Octets frame = good;
    frame[at] ^= 0x04;
    EXPECT_EQ(parse(frame).result, ParseResult::kNotIp) << "octet " << at;
  }
  for (size_t bytes = 14; bytes < 22; ++bytes) EXPECT_EQ(parse(Bytes(good).first(bytes)).result, ParseResult::kNotIp);
}

TEST(ParseFrame, Ipv4OfAnotherVersionIsBadVersion) {
  for (uint8_t version = 0; version < 16; ++version) {
    if (version == 4) continue;
    expect_dropped(ethernet(kIpv4Type, ipv4({.version = version}, udp())), PacketDrop::kBadVersion);
  }
}

TEST(ParseFrame, Ipv6OfAnotherVersionIsBadVersion) {
  for (uint8_t version = 0; version < 16; ++version) {
    if (version == 6) continue;
    expect_dropped(ethernet(kIpv6Type, ipv6({.version = version}, udp())), PacketDrop::kBadVersion);
  }
}

TEST(ParseFrame, BadVersionIsSaidOfOneCapturedOctet) {
  expect_dropped(ethernet(kIpv4Type, {0x65}), PacketDrop::kBadVersion);
  expect_dropped(ethernet(kIpv6Type, {0x45}), PacketDrop::kBadVersion);
}

TEST(ParseFrame, Ipv4BelowTwentyCapturedOctetsIsTruncated) {
  const Octets packet = ipv4({}, udp());
  for (size_t bytes = 0; bytes < 20; ++bytes)
    expect_dropped(ethernet(kIpv4Type, {packet.begin(), packet.begin() + static_cast<int>(bytes)}),
                   PacketDrop::kTruncated);
}

TEST(ParseFrame, Ipv6BelowFortyCapturedOctetsIsTruncated) {
  const Octets packet = ipv6({}, udp());
  for (size_t bytes = 0; bytes < 40; ++bytes)
    expect_dropped(ethernet(kIpv6Type, {packet.begin(), packet.begin() + static_cast<int>(bytes)}),
                   PacketDrop::kTruncated);
}

TEST(ParseFrame, Ipv4HeaderLengthBelowFiveWordsIsBad) {
  for (uint8_t words = 0; words < 5; ++words)
    expect_dropped(ethernet(kIpv4Type, ipv4({.words = words}, udp())), PacketDrop::kBadHeaderLength);
}

TEST(ParseFrame, Ipv4TotalLengthBelowTheHeaderIsBad) {
  expect_dropped(ethernet(kIpv4Type, ipv4({.total = 1}, udp())), PacketDrop::kBadTotalLength);
  expect_dropped(ethernet(kIpv4Type, ipv4({.total = 19}, udp())), PacketDrop::kBadTotalLength);
  expect_dropped(ethernet(kIpv4Type, ipv4({.words = 6, .total = 23}, udp())), PacketDrop::kBadTotalLength);
  EXPECT_TRUE(is_ipv4(parse(ethernet(kIpv4Type, ipv4({.words = 6, .total = 24}, udp())))));
}

TEST(ParseFrame, Ipv4TotalLengthZeroIsAllCapturedOctets) {
  const ParsedFrame parsed = parse(ethernet(kIpv4Type, ipv4({.total = 0}, udp(100))));
  EXPECT_TRUE(is_ipv4(parsed));
  EXPECT_EQ(parsed.level[0].bytes, 128U);
  EXPECT_EQ(parsed.level[0].whole_bytes, 128U);
}

TEST(ParseFrame, PaddingIsCutOffByTheIpLength) {
  const ParsedFrame v4 = parse(padded(ethernet(kIpv4Type, ipv4({}, udp(0))), 18));
  EXPECT_EQ(v4.level[0].bytes, 28U);
  EXPECT_EQ(v4.level[0].whole_bytes, 28U);
  const ParsedFrame v6 = parse(padded(ethernet(kIpv6Type, ipv6({}, udp(0))), 18));
  EXPECT_EQ(v6.level[0].bytes, 48U);
  EXPECT_EQ(v6.level[0].whole_bytes, 48U);
}

TEST(ParseFrame, PaddingIsNotReadAsPorts) {
  EXPECT_FALSE(parse(padded(ethernet(kIpv4Type, ipv4({.total = 22}, udp())), 18)).level[0].ports_known);
  EXPECT_FALSE(parse(padded(ethernet(kIpv6Type, ipv6({.payload = 2}, udp())), 18)).level[0].ports_known);
}

TEST(ParseFrame, PacketCapturedInPartSaysItsWholeLength) {
  const ParsedFrame v4 = parse(ethernet(kIpv4Type, ipv4({.total = 1500}, udp(20))));
  EXPECT_EQ(v4.level[0].bytes, 48U);
  EXPECT_EQ(v4.level[0].whole_bytes, 1500U);
  const ParsedFrame v6 = parse(ethernet(kIpv6Type, ipv6({.payload = 1460}, udp(20))));
  EXPECT_EQ(v6.level[0].bytes, 68U);
  EXPECT_EQ(v6.level[0].whole_bytes, 1500U);
}

TEST(ParseFrame, Ipv4OptionsBeyondTheCaptureStillClassify) {
  const ParsedFrame parsed = parse(ethernet(kIpv4Type, ipv4({.words = 15, .total = 100}, {})));
  EXPECT_TRUE(is_ipv4(parsed));
  EXPECT_EQ(parsed.level[0].bytes, 20U);
  EXPECT_EQ(parsed.level[0].whole_bytes, 100U);
  EXPECT_FALSE(parsed.level[0].ports_known);
}

TEST(ParseFrame, Ipv4OptionsStandBeforeThePorts) {
  const ParsedFrame parsed = parse(ethernet(kIpv4Type, ipv4({.words = 6}, join({{1, 1, 1, 1}, udp()}))));
  EXPECT_TRUE(parsed.level[0].ports_known);
  EXPECT_EQ(parsed.level[0].source_port, 4000);
}

TEST(ParseFrame, OnlyTheFirstIpv4FragmentHasPorts) {
  const ParsedFrame first = parse(ethernet(kIpv4Type, ipv4({.fragment = 0x2000}, udp())));
  EXPECT_TRUE(first.level[0].ports_known);
  const ParsedFrame later = parse(ethernet(kIpv4Type, ipv4({.fragment = 1}, udp())));
  EXPECT_TRUE(is_ipv4(later));
  EXPECT_FALSE(later.level[0].ports_known);
}

TEST(ParseFrame, JumboOptionGivesTheLengthWherePayloadLengthIsZero) {
  const ParsedFrame parsed =
      parse(ethernet(kIpv6Type, ipv6({.payload = 0, .next = 0}, join({jumbo_header(17, 70000), udp(40)}))));
  EXPECT_EQ(parsed.level[0].bytes, 96U);
  EXPECT_EQ(parsed.level[0].whole_bytes, 70040U);
  EXPECT_TRUE(parsed.level[0].ports_known);
}

TEST(ParseFrame, JumboOptionIsFoundBehindPadding) {
  const Octets header = {17, 1, 0, 1, 1, 0, 0xc2, 4, 0, 1, 0x11, 0x70, 1, 2, 0, 0};  // Pad1, PadN, jumbo, PadN
  const ParsedFrame parsed = parse(ethernet(kIpv6Type, ipv6({.payload = 0, .next = 0}, join({header, udp()}))));
  EXPECT_EQ(parsed.level[0].whole_bytes, 70040U);
}

TEST(ParseFrame, JumboOptionDoesNotCountBesideAPayloadLength) {
  const ParsedFrame parsed = parse(ethernet(kIpv6Type, ipv6({.next = 0}, join({jumbo_header(17, 70000), udp(4)}))));
  EXPECT_EQ(parsed.level[0].whole_bytes, 60U);
}

TEST(ParseFrame, PayloadLengthZeroWithoutJumboOptionIsTheHeaderAlone) {
  const Octets no_option = ipv6({.payload = 0, .next = 0}, join({extension(17), udp()}));
  const Octets wrong_length = {17, 0, 0xc2, 3, 0, 1, 0x11, 0};
  const Octets beyond_header = {17, 0, 1, 3, 0, 0, 0, 0xc2, 4, 0, 1, 0x11, 0x70, 0, 0, 0};
  const Octets cut = {17, 0, 0xc2, 4, 0, 1, 0x11};
  const Octets not_hop_by_hop = ipv6({.payload = 0, .next = 60}, jumbo_header(17, 70000));
  for (const Octets& packet : {no_option, not_hop_by_hop, ipv6({.payload = 0, .next = 0}, wrong_length),
                               ipv6({.payload = 0, .next = 0}, beyond_header), ipv6({.payload = 0, .next = 0}, cut)}) {
    const ParsedFrame parsed = parse(ethernet(kIpv6Type, packet));
    EXPECT_TRUE(is_ipv6(parsed));
    EXPECT_EQ(parsed.level[0].bytes, 40U);
    EXPECT_EQ(parsed.level[0].whole_bytes, 40U);
    EXPECT_FALSE(parsed.level[0].ports_known);
  }
}

TEST(ParseFrame, LargestJumboLengthDoesNotWrapAround) {
  const ParsedFrame parsed = parse(ethernet(kIpv6Type, ipv6({.payload = 0, .next = 0}, jumbo_header(17, UINT32_MAX))));
  EXPECT_EQ(parsed.level[0].bytes, 48U);
  EXPECT_EQ(parsed.level[0].whole_bytes, UINT32_MAX);
}

TEST(ParseFrame, ViewReachesBeyondTheContiguousHeader) {
  const Octets frame = ethernet(kIpv4Type, ipv4({.total = 1400}, udp(200)));
  const ExactCopy copy(frame);
  EXPECT_EQ(parse_frame(copy.bytes(), 1200, {}).level[0].bytes, 1186U);
  EXPECT_EQ(parse_frame(copy.bytes(), 9000, {}).level[0].bytes, 1400U);
}

TEST(ParseFrame, FrameBytesBelowTheHeaderCountAsTheHeader) {
  const Octets frame = ethernet(kIpv4Type, ipv4({}, udp(4)));
  EXPECT_EQ(parse_frame(frame, 0, {}).level[0].bytes, 32U);
}

TEST(ParseBatch, FrameAboveTheLimitIsFrameTooLongAndTheRestIsParsed) {
  const Octets frame = ethernet(kIpv4Type, ipv4({.total = 1500}, udp()));
  auto batch = std::make_unique<PacketBatch>();
  batch->count = 2;
  batch->header[0] = batch->header[1] = frame;
  batch->frame_bytes[0] = 1515;
  batch->frame_bytes[1] = 1514;
  parse_batch(*batch, 1514, {});
  EXPECT_EQ(batch->parsed[0].result, ParseResult::kDropped);
  EXPECT_EQ(batch->parsed[0].drop, PacketDrop::kFrameTooLong);
  EXPECT_TRUE(is_ipv4(batch->parsed[1]));
}

}  // namespace
}  // namespace lictor
