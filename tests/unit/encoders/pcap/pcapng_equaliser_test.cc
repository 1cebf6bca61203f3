// with_one_snap_length: interfaces agree, and nothing else changes.

#include "encoders/pcap/pcapng_equaliser.h"

#include <gtest/gtest.h>

#include "encoders/pcap/capture_adapt.h"
#include "tests/unit/encoders/pcap/capture_octets.h"

namespace lictor {
namespace {

constexpr uint32_t kSection = 0x0a0d0d0a;
constexpr uint32_t kByteOrder = 0x1a2b3c4d;
constexpr uint32_t kEthernet = 1;

// Builds pcapng files word by word, in one byte order.
class File {
 public:
  explicit File(bool big_endian = false) : big_endian_(big_endian) {}

  File& section() { return block(kSection, {kByteOrder, version(), 0xffffffff, 0xffffffff}); }
  File& interface(uint32_t snap) { return block(1, {big_endian_ ? kEthernet << 16 : kEthernet, snap}); }
  // An enhanced packet block with a frame of `words` words.
  File& packet(uint32_t interface, std::initializer_list<uint32_t> words) {
    const auto bytes = static_cast<uint32_t>(words.size() * 4);
    std::vector<uint32_t> body = {interface, 0, 5, bytes, bytes};
    body.insert(body.end(), words);
    return block(6, body);
  }
  File& block(uint32_t type, const std::vector<uint32_t>& body) {
    const auto total = static_cast<uint32_t>(12 + body.size() * 4);
    add(type), add(total);
    for (const uint32_t word : body) add(word);
    add(total);
    return *this;
  }
  File& add(uint32_t word) {
    big_endian_ ? append_big(octets, {word}) : append_little(octets, {word});
    return *this;
  }

  Octets octets;

 private:
  [[nodiscard]] uint32_t version() const { return big_endian_ ? 0x00010000 : 1; }
  bool big_endian_;
};

Octets read_all(Octets file, size_t piece_bytes) {
  const FileHandle stream = with_one_snap_length(reading(file));
  std::setvbuf(stream.get(), nullptr, _IONBF, 0);
  Octets out;
  Octets piece(piece_bytes);
  for (size_t got = 1; got > 0;) {
    got = std::fread(piece.data(), 1, piece.size(), stream.get());
    append(out, Bytes(piece).first(got));
  }
  return out;
}

Result<CaptureSummary> adapt(Octets& file, Written& written) {
  return adapt_capture(reading(file), [&] {
    return Result<std::unique_ptr<CaptureWriter>>(std::make_unique<CaptureWriter>(written.stream()));
  });
}

TEST(PcapngEqualiser, EveryInterfaceAnnouncesTheSame) {
  for (const bool big_endian : {false, true}) {
    File given(big_endian);
    given.section().interface(96).interface(65535).packet(1, {1, 2, 3}).section().interface(0);
    File wanted(big_endian);
    wanted.section().interface(kCapturedBytesMax).interface(kCapturedBytesMax).packet(1, {1, 2, 3});
    wanted.section().interface(kCapturedBytesMax);
    for (const size_t piece : {1, 3, 4, 16, 4096}) EXPECT_EQ(read_all(given.octets, piece), wanted.octets) << piece;
  }
}

TEST(PcapngEqualiser, WhatIsNoPcapngPassesUnchanged) {
  const Octets classic = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 1, 0, 0, 0, 20, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9};
  EXPECT_EQ(read_all(classic, 5), classic);
  EXPECT_EQ(read_all({1}, 5), Octets{1});
}

TEST(PcapngEqualiser, BlocksThatMakeNoSensePassUnchangedWithAllBehindThem) {
  File file;
  file.section().add(7).add(11).add(1).add(20).add(0).add(4).interface(5);
  EXPECT_EQ(read_all(file.octets, 7), file.octets);
}

TEST(PcapngEqualiser, EveryPrefixPassesToItsEnd) {
  File file;
  file.section().interface(96).interface(5).packet(0, {1});
  const Octets whole = read_all(file.octets, 4096);
  for (size_t length = 1; length < file.octets.size(); ++length) {
    const Octets prefix(file.octets.begin(), file.octets.begin() + static_cast<ptrdiff_t>(length));
    const Octets got = read_all(prefix, 4096);
    EXPECT_EQ(got.size(), length);
    // A snapshot length that is cut itself is nobody's.
    const bool cut_in_snap_length = (length > 40 && length < 44) || (length > 60 && length < 64);
    EXPECT_TRUE(cut_in_snap_length || std::equal(got.begin(), got.end(), whole.begin())) << length;
  }
}

TEST(PcapngEqualiser, AMergedCaptureIsAdaptedWholeAndItsLongFramesAreNotCut) {
  File file;
  file.section().interface(8).interface(262144).packet(0, {1, 2}).packet(1, {1, 2, 3, 4, 5, 6});
  Written written;
  const Result<CaptureSummary> summary = adapt(file.octets, written);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_FALSE(summary->truncated) << summary->damage;
  EXPECT_EQ(summary->packets, 2U);
  EXPECT_EQ(read_ethernet_pcap(written.octets())[1].octets.size(), 24U);
}

TEST(PcapngEqualiser, SimplePacketBlocksAreCutByTheFirstInterface) {
  File file;
  file.section().interface(8).interface(100).block(3, {60, 1, 2});
  Written written;
  const Result<CaptureSummary> summary = adapt(file.octets, written);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_FALSE(summary->truncated) << summary->damage;
  EXPECT_EQ(summary->packets, 1U);
  EXPECT_EQ(read_ethernet_pcap(written.octets())[0].octets.size(), 8U);
}

}  // namespace
}  // namespace lictor
