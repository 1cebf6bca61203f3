// The parser over frames that are cut at every octet, damaged at random, and malformed by others. Every frame stands
// alone on the heap, so that the sanitised builds see a read behind its end.

#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

#include "dataplane/packet/classify_batch.h"
#include "dataplane/packet/naive_classifier.h"
#include "tests/unit/dataplane/packet/tunnel_octets.h"

namespace lictor {
namespace {

bool is_ip(const ParsedFrame& parsed) { return parsed.result == ParseResult::kIp; }

// One of each shape that the parser tells apart, all of them IP in the end.
std::vector<Octets> good_frames() {
  const Octets options(40, 1);
  return {
      ethernet(kIpv4Type, ipv4({}, udp(20))),
      ethernet(kIpv4Type, ipv4({.total = 0}, udp(20))),
      ethernet(kIpv4Type, ipv4({.words = 15, .protocol = 6}, join({options, udp(20)}))),
      ethernet(kIpv4Type, ipv4({.fragment = 0x2001}, udp(20))),
      ethernet(kIpv4Type, ipv4({}, udp(0)), std::vector<Tag>(4)),
      ethernet(60, snap(kIpv4Type, ipv4({}, udp(20))), {{0x88a8, 7}}),
      ethernet(kIpv6Type, ipv6({}, udp(20))),
      ethernet(kIpv6Type, ipv6({.next = 0}, join({extension(60), extension(43), extension(17), udp()})), {{0x9100, 9}}),
      ethernet(kIpv6Type, ipv6({.payload = 0, .next = 0}, join({jumbo_header(17, 70000), udp(20)}))),
      ethernet(80, snap(kIpv6Type, ipv6({.next = 44}, join({{17, 0, 0, 1, 0, 0, 0, 1}, udp()})))),
  };
}

// One of each encapsulation, and some in each other.
std::vector<Octets> tunnel_frames() {
  const Octets inner_frame = ethernet(kIpv4Type, inner_ipv4(), {{0x8100, 7}});
  const Octets session = ppp(0x0021, inner_ipv4());
  const Octets tunnel =
      ipv4({.protocol = 17},
           udp_between(50000, 2152, gtp_u({.flags = 0x34}, join({{0, 0, 0, 0x85, 1, 0, 0, 0}, inner_ipv4()}))));
  return {
      ethernet(kMplsType, mpls({17, 42}, inner_ipv4())),
      ethernet(kMplsType, mpls({17, 7, 42}, join({Octets(4), inner_frame})), {{0x88a8, 7}}),
      ethernet(kMplsType, mpls({42}, inner_frame)),
      ethernet(kPppoeType, pppoe(session), {{0x88a8, 7}, {0x8100, 8}}),
      over_ipv4(47, gre(0xf000, kIpv6Type, join({Octets(12), {8, 0, 0, 4, 1, 2, 3, 4}, Octets(4)}), inner_ipv6())),
      over_ipv4(47, gre(0x2000, kBridgedType, of32(77), inner_frame)),
      over_ipv4(47, gre(0x3081, 0x880b, Octets(12), session)),
      over_ipv4(47, gre(0x1000, kErspanType, Octets(4), join({{0x10, 0, 0, 0, 0, 0, 0, 0}, inner_frame}))),
      over_ipv4(47, gre(0x1000, kErspanIiiType, Octets(4), join({{0x20}, Octets(10), {1}, Octets(8), inner_frame}))),
      over_ipv6(60, join({extension(41), inner_ipv6()})),
      over_udp(4789, vxlan(7, inner_frame)),
      over_udp(6081, geneve(7, kBridgedType, inner_frame, 3)),
      over_udp(4790, vxlan_gpe(7, 4, nsh(3, inner_frame))),
      ethernet(kNshType, nsh(1, inner_ipv4()), {{0x88a8, 7}}),
      over_udp(6635, mpls({17, 42}, inner_ipv4())),
      over_udp(2152, gtp_u({}, inner_frame)),
      over_udp(1701, l2tp_v2(0x4a00, join({Octets(4), {0, 3, 1, 2, 3}}), session)),
      over_ipv4(115, join({of32(7), Octets(4), inner_frame})),
      over_udp(4789, vxlan(7, ethernet(kIpv4Type, tunnel))),
      ethernet(kMplsType, mpls({42}, ipv4({.protocol = 4}, tunnel))),
  };
}

// Broken in one field each.
std::vector<Octets> bad_frames() {
  return {
      ethernet(kIpv4Type, ipv4({.version = 6}, udp())),
      ethernet(kIpv4Type, ipv4({.words = 4}, udp())),
      ethernet(kIpv4Type, ipv4({.total = 19}, udp())),
      ethernet(kIpv6Type, ipv6({.version = 4}, udp())),
      ethernet(kIpv4Type, {}, std::vector<Tag>(5)),
      ethernet(kIpv6Type, ipv6({.next = 60}, {17, 255})),
      ethernet(kArpType, Octets(28)),
  };
}

// What a longer prefix of a frame says, beside what the shorter said.
void expect_no_less(const ParsedFrame& now, const ParsedFrame& before) {
  ASSERT_GE(now.level_count, before.level_count);
  for (size_t i = 0; i < before.level_count; ++i) {
    ASSERT_EQ(now.level[i].offset, before.level[i].offset);
    ASSERT_GE(now.level[i].bytes, before.level[i].bytes);
    ASSERT_GE(now.level[i].whole_bytes, before.level[i].whole_bytes);
    ASSERT_TRUE(now.level[i].ports_known || !before.level[i].ports_known);
  }
}

TEST(HostileFrames, EveryLongerPrefixKnowsAtLeastWhatTheShorterKnew) {
  std::vector<Octets> frames = good_frames();
  for (const Octets& frame : tunnel_frames()) frames.push_back(frame);
  for (size_t i = 0; i < frames.size(); ++i) {
    ParsedFrame before;
    for (size_t bytes = 0; bytes <= frames[i].size(); ++bytes) {
      const ParsedFrame now = parse(Bytes(frames[i]).first(bytes), kTrustAll);
      ASSERT_FALSE(HasFatalFailure());
      ASSERT_TRUE(now.result != ParseResult::kDropped || now.drop == PacketDrop::kTruncated) << bytes;
      expect_no_less(now, before);
      ASSERT_FALSE(HasFatalFailure()) << "frame " << i << ", octet " << bytes;
      before = now;
    }
    EXPECT_TRUE(is_ip(before));
    EXPECT_FALSE(before.inner_damaged) << "frame " << i;
    if (i >= good_frames().size()) {
      EXPECT_EQ(before.level[before.level_count - 1].source_port, 4000) << i;
    }
  }
}

TEST(HostileFrames, WithoutTrustTheOutermostLevelIsTheSameAndTheOnlyOne) {
  for (const Octets& frame : tunnel_frames()) {
    const ParsedFrame trusted = parse(frame, kTrustAll);
    const ParsedFrame plain = parse(frame);
    if (plain.result == ParseResult::kNotIp) continue;  // under labels or PPP
    ASSERT_EQ(plain.level_count, 1);
    EXPECT_EQ(plain.level[0].offset, trusted.level[0].offset);
    EXPECT_EQ(plain.level[0].bytes, trusted.level[0].bytes);
    EXPECT_GT(trusted.level_count, 1);
  }
}

TEST(HostileFrames, PrefixOfABrokenFrameIsTruncatedOrAlreadyWhatTheFrameIs) {
  for (const Octets& frame : bad_frames()) {
    const ParsedFrame whole = parse(frame);
    for (size_t bytes = 0; bytes < frame.size(); ++bytes) {
      const ParsedFrame cut = parse(Bytes(frame).first(bytes));
      ASSERT_FALSE(HasFatalFailure());
      if (cut.result == ParseResult::kDropped && cut.drop == PacketDrop::kTruncated) continue;
      ASSERT_EQ(cut.result, whole.result) << bytes;
      ASSERT_EQ(cut.drop, whole.drop) << bytes;
    }
  }
}

TEST(HostileFrames, RandomDamageNeverGivesAViewOutsideTheFrame) {
  std::mt19937_64 random(20);
  std::vector<Octets> frames = good_frames();
  for (const Octets& frame : bad_frames()) frames.push_back(frame);
  for (const Octets& frame : tunnel_frames()) frames.push_back(frame);
  for (size_t i = 0; i < 400'000; ++i) {
    Octets frame = frames[random() % frames.size()];
    for (uint64_t flips = random() % 6; flips > 0; --flips)
      frame[12 + random() % (frame.size() - 12)] = static_cast<uint8_t>(random());
    if (random() % 3 == 0) frame.resize(random() % (frame.size() + 1));
    static_cast<void>(parse(frame, i % 2 == 0 ? kTrustAll : EncapsulationTrust{}));
    ASSERT_FALSE(HasFatalFailure()) << "round " << i;
  }
}

std::filesystem::path malformed_captures() {
  const char* const chosen = std::getenv("LICTOR_CAPTURES");
  return std::filesystem::path(chosen != nullptr ? chosen : LICTOR_CAPTURES_DEFAULT) / "malformed";
}

TargetRule everything(bool ipv6) { return {.prefix = {.ipv6 = ipv6}, .slot = TaskSlot{0}, .start = {0}, .stop = {1}}; }

// Every prefix of a frame, up to where headers end, as bursts against rules that match whatever is IP.
void expect_sound_prefixes(Bytes frame, const TargetTable& table, std::span<const TargetRule> rules) {
  static MatchBatch matches(1);
  for (size_t first = 0; first <= std::min(frame.size(), kHeaderBytesMax); first += kBurst) {
    auto batch = std::make_unique<PacketBatch>();
    std::vector<ExactCopy> copies;
    for (; batch->count < kBurst && first + batch->count <= frame.size(); ++batch->count) {
      copies.emplace_back(frame.first(first + batch->count));
      batch->header[batch->count] = copies.back().bytes();
      batch->frame_bytes[batch->count] = static_cast<uint32_t>(copies.back().bytes().size());
    }
    parse_batch(*batch, UINT32_MAX, {});
    classify_batch(*batch, table, LegalTime{0}, matches);
    for (size_t i = 0; i < batch->count; ++i) {
      expect_sound(batch->parsed[i], batch->header[i], batch->frame_bytes[i]);
      ASSERT_EQ(matches.tasks(i).size(), classify_naively(batch->header[i], 0, LegalTime{0}, rules).size());
    }
  }
}

TEST(HostileFrames, MalformedPublicCapturesAreReadWithoutFinding) {
  const std::filesystem::path folder = malformed_captures();
  if (!std::filesystem::is_directory(folder)) GTEST_SKIP() << "no captures in " << folder;
  const std::vector<TargetRule> rules = {everything(false), everything(true)};
  const auto table = TargetTable::build(rules);
  size_t frames = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    char error[PCAP_ERRBUF_SIZE];
    const std::unique_ptr<pcap_t, void (*)(pcap_t*)> file(pcap_open_offline(entry.path().c_str(), error), pcap_close);
    if (file == nullptr) continue;  // the file is malformed, and not what is in it
    pcap_pkthdr* header = nullptr;
    const u_char* octets = nullptr;
    while (pcap_next_ex(file.get(), &header, &octets) == 1) {
      expect_sound_prefixes({octets, header->caplen}, *table, rules);
      ASSERT_FALSE(HasFatalFailure()) << entry.path() << " frame " << frames;
      static_cast<void>(parse({octets, header->caplen}, kTrustAll));
      ++frames;
    }
  }
  EXPECT_GT(frames, 0U) << "no capture in " << folder << " could be opened";
  RecordProperty("frames", std::to_string(frames));
}

}  // namespace
}  // namespace lictor
