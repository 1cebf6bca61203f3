// A matcher with its clock in the test's hand, compiled sets, and packets of conversations between two ends.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/pattern/pattern_compiler.h"
#include "dataplane/pattern/pattern_matcher.h"
#include "tests/unit/dataplane/packet/level_of.h"

namespace lictor {

inline Pattern literal(std::string octets, PatternReach reach = PatternReach::kPacket) {
  return {.kind = PatternKind::kLiteral, .octets = std::move(octets), .reach = reach};
}
inline Pattern expression(std::string octets, PatternReach reach = PatternReach::kPacket) {
  return {.kind = PatternKind::kExpression, .octets = std::move(octets), .reach = reach};
}
inline Pattern in_any_case(Pattern pattern) {
  pattern.any_case = true;
  return pattern;
}

using SetOwner = std::unique_ptr<const PatternSet>;

inline Result<SetOwner> try_compile(const std::vector<Pattern>& patterns, const PatternLimits& limits = {}) {
  const std::atomic<bool> never{false};
  return PatternSet::compile(patterns, limits, 1, never);
}

inline SetOwner compiled(const std::vector<Pattern>& patterns) {
  Result<SetOwner> set = try_compile(patterns);
  EXPECT_TRUE(set.ok()) << set.status();
  return *std::move(set);
}

// One end of a conversation; the other end is kFar.
struct End {
  Octets address = {192, 0, 2, 7};
  uint16_t port = 4000;
};
inline const End kNear;
inline const End kFar{{198, 51, 100, 9}, 80};

struct SegmentFields {
  End from = kNear;
  End to = kFar;
  uint8_t flags = kTcpAcknowledge;
};

inline Octets text_octets(std::string_view text) { return {text.begin(), text.end()}; }

inline Octets tcp_packet(uint32_t sequence, std::string_view payload, const SegmentFields& fields = {}) {
  Octets segment;
  append16(segment, fields.from.port);
  append16(segment, fields.to.port);
  append16(segment, sequence >> 16);
  append16(segment, sequence & 0xffff);
  append(segment, {0, 0, 0, 0, 0x50, fields.flags, 1, 0, 0, 0, 0, 0});
  append(segment, text_octets(payload));
  return ethernet(kIpv4Type,
                  ipv4({.protocol = 6, .source = fields.from.address, .destination = fields.to.address}, segment));
}

inline Octets udp_packet(std::string_view payload, const End& from = kNear, const End& to = kFar) {
  Octets datagram;
  append16(datagram, from.port);
  append16(datagram, to.port);
  append16(datagram, static_cast<unsigned>(8 + payload.size()));
  append16(datagram, 0);
  append(datagram, text_octets(payload));
  return ethernet(kIpv4Type, ipv4({.protocol = 17, .source = from.address, .destination = to.address}, datagram));
}

class MatcherBench {
 public:
  explicit MatcherBench(const PatternLimits& limits = small())
      : matcher_({.lcore = 0,
                  .limits = limits,
                  .cycles = read_cycles,
                  .cycles_per_second = 1'000'000,
                  .account = &account_}) {
    cycles = 0;
    cycles_a_scan = 0;
  }

  static PatternLimits small() { return {.streams_max = 64, .flows_max = 16}; }

  PatternVerdict judge(const PatternSet& set, const Octets& frame, PacketTime time = {}) {
    between_ = true;
    const ExactCopy copy(frame);
    const IpLevel level = level_of(frame);
    return matcher_.judge(set, {.level = level, .frame = copy.bytes(), .tap_group = 0, .time = time});
  }
  bool selects(const PatternSet& set, const Octets& frame, PacketTime time = {}) {
    return judge(set, frame, time) == PatternVerdict::kSelected;
  }

  [[nodiscard]] const PatternAccount& account() const { return account_; }
  PatternMatcher& matcher() { return matcher_; }

  static inline uint64_t cycles = 0;         // what the clock shows next
  static inline uint64_t cycles_a_scan = 0;  // between the two readings of a packet

 private:
  static uint64_t read_cycles() {
    const bool begins = std::exchange(between_, false);
    return begins ? std::exchange(cycles, cycles + cycles_a_scan) : cycles;
  }

  static inline bool between_ = true;  // two packets

  PatternAccount account_;
  PatternMatcher matcher_;
};

}  // namespace lictor
