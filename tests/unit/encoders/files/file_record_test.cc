// Records of file destinations in the spool, and what the pcapng encoder makes of packets and events.
#include "encoders/files/file_record.h"

#include <gtest/gtest.h>

#include "tests/unit/encoders/files/file_rig.h"

namespace lictor {
namespace {

FileFace face() {
  FileFace made{.run = 0x0123456789abcdef,
                .cin = 9,
                .liid = "L",
                .operator_id = "op",
                .network_element_id = "ne",
                .interface = "port"};
  made.chain[0] = 1;
  made.chain[15] = 2;
  return made;
}

std::vector<uint8_t> record_of(const FileStamp& stamp, size_t block_bytes) {
  const std::vector<uint8_t> head = make_file_record_head(face());
  std::vector<uint8_t> record(head.size() + block_bytes, 0xee);
  write_file_record_head(head, stamp, block_bytes, record);
  return record;
}

TEST(FileRecord, IsReadAsItWasWritten) {
  const std::vector<uint8_t> octets = record_of(
      {.kind = FileRecordKind::kEvent, .series = RecordKind::kHi1, .ends = true, .number = 77, .time = {-5}}, 33);
  const std::optional<ReadFileRecord> read = read_file_record(octets);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->bytes, octets.size());
  EXPECT_EQ(read->record.chain, face().chain);
  EXPECT_EQ(read->record.run, face().run);
  EXPECT_EQ(read->record.cin, 9u);
  EXPECT_EQ(read->record.stamp.kind, FileRecordKind::kEvent);
  EXPECT_EQ(read->record.stamp.series, RecordKind::kHi1);
  EXPECT_TRUE(read->record.stamp.ends);
  EXPECT_EQ(read->record.stamp.number, 77u);
  EXPECT_EQ(read->record.stamp.time.unix_ns, -5);
  EXPECT_EQ(read->record.liid, "L");
  EXPECT_EQ(read->record.operator_id, "op");
  EXPECT_EQ(read->record.network_element_id, "ne");
  EXPECT_EQ(read->record.interface, "port");
  EXPECT_EQ(read->record.block.size(), 33u);
}

TEST(FileRecord, OneBehindAnotherIsFoundByTheFirstOnesLength) {
  std::vector<uint8_t> two = record_of({.number = 1}, 16);
  const std::vector<uint8_t> second = record_of({.number = 2}, 12);
  const size_t first_bytes = two.size();
  two.insert(two.end(), second.begin(), second.end());
  EXPECT_EQ(read_file_record(two)->bytes, first_bytes);
  EXPECT_EQ(read_file_record(Bytes(two).subspan(first_bytes))->record.stamp.number, 2u);
}

TEST(FileRecord, NoPrefixOfOneIsARecord) {
  const std::vector<uint8_t> octets = record_of({.number = 1}, 20);
  for (size_t length = 0; length < octets.size(); ++length)
    EXPECT_FALSE(read_file_record(Bytes(octets).first(length))) << length;
}

TEST(FileRecord, OneThatSaysLessThanItHoldsIsNone) {
  const std::vector<uint8_t> octets = record_of({.number = 1}, 12);
  for (uint8_t length = 0; length < octets.size(); ++length) {
    std::vector<uint8_t> cut = octets;
    cut[3] = length;
    EXPECT_FALSE(read_file_record(cut)) << int{length};
  }
}

TEST(FileRecord, AnotherVersionKindOrSeriesIsRefused) {
  for (const size_t at : {size_t{4}, size_t{5}, size_t{6}}) {
    std::vector<uint8_t> octets = record_of({.number = 1}, 20);
    octets[at] = 0xf0;
    EXPECT_FALSE(read_file_record(octets)) << at;
  }
}

TEST(PcapngEncoder, APacketKeepsItsOctetsTimeDirectionNumberAndPort) {
  const std::unique_ptr<Encoder> encoder = *make_pcapng_encoder(test_parameters(1));
  const std::vector<uint8_t> packet = test_packet(1, 5, 61);
  std::vector<uint8_t> room(encoder->content_bytes_max(packet.size()));
  const size_t bytes = encoder->encode_content({.packet = packet,
                                                .whole_bytes = 80,
                                                .arrival = {1'700'000'000'123'456'789},
                                                .direction = Direction::kFromTarget,
                                                .port = 1},
                                               5, room);
  const std::optional<ReadFileRecord> read = read_file_record(Bytes(room).first(bytes));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->record.interface, "right");
  EXPECT_EQ(read->record.liid, "LIID-SECRET-47111");
  EXPECT_EQ(read->record.stamp.time.unix_ns, 1'700'000'000'123'456'789);
  EXPECT_LE(bytes, room.size());
}

TEST(PcapngEncoder, WhatWasLostBetweenTwoPacketsIsTheSecondOnesDropCount) {
  const std::unique_ptr<Encoder> encoder = *make_pcapng_encoder(test_parameters(1));
  const std::vector<uint8_t> first = encode_packet(*encoder, 1, 3);
  const std::vector<uint8_t> next = encode_packet(*encoder, 1, 4);
  const std::vector<uint8_t> after = encode_packet(*encoder, 1, 9);
  EXPECT_EQ(first.size(), next.size() + 1) << "the names of the ports differ by an octet, nothing else";
  EXPECT_EQ(after.size(), first.size() + 12) << "an option more";
}

TEST(PcapngEncoder, TheSameTaskHasTheSameChainAndEachEncoderAnotherRun) {
  const auto read = [](const PcapngParameters& parameters) {
    const std::unique_ptr<Encoder> encoder = *make_pcapng_encoder(parameters);
    const std::vector<uint8_t> octets = encode_packet(*encoder, 1, 0);
    const FileRecord record = read_file_record(octets)->record;
    return std::pair(record.chain, record.run);
  };
  PcapngParameters elsewhere = test_parameters(1);
  elsewhere.network_element_id = "ne-2";
  EXPECT_EQ(read(test_parameters(1)).first, read(test_parameters(1)).first);
  EXPECT_NE(read(test_parameters(1)).second, read(test_parameters(1)).second);
  EXPECT_NE(read(test_parameters(1)).first, read(test_parameters(2)).first);
  EXPECT_NE(read(test_parameters(1)).first, read(elsewhere).first);
}

TEST(PcapngEncoder, AnAlarmsTextStaysOneFieldOfItsEntry) {
  const std::unique_ptr<Encoder> encoder = *make_pcapng_encoder(test_parameters(1));
  const std::vector<uint8_t> octets = encode_event(
      *encoder,
      {.kind = EventKind::kAlarm, .series = RecordKind::kHi1, .time = {2'000'000}, .text = "3 lost\nPRIORITY=0"}, 4);
  const std::optional<ReadFileRecord> read = read_file_record(octets);
  ASSERT_TRUE(read);
  const std::string_view block = as_text(read->record.block);
  EXPECT_NE(block.find("__REALTIME_TIMESTAMP=2000\nMESSAGE=3 lost PRIORITY=0\nPRIORITY=4\n"), std::string_view::npos);
  EXPECT_NE(block.find("LICTOR_SERIES=hi1\nLICTOR_CIN=7\nLICTOR_NUMBER=4\n"), std::string_view::npos);
  EXPECT_FALSE(read->record.stamp.ends);
}

}  // namespace
}  // namespace lictor
