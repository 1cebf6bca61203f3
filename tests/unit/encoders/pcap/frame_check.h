// A second reading of generated frames: lengths and checksums word by word, fragments put together, so that what the
// builder computes in larger steps is held against the RFCs.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "dataplane/base/bytes.h"

namespace lictor {

struct CheckedFrame {
  bool is_ip = false;
  bool ipv6 = false;
  bool fragment = false;
  uint8_t protocol = 0;
  uint8_t tcp_flags = 0;
  size_t tags = 0;
  std::vector<uint8_t> source;
  std::vector<uint8_t> destination;
};

inline uint16_t ones_complement(const std::vector<uint8_t>& octets) {
  uint32_t sum = 0;
  for (size_t i = 0; i < octets.size(); i += 2) {
    sum += static_cast<uint32_t>(octets[i] << 8 | (i + 1 < octets.size() ? octets[i + 1] : 0));
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<uint16_t>(sum);
}

// Feed it every frame in order; what is wrong fails the test.
class FrameCheck {
 public:
  CheckedFrame check(Bytes frame) {
    ByteReader in(frame);
    CheckedFrame found;
    EXPECT_GE(frame.size(), 60U);
    in.take(12);
    uint16_t type = in.u16();
    for (; type == 0x8100 || type == 0x88a8; type = in.u16()) {
      EXPECT_NE(in.u16() & 0x0fff, 0) << "VLAN 0 is no VLAN";
      ++found.tags;
    }
    found.is_ip = type == 0x0800 || type == 0x86dd;
    found.ipv6 = type == 0x86dd;
    EXPECT_TRUE(type >= 0x0600 || type <= in.remaining()) << "an 802.3 length beyond the frame";
    if (found.is_ip) found.ipv6 ? check_ipv6(in, found) : check_ipv4(in, found);
    EXPECT_TRUE(in.ok());
    return found;
  }

  // Datagrams of which fragments are missing.
  [[nodiscard]] size_t unfinished() const { return datagrams_.size(); }

 private:
  using Key = std::tuple<std::vector<uint8_t>, std::vector<uint8_t>, uint32_t>;

  static std::vector<uint8_t> copy(Bytes octets) { return {octets.begin(), octets.end()}; }

  void check_ipv4(ByteReader in, CheckedFrame& found) {
    const Bytes header = in.rest().first(20);
    EXPECT_EQ(ones_complement(copy(header)), 0xffff);
    EXPECT_EQ(in.u8(), 0x45);
    in.u8();
    const uint16_t total = in.u16();
    const uint16_t identification = in.u16();
    const uint16_t fragment = in.u16();
    in.u8();
    found.protocol = in.u8();
    in.u16();
    found.source = copy(in.take(4));
    found.destination = copy(in.take(4));
    found.fragment = (fragment & 0x3fff) != 0;
    collect(found, identification, (fragment & 0x1fff) * 8U, (fragment & 0x2000) != 0, in.take(total - 20U));
    EXPECT_TRUE(in.ok());
  }

  void check_ipv6(ByteReader in, CheckedFrame& found) {
    EXPECT_EQ(in.u32() >> 28, 6U);
    uint16_t length = in.u16();
    found.protocol = in.u8();
    in.u8();
    found.source = copy(in.take(16));
    found.destination = copy(in.take(16));
    uint16_t offset = 0;
    uint32_t identification = 0;
    found.fragment = found.protocol == 44;
    if (found.fragment) {
      found.protocol = in.u8();
      in.u8();
      offset = in.u16();
      identification = in.u32();
      length = static_cast<uint16_t>(length - 8);
    }
    collect(found, identification, offset & 0xfff8U, (offset & 1) != 0, in.take(length));
    EXPECT_TRUE(in.ok());
  }

  void collect(CheckedFrame& found, uint32_t identification, size_t offset, bool more, Bytes piece) {
    if (!found.fragment) return check_transport(found, copy(piece));
    EXPECT_TRUE(!more || piece.size() % 8 == 0);
    std::vector<uint8_t>& whole = datagrams_[{found.source, found.destination, identification}];
    EXPECT_EQ(whole.size(), offset) << "fragments in order, none overlaps";
    whole.insert(whole.end(), piece.begin(), piece.end());
    if (more) return;
    check_transport(found, whole);
    datagrams_.erase({found.source, found.destination, identification});
  }

  static void check_transport(CheckedFrame& found, const std::vector<uint8_t>& segment) {
    std::vector<uint8_t> summed;
    if (found.protocol != 1) {
      summed = found.source;
      summed.insert(summed.end(), found.destination.begin(), found.destination.end());
      const auto length = static_cast<uint16_t>(segment.size());
      for (const uint8_t octet :
           {uint8_t{0}, found.protocol, static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length)}) {
        summed.push_back(octet);
      }
    }
    summed.insert(summed.end(), segment.begin(), segment.end());
    EXPECT_EQ(ones_complement(summed), 0xffff) << "protocol " << int{found.protocol};
    ByteReader in(segment);
    if (found.protocol == 17) {
      in.take(4);
      EXPECT_EQ(in.u16(), segment.size());
      EXPECT_NE(in.u16(), 0) << "no checksum";
    } else if (found.protocol == 6) {
      in.take(12);
      EXPECT_EQ(in.u8() >> 4, 5);
      found.tcp_flags = in.u8();
    } else {
      EXPECT_TRUE(found.protocol == 1 || found.protocol == 58);
    }
  }

  std::map<Key, std::vector<uint8_t>> datagrams_;
};

}  // namespace lictor
