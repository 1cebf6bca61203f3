// What pcapng_writer writes is what libpcap reads.
#include "encoders/pcap/pcapng_writer.h"

#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include <memory>
#include <vector>

#include "tests/unit/encoders/pcap/capture_octets.h"

namespace lictor {
namespace {

struct ReadPacket {
  int64_t unix_us;
  uint32_t original;
  Octets octets;
  friend bool operator==(const ReadPacket&, const ReadPacket&) = default;
};

// Everything that libpcap finds in a file of these octets.
std::vector<ReadPacket> read_back(const std::string& file, int link_type) {
  std::vector<ReadPacket> packets;
  char error[PCAP_ERRBUF_SIZE] = "";
  FILE* const stream = fmemopen(const_cast<char*>(file.data()), file.size(), "rb");
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> capture(pcap_fopen_offline(stream, error), &pcap_close);
  EXPECT_NE(capture, nullptr) << error;
  if (!capture) return packets;
  EXPECT_EQ(pcap_datalink(capture.get()), link_type);
  pcap_pkthdr* header = nullptr;
  const uint8_t* data = nullptr;
  int more = 0;
  while ((more = pcap_next_ex(capture.get(), &header, &data)) == 1) {
    packets.push_back({.unix_us = int64_t{header->ts.tv_sec} * 1'000'000 + header->ts.tv_usec,
                       .original = header->len,
                       .octets = Octets(data, data + header->caplen)});
  }
  EXPECT_EQ(more, PCAP_ERROR_BREAK) << pcap_geterr(capture.get());
  return packets;
}

Octets octets_of(size_t length) {
  Octets made(length);
  for (size_t i = 0; i < length; ++i) made[i] = static_cast<uint8_t>(i * 7 + length);
  return made;
}

TEST(PcapngWriter, PacketsOfEveryPaddingAreReadBackWithTimesAndLengths) {
  std::string file;
  append_pcapng_section(file, kLinkTypeRaw);
  std::vector<ReadPacket> written;
  for (const size_t length : {size_t{0}, size_t{1}, size_t{2}, size_t{3}, size_t{4}, size_t{1499}, size_t{65535}}) {
    const ReadPacket packet{.unix_us = 1'700'000'000'123'456 + static_cast<int64_t>(length),
                            .original = static_cast<uint32_t>(length) + 5,
                            .octets = octets_of(length)};
    append_pcapng_packet(file, {.unix_us = packet.unix_us, .packet = packet.octets, .original_bytes = packet.original});
    written.push_back(packet);
  }
  EXPECT_EQ(file.size() % 4, 0u);
  EXPECT_EQ(read_back(file, DLT_RAW), written);
}

TEST(PcapngWriter, ATimeBeforeTheEpochAndALengthBelowTheCapturedOneAreMadeValid) {
  std::string file;
  append_pcapng_section(file, kLinkTypeRaw);
  append_pcapng_packet(file, {.unix_us = -5, .packet = octets_of(9), .original_bytes = 3});
  const std::vector<ReadPacket> packets = read_back(file, DLT_RAW);
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(packets[0].unix_us, 0);
  EXPECT_EQ(packets[0].original, 9u);
}

TEST(PcapngWriter, TheDirectionIsInTheFlagsOption) {
  for (const PcapngDirection direction :
       {PcapngDirection::kUnknown, PcapngDirection::kInbound, PcapngDirection::kOutbound}) {
    std::string file;
    append_pcapng_packet(file, {.unix_us = 1, .packet = octets_of(8), .original_bytes = 8, .direction = direction});
    ASSERT_EQ(file.size(), 52u);
    const std::string option = {2, 0, 4, 0, static_cast<char>(direction), 0, 0, 0};
    EXPECT_EQ(file.substr(36, 8), option);
  }
}

}  // namespace
}  // namespace lictor
