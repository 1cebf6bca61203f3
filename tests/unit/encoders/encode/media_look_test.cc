// What at an address of a call's media is media, and what is not.
#include "encoders/encode/media_look.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "encoders/encode/task_sessions.h"

namespace lictor {
namespace {

using Octets = std::vector<uint8_t>;
using Use = SessionAddress::Use;

Octets joined(std::initializer_list<Octets> parts) {
  Octets octets;
  for (const Octets& part : parts)
    for (const uint8_t octet : part) octets.push_back(octet);
  return octets;
}

Octets ipv4(uint8_t protocol, const Octets& rest, uint16_t fragment = 0) {
  return joined({{0x45, 0, 0, static_cast<uint8_t>(20 + rest.size()), 0, 0},
                 {static_cast<uint8_t>(fragment >> 8), static_cast<uint8_t>(fragment), 64, protocol, 0, 0},
                 {192, 0, 2, 1, 192, 0, 2, 2},
                 rest});
}

Octets udp(const Octets& payload) {
  return joined({{0x9c, 0x40, 0x9c, 0x42, 0, static_cast<uint8_t>(8 + payload.size()), 0, 0}, payload});
}

Octets padded(Octets octets, size_t bytes) {
  octets.resize(std::max(octets.size(), bytes), 0x55);
  return octets;
}

std::optional<MediaProtocol> media_in(const Octets& packet, Use use) {
  const std::optional<MediaLook> look = look_at_media(packet, packet.size(), use);
  return look ? std::optional(look->protocol) : std::nullopt;
}

std::optional<MediaProtocol> look(const Octets& payload, Use use = Use::kRtp) {
  return media_in(ipv4(17, udp(payload)), use);
}

const Octets kRtp = padded({0x80, 0}, 12);
const Octets kRtcp = padded({0x81, 200}, 8);
const Octets kStun = padded({0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, 20);
const Octets kChannel = {0x40, 0, 0, 2, 1, 2};
const Octets kDtls = padded({22, 0xfe, 0xfd}, 13);
const Octets kZrtp = {0x10, 0, 0, 1, 0x5a, 0x52, 0x54, 0x50};
const Octets kUdptl = {0, 1, 3, 1, 2, 3};

TEST(MediaLook, WhatLooksLikeMediaIs) {
  for (const Octets& payload : {kRtp, kRtcp, kStun, kChannel, kDtls, kZrtp})
    EXPECT_EQ(look(payload), MediaProtocol::kRtp) << static_cast<int>(payload[0]);
  EXPECT_EQ(look(kUdptl, Use::kUdptl), MediaProtocol::kUdptl);
  EXPECT_EQ(media_in(ipv4(6, padded({0x9c, 0x40, 0x9c, 0x42, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10}, 24)), Use::kMsrp),
            MediaProtocol::kMsrp);
}

TEST(MediaLook, WhatDoesNotIsNot) {
  const Octets query = padded({0x12, 0x34, 1, 0, 0, 1}, 30);
  const Octets text = {'G', 'E', 'T', ' ', '/'};
  for (const Octets& payload : {query, text, padded({0, 1}, 30), Octets{0x80, 0, 0, 1}, kUdptl, Octets()})
    EXPECT_EQ(look(payload), std::nullopt);
  EXPECT_EQ(look(kRtp, Use::kMsrp), std::nullopt);
  EXPECT_EQ(media_in(ipv4(1, padded({8, 0}, 12)), Use::kRtp), std::nullopt);
}

// What was cut is media only where it would be, cut short by its sender.
TEST(MediaLook, EveryPrefixIsReadWithinItself) {
  for (const Octets& payload : {kRtp, kRtcp, kStun, kChannel, kDtls, kZrtp}) {
    const Octets packet = ipv4(17, udp(payload));
    for (size_t bytes = 0; bytes < packet.size(); ++bytes) {
      const Octets prefix(packet.begin(), packet.begin() + bytes);
      const bool may_be = media_in(prefix, Use::kRtp).has_value();
      EXPECT_TRUE(!may_be || bytes >= 20 + 8 + 6) << bytes;
      EXPECT_TRUE(media_in(prefix, Use::kUdptl).has_value() || !may_be) << bytes;
      EXPECT_EQ(media_in(prefix, Use::kMsrp), std::nullopt) << bytes;
    }
  }
}

TEST(MediaLook, ALaterFragmentIsWhatItsFirstOneIs) {
  EXPECT_EQ(media_in(ipv4(17, {1, 2, 3}, 5), Use::kRtp), MediaProtocol::kRtp);
  EXPECT_EQ(media_in(ipv4(17, {1, 2, 3}, 5), Use::kUdptl), MediaProtocol::kUdptl);
}

MediaLook rtp_look(const Octets& payload, size_t cut = 0) {
  Octets packet = ipv4(17, udp(payload));
  const size_t whole = packet.size();
  packet.resize(whole - cut);
  return look_at_media(packet, whole, Use::kRtp).value_or(MediaLook());
}

TEST(MediaLook, RtpSaysItsTypeItsSenderAndItsPayload) {
  const Octets rtp = {0x80, 0x80 | 101, 0, 1, 0, 0, 0, 9, 0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4};
  const MediaLook look = rtp_look(rtp);
  EXPECT_EQ(look.kind, MediaLook::Kind::kRtp);
  EXPECT_EQ(look.payload_type, 101);
  EXPECT_EQ(look.ssrc, 0xdeadbeefU);
  EXPECT_EQ(look.payload_bytes, 4U);
  EXPECT_EQ(look.source_port, 40'000);
  EXPECT_EQ(look.destination_port, 40'002);
  EXPECT_EQ(rtp_look(rtp, 3).payload_bytes, 4U);  // captured in part
}

TEST(MediaLook, OfAPayloadNeitherSourcesNorAnExtensionAreAPart) {
  const Octets head = {0x92, 13, 0, 1, 0, 0, 0, 9, 0, 0, 0, 1};
  const Octets sources(8, 2);
  const Octets extension = {0xbe, 0xde, 0, 1, 9, 9, 9, 9};
  EXPECT_EQ(rtp_look(joined({head, sources, extension, {1, 2, 3}})).payload_bytes, 3U);
  EXPECT_EQ(rtp_look(joined({head, {1, 2}})).payload_bytes, 0U);  // it ends before
}

TEST(MediaLook, RtcpSaysItsSender) {
  const MediaLook look = rtp_look({0x81, 200, 0, 1, 0xde, 0xad, 0xbe, 0xef});
  EXPECT_EQ(look.kind, MediaLook::Kind::kRtcp);
  EXPECT_EQ(look.ssrc, 0xdeadbeefU);
}

TEST(MediaLook, WhatIsNeitherIsOfNobody) {
  for (const Octets& payload : {kStun, kChannel, kDtls, kZrtp})
    EXPECT_EQ(rtp_look(payload).kind, MediaLook::Kind::kOther);
}

TEST(AddressOfACall, OfThePeerTheDirectionIsTurnedRound) {
  const Octets packet = ipv4(17, udp(kRtp));  // from 192.0.2.1:40000
  TaskSession session{.cin = 7, .is_call = true};
  session.intervals.push_back({.prefix = {.bits = 32, .octets = {192, 0, 2, 1}},
                               .ports = {40'000, 40'000},
                               .use = Use::kRtp,
                               .of_peer = true,
                               .since = {0}});
  ContentRecord copy{.packet = packet, .arrival = {1}, .direction = Direction::kToTarget, .cin = 7};
  EXPECT_NE(session.holds(copy).interval, nullptr);
  copy.direction = Direction::kFromTarget;
  EXPECT_EQ(session.holds(copy).interval, nullptr);
  session.intervals[0].of_peer = false;
  EXPECT_NE(session.holds(copy).interval, nullptr);
  copy.direction = Direction::kToTarget;
  EXPECT_EQ(session.holds(copy).interval, nullptr);
}

}  // namespace
}  // namespace lictor
