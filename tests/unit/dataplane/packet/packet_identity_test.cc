// What two sights of one packet may differ in, and what makes another packet of it.
#include <gtest/gtest.h>

#include "dataplane/packet/deduplicator.h"
#include "tests/unit/dataplane/packet/level_of.h"

namespace lictor {
namespace {

constexpr HashKey kKey{1, 2};

// Offsets of what a test changes, in the IP packet.
constexpr size_t kDscp = 1;
constexpr size_t kIdentification = 5;
constexpr size_t kTtl = 8;
constexpr size_t kHeaderChecksum = 10;
constexpr size_t kTrafficClass = 0;  // its lower half and the upper one are octets 0 and 1
constexpr size_t kFlowLabel = 3;
constexpr size_t kHopLimit = 7;

Octets tcp(size_t bytes) {
  Octets octets = {0x0f, 0xa0, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18, 1, 0, 0xaa, 0xbb, 0, 0};
  octets.resize(octets.size() + bytes, 0x55);
  return octets;
}

Hash128 identity(const Octets& frame) { return packet_identity(kKey, level_of(frame), frame); }

Octets frame4(const Octets& rest, uint8_t protocol = 6) {
  return ethernet(kIpv4Type, ipv4({.protocol = protocol}, rest));
}
Octets frame6(const Octets& rest, uint8_t next = 6) { return ethernet(kIpv6Type, ipv6({.next = next}, rest)); }

Octets changed(Octets frame, size_t offset_in_ip) {
  frame[14 + offset_in_ip] ^= 1;
  return frame;
}

TEST(PacketIdentity, ARouterChangesNothingOfIt) {
  const Octets v4 = frame4(tcp(200));
  for (const size_t at : {kDscp, kTtl, kHeaderChecksum}) EXPECT_EQ(identity(changed(v4, at)), identity(v4)) << at;
  const Octets v6 = frame6(tcp(200));
  Octets other_class = changed(v6, kTrafficClass);
  other_class[14] = 0x65;  // version 6, traffic class from 0x50 on
  EXPECT_EQ(identity(other_class), identity(v6));
  EXPECT_EQ(identity(changed(v6, kHopLimit)), identity(v6));
}

TEST(PacketIdentity, Layer2AndTagsAreNoPartOfIt) {
  const Octets packet = ipv4({.protocol = 6}, tcp(20));
  const Octets plain = ethernet(kIpv4Type, packet);
  EXPECT_EQ(identity(ethernet(kIpv4Type, packet, {{0x88a8, 7}, {0x8100, 100}})), identity(plain));
  Octets padded = plain;
  padded.resize(padded.size() + 6);
  EXPECT_EQ(identity(padded), identity(plain));
}

TEST(PacketIdentity, TransportChecksumsAreNoPartOfIt) {
  EXPECT_EQ(identity(changed(frame4(tcp(40)), 20 + 16)), identity(frame4(tcp(40))));
  EXPECT_EQ(identity(changed(frame6(tcp(40)), 40 + 17)), identity(frame6(tcp(40))));
  EXPECT_EQ(identity(changed(frame4(udp(40), 17), 20 + 6)), identity(frame4(udp(40), 17)));
  EXPECT_EQ(identity(changed(frame4(udp(40), 1), 20 + 2)), identity(frame4(udp(40), 1)));
}

TEST(PacketIdentity, EveryOtherOctetOfThePacketIs) {
  for (const Octets& frame : {frame4(tcp(100)), frame4(udp(100), 17), frame4(tcp(3))}) {
    const Hash128 whole = identity(frame);
    const size_t checksum = frame[14 + 9] == 6 ? 36 : 26;
    for (size_t at = 2; at < frame.size() - 14; ++at) {
      const bool invariant = at != kTtl && at / 2 != kHeaderChecksum / 2 && at / 2 != checksum / 2;
      if (at == 2 || at == 3 || at == 6 || at == 7) continue;  // lengths and fragments have a test of their own
      EXPECT_EQ(identity(changed(frame, at)) != whole, invariant) << at;
    }
  }
  const Octets v6 = frame6(tcp(100));
  for (size_t at = 8; at < v6.size() - 14; ++at) {
    EXPECT_EQ(identity(changed(v6, at)) != identity(v6), at / 2 != (40 + 16) / 2) << at;
  }
}

// A host sends the same octets again: IPv4 counts the identification on, IPv6 may ask for another path.
TEST(PacketIdentity, ARetransmissionIsAnotherPacket) {
  EXPECT_NE(identity(changed(frame4(tcp(40)), kIdentification)), identity(frame4(tcp(40))));
  EXPECT_NE(identity(changed(frame6(tcp(40)), kFlowLabel)), identity(frame6(tcp(40))));
}

TEST(PacketIdentity, ACutCopyIsAnotherPacket) {
  const Octets frame = frame4(tcp(40));
  const Octets cut(frame.begin(), frame.end() - 4);
  EXPECT_NE(identity(cut), identity(frame));
}

TEST(PacketIdentity, FragmentsOfADatagramDiffer) {
  const Octets rest = udp(32);
  const auto fragment = [&](uint16_t field) { return ethernet(kIpv4Type, ipv4({.fragment = field}, rest)); };
  EXPECT_NE(identity(fragment(0x2000)), identity(fragment(0x0001)));
  EXPECT_NE(identity(fragment(0x0001)), identity(fragment(0x0002)));
  // What would be a checksum in the first fragment is content in a later one.
  EXPECT_NE(identity(changed(fragment(0x0001), 20 + 6)), identity(fragment(0x0001)));
}

TEST(PacketIdentity, ShortPayloadsAreNotFilledUp) {
  const Octets one = frame4({1}, 99);
  const Octets two = frame4({1, 0}, 99);
  EXPECT_NE(identity(one), identity(two));
}

TEST(PacketIdentity, EachTaskHasItsOwn) {
  const Hash128 packet = identity(frame4(tcp(40)));
  const Hash128 another = identity(frame4(tcp(41)));
  EXPECT_EQ(identity_of(packet, TaskSlot{3}), identity_of(packet, TaskSlot{3}));
  EXPECT_NE(identity_of(packet, TaskSlot{3}), identity_of(packet, TaskSlot{4}));
  EXPECT_NE(identity_of(packet, TaskSlot{3}), identity_of(another, TaskSlot{3}));
}

TEST(PacketIdentity, AnotherKeyGivesAnother) {
  const Octets frame = frame4(tcp(40));
  EXPECT_NE(packet_identity({1, 3}, level_of(frame), frame), identity(frame));
}

TEST(PacketIdentity, ReadsNoOctetBehindTheCapture) {
  for (const Octets& frame : {frame4(tcp(40)), frame6(udp(9), 17)}) {
    const IpLevel level = level_of(frame);
    for (size_t bytes = 0; bytes <= frame.size(); ++bytes) {
      const ExactCopy prefix(Bytes(frame).first(bytes));
      packet_identity(kKey, level, prefix.bytes());
    }
  }
}

}  // namespace
}  // namespace lictor
