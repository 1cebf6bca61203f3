// generate_capture: what it says it made is there, valid, and the same every time.

#include "encoders/pcap/capture_generate.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/unit/encoders/pcap/capture_octets.h"
#include "tests/unit/encoders/pcap/frame_check.h"

namespace lictor {
namespace {

struct Generated {
  GenerateSummary summary;
  Octets octets;
};

Generated generate(const GenerateOptions& options) {
  Written written;
  CaptureWriter writer(written.stream());
  Result<GenerateSummary> summary = generate_capture(options, writer);
  EXPECT_TRUE(summary.ok()) << summary.status();
  return {summary.ok() ? *summary : GenerateSummary{}, Octets(written.octets().begin(), written.octets().end())};
}

Octets address_of(const std::string& text) {
  Octets octets(text.find(':') == std::string::npos ? 4 : 16);
  EXPECT_EQ(inet_pton(octets.size() == 4 ? AF_INET : AF_INET6, text.c_str(), octets.data()), 1);
  return octets;
}

const GenerateOptions kMany = {.packets = 20'000,
                               .seed = 11,
                               .targets = {"192.0.2.77", "192.0.2.78", "2001:db8:77::77"},
                               .match_percent = 30,
                               .vlan = true};

TEST(CaptureGenerate, EveryLengthAndEveryChecksumIsValid) {
  const Generated generated = generate(kMany);
  FrameCheck check;
  for (const ReadFrame& frame : read_ethernet_pcap(generated.octets)) {
    check.check(frame.octets);
    EXPECT_EQ(frame.original, frame.octets.size());
  }
  EXPECT_LE(check.unfinished(), 1U) << "only the last datagram may miss fragments";
}

TEST(CaptureGenerate, HasAsManyPacketsOfEachTargetAsItSays) {
  const Generated generated = generate(kMany);
  FrameCheck check;
  std::map<Octets, uint64_t> ends;
  uint64_t matched = 0;
  uint64_t bytes = 0;
  uint64_t between_targets = 0;
  const std::vector<ReadFrame> frames = read_ethernet_pcap(generated.octets);
  for (const ReadFrame& frame : frames) {
    const CheckedFrame found = check.check(frame.octets);
    bytes += frame.octets.size();
    if (found.is_ip) ++ends[found.source], ++ends[found.destination];
    const auto is_end = [&found](const std::string& target) {
      return found.source == address_of(target) || found.destination == address_of(target);
    };
    const auto at_ends = std::count_if(kMany.targets.begin(), kMany.targets.end(), is_end);
    matched += at_ends > 0 ? 1 : 0;
    between_targets += at_ends == 2 ? 1 : 0;
  }
  ASSERT_EQ(generated.summary.targets.size(), kMany.targets.size());
  for (const auto& [target, packets] : generated.summary.targets) {
    EXPECT_EQ(packets, ends[address_of(target)]) << target;
    EXPECT_GT(packets, 0U);
  }
  EXPECT_EQ(generated.summary.packets, frames.size());
  EXPECT_EQ(generated.summary.packets, kMany.packets);
  EXPECT_EQ(generated.summary.bytes, bytes);
  EXPECT_EQ(generated.summary.matched, matched);
  EXPECT_GT(between_targets, 0U) << "a packet of two targets is a case of its own";
  EXPECT_NEAR(static_cast<double>(matched) / static_cast<double>(frames.size()), 0.30, 0.05);
}

TEST(CaptureGenerate, LooksLikeANetwork) {
  const Generated generated = generate(kMany);
  FrameCheck check;
  std::map<std::string, int> kinds;
  for (const ReadFrame& frame : read_ethernet_pcap(generated.octets)) {
    const CheckedFrame found = check.check(frame.octets);
    ++kinds[!found.is_ip ? "not ip" : found.ipv6 ? "ipv6" : "ipv4"];
    ++kinds["tags " + std::to_string(found.tags)];
    ++kinds["protocol " + std::to_string(found.protocol)];
    if (found.fragment) ++kinds[found.ipv6 ? "fragment of ipv6" : "fragment of ipv4"];
    if (found.tcp_flags == 0x02) ++kinds["tcp opens"];
    if (found.tcp_flags == 0x11) ++kinds["tcp closes"];
    if (found.is_ip && found.source == address_of("192.0.2.77")) ++kinds["from target"];
    if (found.is_ip && found.destination == address_of("192.0.2.77")) ++kinds["to target"];
  }
  for (const char* kind :
       {"not ip", "ipv4", "ipv6", "tags 0", "tags 1", "tags 2", "protocol 1", "protocol 6", "protocol 17",
        "protocol 58", "fragment of ipv4", "fragment of ipv6", "tcp opens", "tcp closes", "from target", "to target"}) {
    EXPECT_GT(kinds[kind], 20) << kind;
  }
}

TEST(CaptureGenerate, TheSameSeedGivesTheSameOctetsAndAnotherSeedOthers) {
  const Generated first = generate(kMany);
  EXPECT_EQ(first.octets, generate(kMany).octets);
  GenerateOptions other = kMany;
  other.seed = 12;
  EXPECT_NE(first.octets, generate(other).octets);
}

TEST(CaptureGenerate, StrangersHaveDocumentationAddressesOnly) {
  GenerateOptions options = kMany;
  options.targets.clear();
  const Generated generated = generate(options);
  FrameCheck check;
  const std::vector<Octets> prefixes = {{192, 0, 2}, {198, 51, 100}, {203, 0, 113}, {0x20, 0x01, 0x0d, 0xb8}};
  for (const ReadFrame& frame : read_ethernet_pcap(generated.octets)) {
    const CheckedFrame found = check.check(frame.octets);
    if (!found.is_ip) continue;
    for (const Octets& address : {found.source, found.destination}) {
      EXPECT_TRUE(std::any_of(prefixes.begin(), prefixes.end(), [&address](const Octets& prefix) {
        return std::equal(prefix.begin(), prefix.end(), address.begin());
      }));
    }
  }
  EXPECT_EQ(generated.summary.matched, 0U);
}

TEST(CaptureGenerate, WithAFixedSizeEveryFrameHasItUnlessHeadersNeedMore) {
  for (const char* size : {"64", "1000", "9000"}) {
    const Generated generated =
        generate({.packets = 2000, .targets = {"192.0.2.77"}, .match_percent = 100, .size = size});
    FrameCheck check;
    for (const ReadFrame& frame : read_ethernet_pcap(generated.octets)) {
      check.check(frame.octets);
      EXPECT_EQ(std::to_string(frame.octets.size()), size);
    }
    EXPECT_EQ(generated.summary.matched, 2000U) << "100 percent is all";
    EXPECT_EQ(generated.summary.longest, static_cast<uint32_t>(std::stoul(size)));
  }
  GenerateOptions small = kMany;
  small.size = "60";
  const Generated generated = generate(small);
  FrameCheck check;
  for (const ReadFrame& frame : read_ethernet_pcap(generated.octets)) check.check(frame.octets);
  EXPECT_EQ(generated.summary.longest, 14U + 8 + 40 + 20) << "two tags, IPv6 and TCP";
}

TEST(CaptureGenerate, StampsRiseAndStayValid) {
  int64_t last = 0;
  for (const ReadFrame& frame : read_ethernet_pcap(generate(kMany).octets)) {
    EXPECT_LT(frame.microseconds, 1'000'000U);
    const int64_t now = CaptureStamp{frame.seconds, frame.microseconds}.unix_ns();
    EXPECT_GT(now, last);
    last = now;
  }
}

TEST(CaptureGenerate, WhatCannotBeIsRefusedByTheNameOfItsOption) {
  const auto refused = [](GenerateOptions options) { return std::string(check_options(options).message()); };
  EXPECT_THAT(refused({.packets = 0}), testing::HasSubstr("--packets"));
  EXPECT_THAT(refused({.packets = kGeneratedPacketsMax + 1}), testing::HasSubstr("--packets"));
  EXPECT_THAT(refused({.packets = 1, .match_percent = 101}), testing::HasSubstr("--match-percent"));
  for (const char* size : {"", "59", "9001", "imi", "64x", "-64", "99999999999"}) {
    EXPECT_THAT(refused({.packets = 1, .size = size}), testing::HasSubstr("--size")) << size;
  }
  for (const char* target : {"", "192.0.2.256", "192.0.2.0/24", "example.org"}) {
    EXPECT_THAT(refused({.packets = 1, .targets = {target}}), testing::HasSubstr("--target")) << target;
  }
  EXPECT_THAT(refused({.packets = 1, .targets = {"2001:db8::1", "2001:DB8:0::1"}}), testing::HasSubstr("--target"));
  EXPECT_THAT(refused({.packets = 1, .targets = std::vector<std::string>(kGeneratedTargetsMax + 1, "192.0.2.1")}),
              testing::HasSubstr("--target"));
  EXPECT_TRUE(check_options(kMany).ok());
}

TEST(CaptureGenerate, TheSummaryIsOneLineOfJson) {
  const std::string line =
      to_json(GenerateSummary{.packets = 9, .bytes = 900, .matched = 4, .targets = {{"192.0.2.1", 4}}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["packets"], 9);
  EXPECT_EQ(json["targets"]["192.0.2.1"], 4);
}

}  // namespace
}  // namespace lictor
