// The traffic that a measurement offers: how long packets are, between whom, with which headers. A plan of a few words
// becomes frames in memory, the same ones for the same plan. No DPDK; made before measuring, then constant.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"
#include "dataplane/packet/ip_prefix.h"

namespace lictor::perf {

// Octets of a frame without its checksum: what a buffer holds.
constexpr uint32_t kFrameMin = 64;
constexpr uint32_t kFrameMax = 9216;
// Frames that a port goes round with. Some rest in the pools' caches and are not offered, hence the minimum.
constexpr uint32_t kPacketsMin = 1024;
constexpr uint32_t kPacketsMax = 1U << 20;

struct SizeShare {
  uint32_t bytes = kFrameMin;
  uint32_t weight = 1;
};

// "64", "imix" (64, 590 and 1514 octets, 7 to 4 to 1), or "64:7,590:4,1514:1": octets and weights. InvalidArgument
// names what is wrong.
Result<std::vector<SizeShare>> parse_sizes(std::string_view text);

struct TrafficPlan {
  std::vector<SizeShare> sizes = {{}};
  uint32_t packets = 16384;  // frames that are made; a port offers them again and again
  uint32_t flows = 10'000;   // pairs of addresses and ports; 0: one a packet, no address comes twice
  double zipf = 0;           // exponent of the flows' popularity; 0: all alike
  uint32_t ipv6_percent = 0;
  uint32_t vlan_percent = 0;     // IPv4 with one tag; what is neither is IPv4 without
  uint32_t tcp_percent = 50;     // where the frame holds the header; the rest is UDP
  double match_percent = 0;      // of packets that come from a target
  uint32_t match_targets = 100;  // among how many they are spread
  uint64_t seed = 2026;
};

// InvalidArgument names the part of the plan that cannot be.
Status check(const TrafficPlan& plan);

class Traffic {
 public:
  // `plan` has passed check().
  explicit Traffic(const TrafficPlan& plan);
  // These frames, at least one, again and again until there are kPacketsMin. The sources of most of them, at most
  // `targets`, are what matches.
  Traffic(const std::vector<std::vector<uint8_t>>& frames, uint32_t targets);

  [[nodiscard]] size_t count() const { return frames_.size(); }
  [[nodiscard]] Bytes frame(size_t index) const {
    return Bytes(octets_).subspan(frames_[index].at, frames_[index].bytes);
  }
  [[nodiscard]] uint32_t longest() const { return longest_; }
  // The hosts that match_percent of the packets come from.
  [[nodiscard]] const std::vector<IpPrefix>& targets() const { return targets_; }
  // Whether the prefix covers an address that occurs, a target's or another.
  [[nodiscard]] bool occurs(const IpPrefix& prefix) const;

 private:
  struct Frame {
    size_t at;
    uint32_t bytes;
  };
  MutableBytes add_frame(uint32_t bytes);

  std::vector<uint8_t> octets_;
  std::vector<Frame> frames_;
  std::vector<IpPrefix> targets_;
  std::vector<IpPrefix> addresses_;  // hosts, sorted
  uint32_t longest_ = 0;
};

// Writes the frames as a capture file that every reader of pcap knows.
Status write_capture(const Traffic& traffic, const std::string& path);

}  // namespace lictor::perf
