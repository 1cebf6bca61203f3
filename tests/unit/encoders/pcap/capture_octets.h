// Captures in memory for the tests of lictor-capture: made and read with own code, so that a mistake of the writer or
// of libpcap's use shows as a difference.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/base/bytes.h"
#include "encoders/pcap/capture_writer.h"

namespace lictor {

using Octets = std::vector<uint8_t>;

inline void append(Octets& out, Bytes octets) { out.insert(out.end(), octets.begin(), octets.end()); }

inline void append_little(Octets& out, std::initializer_list<uint32_t> words) {
  for (const uint32_t word : words) {
    for (unsigned shift = 0; shift < 32; shift += 8) out.push_back(static_cast<uint8_t>(word >> shift));
  }
}

inline void append_big(Octets& out, std::initializer_list<uint32_t> words) {
  for (const uint32_t word : words) {
    for (unsigned shift = 32; shift > 0; shift -= 8) out.push_back(static_cast<uint8_t>(word >> (shift - 8)));
  }
}

// A stream that reads `octets`, which must outlive it.
inline FileHandle reading(Octets& octets) { return FileHandle(fmemopen(octets.data(), octets.size(), "rb")); }

// What a stream wrote.
class Written {
 public:
  ~Written() { std::free(data_); }
  FileHandle stream() { return FileHandle(open_memstream(&data_, &size_)); }
  // After the stream was closed.
  [[nodiscard]] Bytes octets() const { return {reinterpret_cast<const uint8_t*>(data_), size_}; }

 private:
  char* data_ = nullptr;
  size_t size_ = 0;
};

struct ReadFrame {
  uint32_t seconds = 0;
  uint32_t microseconds = 0;
  uint32_t original = 0;
  Octets octets;
};

inline uint32_t little(ByteReader& in) { return __builtin_bswap32(in.u32()); }

// The frames of a little-endian Ethernet pcap with microseconds, which is all that net_pcap is promised.
inline std::vector<ReadFrame> read_ethernet_pcap(Bytes octets) {
  ByteReader in(octets);
  EXPECT_EQ(little(in), 0xa1b2c3d4U);
  EXPECT_EQ(little(in), 0x00040002U);
  in.take(8);
  EXPECT_EQ(little(in), kCapturedBytesMax);
  EXPECT_EQ(little(in), 1U);
  std::vector<ReadFrame> frames;
  while (in.ok() && in.remaining() > 0) {
    ReadFrame frame;
    frame.seconds = little(in);
    frame.microseconds = little(in);
    const uint32_t captured = little(in);
    frame.original = little(in);
    const Bytes body = in.take(captured);
    frame.octets.assign(body.begin(), body.end());
    frames.push_back(std::move(frame));
  }
  EXPECT_TRUE(in.ok()) << "ends inside a frame";
  return frames;
}

}  // namespace lictor
