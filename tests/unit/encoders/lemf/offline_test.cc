// Files of records: judged, restored from, saved as packets.
#include "encoders/lemf/offline.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "encoders/lemf/intake.h"
#include "encoders/lemf/payload_keyring.h"
#include "tests/unit/encoders/der/record_octets.h"
#include "tests/unit/encoders/lemf/folder.h"

namespace lictor::lemf {
namespace {

FileVerdict verdict(const std::string& name, const std::string& octets, Expectation expectation = {}) {
  const Folder folder;
  write_file(folder / name, octets);
  const Result<FileVerdict> result = check_file(folder / name, expectation);
  EXPECT_TRUE(result.ok());
  return result.value_or(FileVerdict{});
}

TEST(CheckFile, AStrictAndWholeFileIsClean) {
  const FileVerdict clean = verdict("hi3.ber", der::cc(der::numbered(0)) + der::cc(der::numbered(1)));
  EXPECT_TRUE(clean.clean) << clean.text;
  EXPECT_NE(clean.text.find("2 records: 0 IRI, 2 CC"), std::string::npos) << clean.text;
  EXPECT_TRUE(verdict("hi3.ber", "").clean);
}

TEST(CheckFile, GapsAreToldAndNoErrors) {
  const FileVerdict gap = verdict("hi3.ber", der::cc(der::numbered(0)) + der::cc(der::numbered(5)));
  EXPECT_TRUE(gap.clean);
  EXPECT_NE(gap.text.find("1 gaps (4 missing)"), std::string::npos) << gap.text;
}

TEST(CheckFile, AnyCutInsideARecordIsAnError) {
  const std::string record = der::cc();
  for (size_t length = 1; length < record.size(); ++length)
    EXPECT_FALSE(verdict("hi3.ber", der::cc() + record.substr(0, length)).clean) << length;
}

TEST(CheckFile, WhatBeginsNoRecordIsAnError) { EXPECT_FALSE(verdict("hi3.ber", der::cc() + "text").clean); }

TEST(CheckFile, LengthsThatAreNotMinimalAreErrorsOnlyWhereItIsStrict) {
  std::string record = der::cc();
  record.insert(1, der::octets({0x82, 0}));
  EXPECT_FALSE(verdict("hi3.ber", record).clean);
  EXPECT_TRUE(verdict("hi3.ber", record, {.strictness = Strictness::kLenient}).clean);
}

TEST(CheckFile, TheNameSaysWhatACinResetRestarts) {
  const std::string stream = der::cc(der::numbered(0)) + der::tri(der::numbered(0), 7) + der::cc(der::numbered(1));
  EXPECT_NE(verdict("hi3.ber", stream).text.find("0 gaps (0 missing), 0 repeats"), std::string::npos);
  const std::string hi2 = der::iri(der::numbered(0)) + der::tri(der::numbered(0), 7) + der::iri(der::numbered(1));
  EXPECT_NE(verdict("hi2.ber", hi2).text.find("0 gaps (0 missing), 0 repeats"), std::string::npos);
}

TEST(CheckFile, AFileThatIsNotThereIsReported) { EXPECT_FALSE(check_file("/nonexistent", {}).ok()); }

uint32_t word(const std::string& octets, size_t at) {
  uint32_t value = 0;
  std::memcpy(&value, octets.data() + at, sizeof(value));
  return value;
}

TEST(WritePcapng, PacketsWithTimeDirectionAndOriginalLengthAndNoRepeats) {
  const Folder folder;
  const std::string truncated = der::tlv(0xa1, der::tlv(0x80, der::packet()) + der::integer(0x81, 1500));
  write_file(folder / "hi3.ber", der::cc(der::numbered(0)) +
                                     der::pdu(der::numbered(1), der::tlv(0xa1, der::cc_payload(truncated, 1))) +
                                     der::cc(der::numbered(0)) + der::tri({}, 3));
  const Result<uint64_t> packets = write_pcapng(folder / "hi3.ber", folder / "out.pcapng");
  ASSERT_TRUE(packets.ok());
  EXPECT_EQ(*packets, 2U);
  const std::string file = read_file(folder / "out.pcapng");
  constexpr size_t kFirst = 28 + 32;          // behind section header and interface description
  constexpr size_t kBlock = 32 + 32 + 8 + 4;  // 29 octets of packet are padded to 32
  ASSERT_EQ(file.size(), kFirst + 2 * kBlock);
  EXPECT_EQ(word(file, 0), 0x0a0d0d0aU);
  EXPECT_EQ(word(file, 28), 1U);
  EXPECT_EQ(word(file, 36) & 0xffff, 101U);
  const uint64_t time = uint64_t{word(file, kFirst + 12)} << 32 | word(file, kFirst + 16);
  EXPECT_EQ(time, 1'700'000'000'123'456U);
  EXPECT_EQ(word(file, kFirst), 6U);
  EXPECT_EQ(word(file, kFirst + 4), kBlock);
  EXPECT_EQ(word(file, kFirst + 20), 29U);
  EXPECT_EQ(word(file, kFirst + 24), 29U);
  EXPECT_EQ(file.substr(kFirst + 28, 29), der::packet());
  EXPECT_EQ(word(file, kFirst + 64), 2U) << "outbound: from the target";
  EXPECT_EQ(word(file, kFirst + kBlock - 4), kBlock);
  EXPECT_EQ(word(file, kFirst + kBlock + 24), 1500U);
  EXPECT_EQ(word(file, kFirst + kBlock + 64), 1U) << "inbound: to the target";
}

TEST(WritePcapng, FramesAreAFileOfTheirOwn) {
  const Folder folder;
  const std::string l2cc =
      der::tlv(0xa6, der::tlv(0x80, der::octets({5, 4, 7, 2})) + der::tlv(0xa1, der::tlv(0x85, "frame")));
  write_file(
      folder / "hi3.ber",
      der::cc(der::numbered(0)) +
          der::pdu(der::numbered(1), der::tlv(0xa1, der::tlv(0x30, der::integer(0x80, 0) + der::tlv(0xa2, l2cc)))));
  EXPECT_EQ(write_pcapng(folder / "hi3.ber", folder / "packets.pcapng").value_or(0), 1U);
  EXPECT_EQ(write_pcapng(folder / "hi3.ber", folder / "frames.pcapng", SavedContent::kFrames).value_or(0), 1U);
  const std::string file = read_file(folder / "frames.pcapng");
  EXPECT_EQ(word(file, 36) & 0xffff, 1U) << "LINKTYPE_ETHERNET";
  EXPECT_EQ(file.substr(28 + 32 + 28, 5), "frame");
  EXPECT_EQ(read_file(folder / "packets.pcapng").find("frame"), std::string::npos);
}

TEST(WritePcapng, MediaAreSavedWhereTheyAreWholePackets) {
  const Folder folder;
  const auto media = [](uint32_t number, const std::string& octets, uint32_t frame) {
    const std::string body =
        der::tlv(0x80, der::octets({5, 5, 14, 2})) + der::tlv(0x81, octets) + der::integer(0x82, frame);
    return der::pdu(der::numbered(number),
                    der::tlv(0xa1, der::tlv(0x30, der::integer(0x80, 0) + der::tlv(0xa2, der::tlv(0xac, body)))));
  };
  write_file(folder / "hi3.ber", media(0, "Epacket", 0) + media(1, "only RTP", 2));
  EXPECT_EQ(write_pcapng(folder / "hi3.ber", folder / "packets.pcapng").value_or(0), 1U);
  const std::string file = read_file(folder / "packets.pcapng");
  EXPECT_NE(file.find("Epacket"), std::string::npos);
  EXPECT_EQ(file.find("only RTP"), std::string::npos);
}

TEST(Offline, ItsOwnInputIsNotWrittenOver) {
  const Folder folder;
  const std::string records = der::cc(der::numbered(0));
  write_file(folder / "hi3.ber", records);
  std::filesystem::create_hard_link(folder / "hi3.ber", folder / "same.ber");
  for (const char* const out : {"hi3.ber", "same.ber"}) {
    EXPECT_FALSE(write_pcapng(folder / "hi3.ber", folder / out).ok());
    EXPECT_FALSE(decrypt_file(folder / "hi3.ber", {}, folder / out).ok());
    EXPECT_EQ(read_file(folder / "hi3.ber"), records);
  }
  EXPECT_TRUE(decrypt_file(folder / "hi3.ber", {}, folder / "other.ber").ok());
  EXPECT_EQ(read_file(folder / "other.ber"), records);
}

TEST(Restore, CutsOffWhatACrashLeftAndCountsTheRest) {
  const Folder folder;
  const std::string whole = der::cc(der::numbered(0)) + der::cc(der::numbered(1));
  write_file(folder / "hi3.ber", whole + der::cc(der::numbered(2)).substr(0, 30));
  Intake intake(der::Interface::kHi3, {}, {}, "hi3");
  ASSERT_TRUE(intake.restore(folder / "hi3.ber").ok());
  EXPECT_EQ(read_file(folder / "hi3.ber"), whole);
  intake.record(as_bytes(der::cc(der::numbered(2))));
  EXPECT_EQ(intake.account().counts().cc, 3U);
  EXPECT_EQ(intake.account().series().totals().gaps, 0U);
}

TEST(Restore, RefusesAFileThatIsNoStreamOfRecords) {
  const Folder folder;
  write_file(folder / "hi3.ber", "something else");
  Intake intake(der::Interface::kHi3, {}, {}, "hi3");
  EXPECT_FALSE(intake.restore(folder / "hi3.ber").ok());
  EXPECT_EQ(read_file(folder / "hi3.ber"), "something else");
}

}  // namespace
}  // namespace lictor::lemf
