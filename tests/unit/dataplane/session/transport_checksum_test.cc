// Checksums of UDP and TCP, as hosts look at them.
#include "dataplane/session/transport_checksum.h"

#include <gtest/gtest.h>

#include <vector>

namespace lictor {
namespace {

using Octets = std::vector<uint8_t>;

// Written down by the words of RFC 1071, without its shortcuts.
uint16_t plain_sum(const Octets& pseudo_header, const Octets& octets) {
  Octets all = pseudo_header;
  all.insert(all.end(), octets.begin(), octets.end());
  if (all.size() % 2 != 0) all.push_back(0);
  uint32_t sum = 0;
  for (size_t i = 0; i < all.size(); i += 2) {
    sum += static_cast<uint32_t>(all[i] << 8 | all[i + 1]);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return static_cast<uint16_t>(~sum);
}

struct Packet {
  SignalRecordHeader header;
  Octets frame;

  [[nodiscard]] TransportSum check() const {
    const Bytes frame_octets = frame;
    return check_transport_sum(
        {.header = header, .frame = frame_octets, .message = frame_octets.subspan(header.message_offset)});
  }
};

// Of UDP or TCP, behind 14 octets of something else.
Packet packet_of(SignalKind kind, bool ipv6, size_t payload) {
  const bool is_tcp = kind == SignalKind::kSipSegment;
  Packet packet{.header = {.kind = kind, .ipv6 = ipv6}, .frame = {}};
  const size_t address_bytes = ipv6 ? 16 : 4;
  for (size_t i = 0; i < address_bytes; ++i) {
    packet.header.source.address[i] = static_cast<uint8_t>(200 + i);
    packet.header.destination.address[i] = static_cast<uint8_t>(7 * i + 1);
  }
  Octets octets = {0x13, 0xc4, 0x13, 0xc5};
  octets.resize(is_tcp ? 20 : 8);
  for (size_t i = 0; i < payload; ++i) octets.push_back(static_cast<uint8_t>(i * 31 + 5));
  if (!is_tcp) {
    octets[4] = static_cast<uint8_t>(octets.size() >> 8);
    octets[5] = static_cast<uint8_t>(octets.size());
  }
  Octets pseudo(packet.header.source.address.begin(), packet.header.source.address.begin() + address_bytes);
  pseudo.insert(pseudo.end(), packet.header.destination.address.begin(),
                packet.header.destination.address.begin() + address_bytes);
  const auto high = static_cast<uint8_t>(octets.size() >> 8);
  const auto low = static_cast<uint8_t>(octets.size());
  const uint8_t protocol = is_tcp ? 6 : 17;
  const Octets end = ipv6 ? Octets{0, 0, high, low, 0, 0, 0, protocol} : Octets{0, protocol, high, low};
  pseudo.insert(pseudo.end(), end.begin(), end.end());
  const uint16_t sum = plain_sum(pseudo, octets);
  const size_t at = is_tcp ? 16 : 6;
  octets[at] = static_cast<uint8_t>(sum >> 8);
  octets[at + 1] = static_cast<uint8_t>(sum);
  packet.frame.resize(14);
  packet.header.message_offset = is_tcp ? 14 : 22;
  packet.frame.insert(packet.frame.end(), octets.begin(), octets.end());
  return packet;
}

constexpr std::array<SignalKind, 5> kKinds = {SignalKind::kSip, SignalKind::kSipSegment, SignalKind::kRadius,
                                              SignalKind::kDhcp4, SignalKind::kDhcp6};

TEST(TransportChecksum, OneThatHoldsIsRightAndWhatChangedIsNot) {
  for (const SignalKind kind : kKinds) {
    for (const bool ipv6 : {false, true}) {
      for (const size_t payload : {0U, 1U, 2U, 3U, 5U, 6U, 7U, 600U, 1401U}) {
        Packet packet = packet_of(kind, ipv6, payload);
        EXPECT_EQ(packet.check(), TransportSum::kRight) << payload;
        for (size_t at = 14; at < packet.frame.size(); at += 1 + packet.frame.size() / 40) {
          packet.frame[at] ^= 0x10;
          EXPECT_EQ(packet.check(), TransportSum::kWrong) << at;
          packet.frame[at] ^= 0x10;
        }
        packet.header.source.address[1] ^= 1;
        EXPECT_EQ(packet.check(), TransportSum::kWrong);
      }
    }
  }
}

TEST(TransportChecksum, NoneIsRightOverIpv4Alone) {
  for (const bool ipv6 : {false, true}) {
    Packet packet = packet_of(SignalKind::kSip, ipv6, 20);
    packet.frame[20] = packet.frame[21] = 0;
    EXPECT_EQ(packet.check(), ipv6 ? TransportSum::kWrong : TransportSum::kRight);
  }
}

TEST(TransportChecksum, WhatIsCutIsWrong) {
  for (const SignalKind kind : kKinds) {
    const Packet whole = packet_of(kind, false, 20);
    for (size_t bytes = whole.header.message_offset; bytes < whole.frame.size(); ++bytes) {
      Packet cut = whole;
      cut.frame.resize(bytes);
      EXPECT_EQ(cut.check(), TransportSum::kWrong) << bytes;
    }
  }
}

TEST(TransportChecksum, MessagesOfLinksHaveNone) {
  for (const SignalKind kind : {SignalKind::kArp, SignalKind::kNeighbour, SignalKind::kPppoeSession})
    EXPECT_EQ((Packet{.header = {.kind = kind}, .frame = Octets(20)}.check()), TransportSum::kNone);
}

}  // namespace
}  // namespace lictor
