// adapt_capture: whole files of libpcap's formats, damaged ones and hostile ones.

#include "encoders/pcap/capture_adapt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "tests/unit/encoders/pcap/capture_octets.h"

namespace lictor {
namespace {

constexpr uint32_t kMicroseconds = 0xa1b2c3d4;
constexpr uint32_t kNanoseconds = 0xa1b23c4d;
constexpr uint32_t kEthernet = 1;
constexpr uint32_t kRaw = 101;

const Octets kFrame = {0x45, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

Octets pcap_header(uint32_t link_type, uint32_t magic = kMicroseconds) {
  Octets file;
  append_little(file, {magic, 0x00040002, 0, 0, kCapturedBytesMax, link_type});
  return file;
}

void add_frame(Octets& file, Bytes frame, uint32_t seconds, uint32_t fraction, uint32_t original = 0) {
  const auto captured = static_cast<uint32_t>(frame.size());
  append_little(file, {seconds, fraction, captured, original == 0 ? captured : original});
  append(file, frame);
}

struct Adapted {
  Result<CaptureSummary> summary;
  std::vector<ReadFrame> frames;
  bool opened = false;
};

Adapted adapt(Octets file) {
  Written written;
  bool opened = false;
  Result<CaptureSummary> summary = adapt_capture(reading(file), [&] {
    opened = true;
    return Result<std::unique_ptr<CaptureWriter>>(std::make_unique<CaptureWriter>(written.stream()));
  });
  std::vector<ReadFrame> frames;
  if (summary.ok()) frames = read_ethernet_pcap(written.octets());
  return {std::move(summary), std::move(frames), opened};
}

TEST(CaptureAdapt, EthernetComesOutOctetForOctetWithItsStamps) {
  Octets file = pcap_header(kEthernet);
  add_frame(file, kFrame, 1700000000, 999999);
  add_frame(file, Bytes(kFrame).first(3), 1700000001, 0, 1514);
  const Adapted adapted = adapt(file);
  ASSERT_TRUE(adapted.summary.ok()) << adapted.summary.status();
  ASSERT_EQ(adapted.frames.size(), 2U);
  EXPECT_EQ(adapted.frames[0].octets, kFrame);
  EXPECT_EQ(adapted.frames[0].seconds, 1700000000U);
  EXPECT_EQ(adapted.frames[0].microseconds, 999999U);
  EXPECT_EQ(adapted.frames[1].octets.size(), 3U);
  EXPECT_EQ(adapted.frames[1].original, 1514U);
  const CaptureSummary& summary = *adapted.summary;
  EXPECT_EQ(summary.packets, 2U);
  EXPECT_EQ(summary.bytes, 19U);
  EXPECT_EQ(summary.longest, 16U);
  EXPECT_EQ(summary.snapped, 1U);
  EXPECT_EQ(summary.link_type, "EN10MB");
  EXPECT_FALSE(summary.truncated);
  EXPECT_EQ(summary.first_unix_ns, 1'700'000'000'999'999'000);
  EXPECT_EQ(summary.last_unix_ns, 1'700'000'001'000'000'000);
}

TEST(CaptureAdapt, NanosecondsAreRoundedDownToMicroseconds) {
  Octets file = pcap_header(kRaw, kNanoseconds);
  add_frame(file, kFrame, 7, 999'999'999);
  const Adapted adapted = adapt(file);
  ASSERT_EQ(adapted.frames.size(), 1U);
  EXPECT_EQ(adapted.frames[0].seconds, 7U);
  EXPECT_EQ(adapted.frames[0].microseconds, 999'999U);
}

TEST(CaptureAdapt, OtherLinkTypesGrowByTheirNewHeaderOnTheWireToo) {
  Octets file = pcap_header(kRaw);
  add_frame(file, kFrame, 1, 2, 1000);
  const Adapted adapted = adapt(file);
  ASSERT_EQ(adapted.frames.size(), 1U);
  EXPECT_EQ(adapted.frames[0].octets.size(), kFrame.size() + 14);
  EXPECT_EQ(adapted.frames[0].original, 1014U);
  EXPECT_EQ(Octets(adapted.frames[0].octets.begin() + 14, adapted.frames[0].octets.end()), kFrame);
}

TEST(CaptureAdapt, PcapngIsReadTooAndInBigEndian) {
  Octets file;
  append_big(file, {0x0a0d0d0a, 28, 0x1a2b3c4d, 0x00010000, 0xffffffff, 0xffffffff, 28});
  append_big(file, {1, 20, kEthernet << 16, 0, 20});
  const uint64_t microseconds = 1'700'000'000'000'005;
  append_big(file, {6, 48, 0, static_cast<uint32_t>(microseconds >> 32), static_cast<uint32_t>(microseconds), 16, 16});
  append(file, kFrame);
  append_big(file, {48});
  const Adapted adapted = adapt(file);
  ASSERT_TRUE(adapted.summary.ok()) << adapted.summary.status();
  ASSERT_EQ(adapted.frames.size(), 1U);
  EXPECT_EQ(adapted.frames[0].octets, kFrame);
  EXPECT_EQ(adapted.summary->first_unix_ns, 1'700'000'000'000'005'000);
  EXPECT_FALSE(adapted.summary->truncated);
}

TEST(CaptureAdapt, EmptyAndOversizedFramesKeepTheirPlaceAndAreCounted) {
  Octets file = pcap_header(kEthernet);
  add_frame(file, {}, 1, 0, 60);
  add_frame(file, Octets(kOversizedBytes), 2, 0);
  add_frame(file, Octets(kOversizedBytes + 1), 3, 0);
  const Adapted adapted = adapt(file);
  ASSERT_EQ(adapted.frames.size(), 3U);
  EXPECT_TRUE(adapted.frames[0].octets.empty());
  EXPECT_EQ(adapted.summary->empty, 1U);
  EXPECT_EQ(adapted.summary->oversized, 1U);
  EXPECT_EQ(adapted.summary->longest, kOversizedBytes + 1);
}

TEST(CaptureAdapt, WhatANewHeaderPushesBeyondTheBoundIsCut) {
  Octets file = pcap_header(kRaw);
  add_frame(file, Octets(kCapturedBytesMax, 0x45), 1, 0);
  const Adapted adapted = adapt(file);
  ASSERT_EQ(adapted.frames.size(), 1U);
  EXPECT_EQ(adapted.frames[0].octets.size(), kCapturedBytesMax);
  EXPECT_EQ(adapted.frames[0].original, kCapturedBytesMax + 14);
  EXPECT_EQ(adapted.summary->snapped, 1U);
}

TEST(CaptureAdapt, ACaptureThatWasCutAnywhereKeepsWhatIsWhole) {
  Octets file = pcap_header(kEthernet);
  add_frame(file, kFrame, 1, 0);
  const size_t whole = file.size();
  add_frame(file, kFrame, 2, 0);
  for (size_t length = whole + 1; length < file.size(); ++length) {
    const Adapted adapted = adapt(Octets(file.begin(), file.begin() + static_cast<long>(length)));
    ASSERT_TRUE(adapted.summary.ok()) << length;
    EXPECT_EQ(adapted.frames.size(), 1U) << length;
    EXPECT_TRUE(adapted.summary->truncated) << length;
    EXPECT_FALSE(adapted.summary->damage.empty()) << length;
  }
}

TEST(CaptureAdapt, ACaptureOfNothingIsACaptureOfNothing) {
  const Adapted adapted = adapt(pcap_header(kEthernet));
  ASSERT_TRUE(adapted.summary.ok());
  EXPECT_EQ(adapted.summary->packets, 0U);
  EXPECT_EQ(adapted.summary->first_unix_ns, 0);
  EXPECT_EQ(adapted.summary->last_unix_ns, 0);
}

TEST(CaptureAdapt, StampsThatGoBackwardsStillGiveTheEarliestAndTheLatest) {
  Octets file = pcap_header(kEthernet);
  for (const uint32_t seconds : {50U, 10U, 90U, 20U}) add_frame(file, kFrame, seconds, 1);
  const Adapted adapted = adapt(file);
  ASSERT_TRUE(adapted.summary.ok());
  EXPECT_EQ(adapted.summary->first_unix_ns, 10'000'001'000);
  EXPECT_EQ(adapted.summary->last_unix_ns, 90'000'001'000);
}

TEST(CaptureAdapt, ALinkTypeThatCannotBeAdaptedIsRefusedByNameBeforeAnythingIsWritten) {
  const Adapted adapted = adapt(pcap_header(105));
  EXPECT_EQ(adapted.summary.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(adapted.summary.status().message()), testing::HasSubstr("IEEE802_11"));
  EXPECT_FALSE(adapted.opened);
}

TEST(CaptureAdapt, WhatIsNoCaptureIsRefusedBeforeAnythingIsWritten) {
  for (const Octets& file : {Octets{'n', 'o', ' ', 'c', 'a', 'p', 't', 'u', 'r', 'e'}, Octets{0xd4, 0xc3, 0xb2}}) {
    const Adapted adapted = adapt(file);
    EXPECT_EQ(adapted.summary.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_FALSE(adapted.opened);
  }
}

TEST(CaptureAdapt, AFullDiskIsNotSuccess) {
  Octets file = pcap_header(kEthernet);
  add_frame(file, kFrame, 1, 0);
  const auto summary = adapt_capture(reading(file), [] { return CaptureWriter::open("/dev/full"); });
  EXPECT_EQ(summary.status().code(), absl::StatusCode::kUnavailable);
}

TEST(CaptureAdapt, TheSummaryIsOneLineOfJson) {
  const CaptureSummary summary{.packets = 3,
                               .bytes = 180,
                               .link_type = "RAW",
                               .truncated = true,
                               .damage = "\xff",
                               .longest = 60,
                               .first_unix_ns = 5,
                               .last_unix_ns = 7};
  const std::string line = to_json(summary);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["packets"], 3);
  EXPECT_EQ(json["bytes"], 180);
  EXPECT_EQ(json["link_type"], "RAW");
  EXPECT_EQ(json["truncated"], true);
  EXPECT_EQ(json["longest"], 60);
  EXPECT_EQ(json["first_unix_ns"], 5);
  EXPECT_EQ(json["last_unix_ns"], 7);
}

}  // namespace
}  // namespace lictor
