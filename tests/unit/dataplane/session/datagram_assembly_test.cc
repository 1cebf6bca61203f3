// Datagrams out of their fragments, in any order, and what must not come out.
#include "dataplane/session/datagram_assembly.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace lictor {
namespace {

constexpr int64_t kS = kNanosecondsPerSecond;
using Octets = std::vector<uint8_t>;

// A piece of a datagram, as an IP packet.
struct Piece {
  uint16_t id = 7;
  size_t begin = 0;
  bool is_last = false;
  Octets octets;
  uint8_t protocol = 17;
};

void append_16(Octets& octets, size_t value) {
  octets.push_back(static_cast<uint8_t>(value >> 8));
  octets.push_back(static_cast<uint8_t>(value));
}

Octets ipv4_packet(const Piece& piece) {
  Octets packet = {0x46, 0};  // with options
  append_16(packet, 24 + piece.octets.size());
  append_16(packet, piece.id);
  append_16(packet, piece.begin / 8 | (piece.is_last ? 0 : 0x2000));
  packet.insert(packet.end(), {64, piece.protocol, 0, 0, 192, 0, 2, 1, 198, 51, 100, 1, 1, 1, 1, 0});
  packet.insert(packet.end(), piece.octets.begin(), piece.octets.end());
  return packet;
}

Octets ipv6_packet(const Piece& piece) {
  Octets packet = {0x60, 0, 0, 0};
  append_16(packet, 8 + 8 + piece.octets.size());
  packet.insert(packet.end(), {60, 64});  // destination options first
  packet.resize(40);
  packet.insert(packet.end(), {44, 0, 1, 4, 0, 0, 0, 0, piece.protocol, 0});
  append_16(packet, piece.begin | (piece.is_last ? 0 : 1));
  append_16(packet, 0);
  append_16(packet, piece.id);
  packet.insert(packet.end(), piece.octets.begin(), piece.octets.end());
  return packet;
}

Octets tcp_segment(size_t payload) {
  Octets segment;
  append_16(segment, 40'000);
  append_16(segment, 5060);
  segment.resize(20);
  segment[12] = 0x50;
  for (size_t i = 0; i < payload; ++i) segment.push_back(static_cast<uint8_t>(i));
  return segment;
}

Octets udp_datagram(size_t payload, uint16_t source_port = 5060) {
  Octets datagram;
  append_16(datagram, source_port);
  append_16(datagram, 5080);
  append_16(datagram, 8 + payload);
  append_16(datagram, 0);
  for (size_t i = 0; i < payload; ++i) datagram.push_back(static_cast<uint8_t>(i * 7 + i / 256));
  return datagram;
}

std::vector<Piece> pieces_of(const Octets& datagram, size_t size, uint16_t id = 7) {
  std::vector<Piece> pieces;
  for (size_t at = 0; at < datagram.size(); at += size) {
    const size_t end = std::min(at + size, datagram.size());
    pieces.push_back({.id = id,
                      .begin = at,
                      .is_last = end == datagram.size(),
                      .octets = Octets(datagram.begin() + at, datagram.begin() + end)});
  }
  return pieces;
}

class DatagramAssemblyTest : public testing::TestWithParam<bool> {
 protected:
  // The payload of what this makes whole; empty: nothing.
  std::string put(const Piece& piece, int64_t second = 1, uint8_t from = 1) {
    return put_packet(GetParam() ? ipv6_packet(piece) : ipv4_packet(piece), second, from);
  }
  std::string put_packet(const Octets& packet, int64_t second = 1, uint8_t from = 1) {
    SignalRecord record;
    record.header.arrival = {second * kS};
    record.header.kind = SignalKind::kFragment;
    record.header.ipv6 = GetParam();
    record.header.source.address[3] = from;
    record.frame = record.message = packet;
    const std::optional<SignalRecord> whole = assembly_->put(record);
    if (!whole) return {};
    ports_ = {whole->header.source.port, whole->header.destination.port};
    kind_ = whole->header.kind;
    EXPECT_EQ(whole->frame.size(), whole->header.frame_bytes);
    EXPECT_EQ(whole->message.data(), whole->frame.data() + whole->header.message_offset);
    EXPECT_EQ(whole->message.size(), whole->header.message_bytes);
    return std::string(as_text(whole->message));
  }
  static std::string payload_of(const Octets& datagram) { return {datagram.begin() + 8, datagram.end()}; }

  std::unique_ptr<DatagramAssembly> assembly_ = *DatagramAssembly::make({.datagrams_max = 3});
  std::pair<uint16_t, uint16_t> ports_;
  SignalKind kind_ = SignalKind::kCount;
};

INSTANTIATE_TEST_SUITE_P(Ip, DatagramAssemblyTest, testing::Bool(),
                         [](const auto& parameter) { return parameter.param ? "V6" : "V4"; });

TEST_P(DatagramAssemblyTest, TheLastOneMakesItWholeWhateverTheOrder) {
  const Octets datagram = udp_datagram(3001);
  std::vector<Piece> pieces = pieces_of(datagram, 648);
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same orders every time
  for (uint16_t round = 0; round < 200; ++round) {
    std::shuffle(pieces.begin(), pieces.end(), random);
    for (size_t i = 0; i < pieces.size(); ++i) {
      pieces[i].id = round;
      EXPECT_EQ(put(pieces[i]), i + 1 == pieces.size() ? payload_of(datagram) : "");
    }
  }
  EXPECT_EQ(ports_, (std::pair<uint16_t, uint16_t>(5060, 5080)));
  EXPECT_EQ(assembly_->counters().whole.get(), 200U);
  EXPECT_EQ(assembly_->waiting(), 0U);
}

TEST_P(DatagramAssemblyTest, SegmentsComeWithTheirHeader) {
  const Octets segment = tcp_segment(100);
  std::vector<Piece> pieces = pieces_of(segment, 8);
  for (Piece& piece : pieces) piece.protocol = 6;
  for (size_t i = pieces.size(); i-- > 1;) EXPECT_EQ(put(pieces[i]), "");
  EXPECT_EQ(put(pieces[0]), std::string(segment.begin(), segment.end()));
  EXPECT_EQ(ports_, (std::pair<uint16_t, uint16_t>(40'000, 5060)));
  EXPECT_EQ(kind_, SignalKind::kSipSegment);
  pieces.pop_back();
  pieces.resize(2);
  pieces[1].is_last = true;
  put(pieces[0]);
  EXPECT_EQ(put(pieces[1]), "") << "shorter than its header";
  EXPECT_EQ(assembly_->counters().odd.get(), 1U);
}

TEST(DatagramAssemblyIpv6, TheFirstFragmentSaysWhatIsBehindOptions) {
  const std::unique_ptr<DatagramAssembly> assembly = *DatagramAssembly::make({.datagrams_max = 1});
  const Octets datagram = udp_datagram(100);
  Octets with_options = {60, 0, 1, 4, 0, 0, 0, 0, 17, 1, 1, 12};
  with_options.resize(24);
  with_options.insert(with_options.end(), datagram.begin(), datagram.end());
  std::vector<Piece> pieces = pieces_of(with_options, 16);
  for (Piece& piece : pieces) piece.protocol = 58;  // which nobody asks
  pieces[0].protocol = 60;
  std::optional<SignalRecord> whole;
  for (const Piece& piece : pieces) {
    EXPECT_FALSE(whole);
    SignalRecord record;
    record.header.ipv6 = true;
    const Octets packet = ipv6_packet(piece);
    record.frame = record.message = packet;
    whole = assembly->put(record);
  }
  ASSERT_TRUE(whole);
  EXPECT_EQ(as_text(whole->message), std::string(datagram.begin() + 8, datagram.end()));
  EXPECT_EQ(whole->header.message_offset, 8U);
  EXPECT_EQ(whole->header.source.port, 5060);
}

TEST(DatagramAssemblyIpv4, ProtocolsAreToldApart) {
  const std::unique_ptr<DatagramAssembly> assembly = *DatagramAssembly::make({.datagrams_max = 2});
  const auto put = [&assembly](Piece piece, uint8_t protocol) {
    piece.protocol = protocol;
    SignalRecord record;
    const Octets packet = ipv4_packet(piece);
    record.frame = record.message = packet;
    return assembly->put(record).has_value();
  };
  const std::vector<Piece> segment = pieces_of(tcp_segment(20), 24);
  const std::vector<Piece> datagram = pieces_of(udp_datagram(20), 24);
  EXPECT_FALSE(put(segment[0], 6));
  EXPECT_FALSE(put(datagram[0], 17));
  EXPECT_TRUE(put(segment[1], 6));
  EXPECT_TRUE(put(datagram[1], 17));
}

TEST_P(DatagramAssemblyTest, WhatComesAgainChangesNothing) {
  const Octets datagram = udp_datagram(100);
  const std::vector<Piece> pieces = pieces_of(datagram, 48);
  EXPECT_EQ(put(pieces[2]), "");
  EXPECT_EQ(put(pieces[2]), "");
  EXPECT_EQ(put(pieces[0]), "");
  EXPECT_EQ(put(pieces[0]), "");
  EXPECT_EQ(put(pieces[1]), payload_of(datagram));
}

TEST_P(DatagramAssemblyTest, WhatContradictsItselfIsNotBelieved) {
  const std::vector<Piece> pieces = pieces_of(udp_datagram(100), 48);
  Piece other = pieces[1];
  other.octets[3] ^= 1;
  Piece shifted = pieces[1];
  shifted.begin += 8;
  Piece shorter = pieces[1];
  shorter.octets.resize(20);
  shorter.is_last = true;
  for (const Piece& wrong : {other, shifted, shorter}) {
    const uint64_t before = assembly_->counters().conflicting.get();
    put(pieces[0]);
    put(pieces[1]);
    put(wrong);
    EXPECT_EQ(assembly_->counters().conflicting.get(), before + 1);
    EXPECT_EQ(assembly_->waiting(), 0U);
  }
  Piece beyond = pieces[1];
  beyond.begin = 480;
  put(pieces[2]);
  put(beyond);
  EXPECT_EQ(assembly_->waiting(), 0U);
  EXPECT_EQ(assembly_->counters().conflicting.get(), 4U);
  EXPECT_EQ(assembly_->counters().whole.get(), 0U);
}

TEST_P(DatagramAssemblyTest, SendersAndNumbersAreToldApart) {
  const Octets one = udp_datagram(60, 1);
  const Octets two = udp_datagram(60, 2);
  put(pieces_of(one, 40, 5)[0], 1, 1);
  put(pieces_of(two, 40, 5)[0], 1, 2);
  put(pieces_of(two, 40, 6)[0], 1, 1);
  EXPECT_EQ(put(pieces_of(one, 40, 5)[1], 1, 1), payload_of(one));
  EXPECT_EQ(ports_.first, 1);
  EXPECT_EQ(put(pieces_of(two, 40, 6)[1], 1, 1), payload_of(two));
  EXPECT_EQ(ports_.first, 2);
  EXPECT_EQ(assembly_->waiting(), 1U);
}

TEST_P(DatagramAssemblyTest, TheOldestGoesWhereThereIsNoRoom) {
  const Octets datagram = udp_datagram(60);
  for (uint16_t id = 1; id <= 4; ++id) put(pieces_of(datagram, 40, id)[0], id);
  EXPECT_EQ(assembly_->counters().evicted.get(), 1U);
  EXPECT_EQ(put(pieces_of(datagram, 40, 4)[1], 4), payload_of(datagram));
  EXPECT_EQ(put(pieces_of(datagram, 40, 1)[1], 4), "");
}

TEST_P(DatagramAssemblyTest, WhatWaitsTooLongGoes) {
  const Octets datagram = udp_datagram(60);
  put(pieces_of(datagram, 40)[0], 1);
  EXPECT_EQ(put(pieces_of(datagram, 40)[1], 32), "");
  EXPECT_EQ(assembly_->counters().expired.get(), 1U);
}

TEST_P(DatagramAssemblyTest, WhatIsNoFragmentIsCounted) {
  Piece whole{.is_last = true, .octets = udp_datagram(8)};
  Piece broken{.octets = Octets(13)};
  Piece empty{.begin = 8, .is_last = true};
  Piece sctp{.octets = Octets(16), .protocol = 132};
  Piece beyond{.begin = 65'528, .is_last = true, .octets = Octets(16)};
  uint64_t odd = 0;
  for (const Piece& piece : {whole, broken, empty, sctp, beyond}) {
    EXPECT_EQ(put(piece), "");
    EXPECT_EQ(assembly_->counters().odd.get(), ++odd);
  }
  EXPECT_EQ(assembly_->waiting(), 0U);
}

TEST_P(DatagramAssemblyTest, EveryPrefixOfAFragmentIsHarmless) {
  const Piece piece = pieces_of(udp_datagram(60), 40)[0];
  const Octets packet = GetParam() ? ipv6_packet(piece) : ipv4_packet(piece);
  for (size_t bytes = 0; bytes < packet.size(); ++bytes) {
    const Octets prefix(packet.begin(), packet.begin() + bytes);
    EXPECT_EQ(put_packet(prefix), "");
  }
  EXPECT_EQ(assembly_->counters().odd.get(), packet.size());
}

TEST_P(DatagramAssemblyTest, ALengthThatIsNotTrueGivesNoMessage) {
  for (const uint8_t length : Octets{0, 7, 200}) {
    Octets datagram = udp_datagram(60);
    datagram[5] = length;
    const std::vector<Piece> pieces = pieces_of(datagram, 40, length);
    put(pieces[0]);
    EXPECT_EQ(put(pieces[1]), "");
  }
  EXPECT_EQ(assembly_->counters().odd.get(), 3U);
}

TEST(DatagramAssemblyPlan, HasBounds) {
  EXPECT_FALSE(DatagramAssembly::make({.datagrams_max = 0}).ok());
  EXPECT_FALSE(DatagramAssembly::make({.datagrams_max = DatagramAssembly::kDatagramsMax + 1}).ok());
  EXPECT_FALSE(DatagramAssembly::make({.wait_ns = 0}).ok());
}

}  // namespace
}  // namespace lictor
