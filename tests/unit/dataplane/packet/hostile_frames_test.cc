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
#include "tests/unit/dataplane/packet/frame_octets.h"

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

TEST(HostileFrames, EveryLongerPrefixKnowsAtLeastWhatTheShorterKnew) {
  for (const Octets& frame : good_frames()) {
    ParsedFrame before;
    for (size_t bytes = 0; bytes <= frame.size(); ++bytes) {
      const ParsedFrame now = parse(Bytes(frame).first(bytes));
      ASSERT_FALSE(HasFatalFailure());
      ASSERT_TRUE(now.result != ParseResult::kDropped || now.drop == PacketDrop::kTruncated) << bytes;
      if (is_ip(before)) {
        ASSERT_EQ(now.result, before.result) << bytes;
        ASSERT_EQ(now.level[0].offset, before.level[0].offset) << bytes;
        ASSERT_GE(now.level[0].bytes, before.level[0].bytes) << bytes;
        ASSERT_GE(now.level[0].whole_bytes, before.level[0].whole_bytes) << bytes;
        ASSERT_TRUE(now.level[0].ports_known || !before.level[0].ports_known) << bytes;
      }
      before = now;
    }
    EXPECT_TRUE(is_ip(before));
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
  for (size_t i = 0; i < 200'000; ++i) {
    Octets frame = frames[random() % frames.size()];
    for (uint64_t flips = random() % 6; flips > 0; --flips)
      frame[12 + random() % (frame.size() - 12)] = static_cast<uint8_t>(random());
    if (random() % 3 == 0) frame.resize(random() % (frame.size() + 1));
    static_cast<void>(parse(frame));
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
      static_cast<void>(parse({octets, header->caplen}));
      ++frames;
    }
  }
  EXPECT_GT(frames, 0U) << "no capture in " << folder << " could be opened";
  RecordProperty("frames", std::to_string(frames));
}

}  // namespace
}  // namespace lictor
