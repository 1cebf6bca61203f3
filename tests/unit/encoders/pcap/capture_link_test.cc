// adapt_frame: what becomes of the header of every link type, of cut headers, and of what is not IP.

#include "encoders/pcap/capture_link.h"

#include <gtest/gtest.h>
#include <pcap/dlt.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace lictor {
namespace {

using Octets = std::vector<uint8_t>;

const Octets kPayload = {0x45, 0x00, 0xde, 0xad, 0xbe, 0xef};

struct Case {
  std::string name;
  int link_type;
  Octets header;
  uint16_t ether_type;
};

// The hardware type and the protocol of a cooked header.
Octets cooked(uint16_t hardware, uint16_t protocol) {
  const auto high = [](uint16_t value) { return static_cast<uint8_t>(value >> 8); };
  const auto low = [](uint16_t value) { return static_cast<uint8_t>(value); };
  return {0, 4, high(hardware), low(hardware), 0, 6, 0xa, 0xb, 0xc, 0xd, 0xe, 0xf, 0, 0, high(protocol), low(protocol)};
}

Octets cooked_2(uint16_t hardware, uint16_t protocol) {
  const auto high = [](uint16_t value) { return static_cast<uint8_t>(value >> 8); };
  const auto low = [](uint16_t value) { return static_cast<uint8_t>(value); };
  return {high(protocol),
          low(protocol),
          0,
          0,
          0,
          0,
          0,
          1,
          high(hardware),
          low(hardware),
          4,
          6,
          0xa,
          0xb,
          0xc,
          0xd,
          0xe,
          0xf,
          0,
          0};
}

const std::vector<Case> kCases = {
    {"cooked_ipv4", DLT_LINUX_SLL, cooked(1, 0x0800), 0x0800},
    {"cooked_ipv6", DLT_LINUX_SLL, cooked(772, 0x86dd), 0x86dd},
    {"cooked_vlan_tag", DLT_LINUX_SLL, cooked(1, 0x8100), 0x8100},
    {"cooked_arp", DLT_LINUX_SLL, cooked(1, 0x0806), 0x0806},
    {"cooked_llc", DLT_LINUX_SLL, cooked(1, 4), 6},  // a length: kPayload's
    {"cooked_without_ethertype", DLT_LINUX_SLL, cooked(1, 1), kEtherTypeLocal},
    {"cooked_netlink", DLT_LINUX_SLL, cooked(824, 0x0800), kEtherTypeLocal},
    {"cooked_2_ipv4", DLT_LINUX_SLL2, cooked_2(1, 0x0800), 0x0800},
    {"cooked_2_ipv6", DLT_LINUX_SLL2, cooked_2(1, 0x86dd), 0x86dd},
    {"cooked_2_service_tag", DLT_LINUX_SLL2, cooked_2(1, 0x88a8), 0x88a8},
    {"cooked_2_netlink", DLT_LINUX_SLL2, cooked_2(824, 0x0800), kEtherTypeLocal},
    {"null_ipv4_little", DLT_NULL, {2, 0, 0, 0}, 0x0800},
    {"null_ipv4_big", DLT_NULL, {0, 0, 0, 2}, 0x0800},
    {"null_ipv6_netbsd", DLT_NULL, {24, 0, 0, 0}, 0x86dd},
    {"null_ipv6_freebsd", DLT_NULL, {28, 0, 0, 0}, 0x86dd},
    {"null_ipv6_darwin", DLT_NULL, {0, 0, 0, 30}, 0x86dd},
    {"null_osi", DLT_NULL, {7, 0, 0, 0}, kEtherTypeLocal},
    {"loop_ipv4", DLT_LOOP, {0, 0, 0, 2}, 0x0800},
    {"loop_ipv6", DLT_LOOP, {0, 0, 0, 24}, 0x86dd},
    {"ppp_ipv4", DLT_PPP, {0x00, 0x21}, 0x0800},
    {"ppp_ipv6", DLT_PPP, {0x00, 0x57}, 0x86dd},
    {"ppp_compressed_protocol", DLT_PPP, {0x21}, 0x0800},
    {"ppp_hdlc", DLT_PPP, {0xff, 0x03, 0x00, 0x57}, 0x86dd},
    {"ppp_hdlc_compressed_protocol", DLT_PPP, {0xff, 0x03, 0x57}, 0x86dd},
    {"ppp_mpls", DLT_PPP, {0x02, 0x81}, 0x8847},
    {"ppp_serial_ipv4", DLT_PPP_SERIAL, {0xff, 0x03, 0x00, 0x21}, 0x0800},
    {"ppp_direction_ipv4", DLT_PPP_WITH_DIR, {0x01, 0x00, 0x21}, 0x0800},
    {"ppp_direction_hdlc_ipv6", DLT_PPP_WITH_DIR, {0x00, 0xff, 0x03, 0x00, 0x57}, 0x86dd},
    {"raw_ipv4", DLT_RAW, {}, 0x0800},
    {"ipv4", DLT_IPV4, {}, 0x0800},
    {"ipv6", DLT_IPV6, {}, 0x86dd},
};

class EachLinkType : public testing::TestWithParam<Case> {
 protected:
  static Octets frame() {
    Octets frame = GetParam().header;
    frame.insert(frame.end(), kPayload.begin(), kPayload.end());
    return frame;
  }
};

TEST_P(EachLinkType, GetsAnEthernetHeaderAndKeepsEveryOctetBehindItsOwn) {
  const Octets octets = frame();
  const AdaptedFrame adapted = adapt_frame(GetParam().link_type, octets);
  ASSERT_EQ(adapted.header_bytes, kEthernetHeaderBytes);
  EXPECT_EQ(adapted.removed_bytes, GetParam().header.size());
  EXPECT_EQ(adapted.header[12] << 8 | adapted.header[13], GetParam().ether_type);
  EXPECT_TRUE(std::ranges::equal(adapted.payload, kPayload));
  EXPECT_EQ(adapted.header[0], 2) << "locally administered, one station";
  EXPECT_EQ(adapted.header[6], 2);
}

TEST_P(EachLinkType, EveryPrefixIsEitherWholeBehindItsHeaderOrCountsAsTruncated) {
  const Octets octets = frame();
  for (size_t length = 0; length < octets.size(); ++length) {
    const Octets prefix(octets.begin(), octets.begin() + static_cast<long>(length));
    const AdaptedFrame adapted = adapt_frame(GetParam().link_type, prefix);
    EXPECT_EQ(adapted.removed_bytes + adapted.payload.size(), length);
    if (length < GetParam().header.size()) {
      EXPECT_EQ(adapted.header_bytes, 12U) << "no reader finds an EtherType in it";
    } else {
      EXPECT_EQ(adapted.header_bytes, kEthernetHeaderBytes);
      EXPECT_EQ(adapted.removed_bytes, GetParam().header.size());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(CaptureLink, EachLinkType, testing::ValuesIn(kCases),
                         [](const auto& tested) { return tested.param.name; });

TEST(CaptureLink, EthernetPassesAsItIs) {
  const Octets frame = {1, 2, 3};
  const AdaptedFrame adapted = adapt_frame(DLT_EN10MB, frame);
  EXPECT_EQ(adapted.header_bytes, 0U);
  EXPECT_EQ(adapted.removed_bytes, 0U);
  EXPECT_TRUE(std::ranges::equal(adapted.payload, frame));
}

TEST(CaptureLink, RawIpTellsItsVersionByItself) {
  const Octets frame = {0x60, 0, 0, 0};
  const AdaptedFrame adapted = adapt_frame(DLT_RAW, frame);
  EXPECT_EQ(adapted.header[12] << 8 | adapted.header[13], 0x86dd);
}

TEST(CaptureLink, AnUnknownPppProtocolStaysInFrontOfItsOctets) {
  const Octets lcp = {0xff, 0x03, 0xc0, 0x21, 1, 1, 0, 4};
  const AdaptedFrame adapted = adapt_frame(DLT_PPP, lcp);
  EXPECT_EQ(adapted.header[12] << 8 | adapted.header[13], kEtherTypePpp);
  EXPECT_TRUE(std::ranges::equal(adapted.payload, Bytes(lcp).subspan(2)));
}

TEST(CaptureLink, WhatCarriesNoIpOrInAWayThatIsNotKnownIsNotAdapted) {
  for (const int link_type :
       {DLT_IEEE802_11, DLT_IEEE802_11_RADIO, DLT_USB_LINUX, DLT_NFLOG, DLT_C_HDLC, DLT_FRELAY, -1}) {
    EXPECT_FALSE(can_adapt(link_type)) << link_type;
  }
  for (const Case& one : kCases) EXPECT_TRUE(can_adapt(one.link_type)) << one.name;
}

}  // namespace
}  // namespace lictor
