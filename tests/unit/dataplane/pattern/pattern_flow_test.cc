// Patterns that select a flow: from which packet on, in which directions, and until when.
#include "tests/unit/dataplane/pattern/pattern_bench.h"

namespace lictor {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr uint8_t kFinAck = kTcpFin | kTcpAcknowledge;
const SegmentFields kBack{.from = kFar, .to = kNear};

SetOwner flow_set() { return compiled({literal("needle", PatternReach::kFlow)}); }

TEST(PatternFlow, FromTheMatchOnBothDirectionsAreSelected) {
  const SetOwner set = flow_set();
  MatcherBench bench;
  EXPECT_FALSE(bench.selects(*set, tcp_packet(100, "nee")));
  EXPECT_FALSE(bench.selects(*set, tcp_packet(900, "answer", kBack)));
  EXPECT_TRUE(bench.selects(*set, tcp_packet(103, "dle")));
  EXPECT_TRUE(bench.selects(*set, tcp_packet(106, "whatever")));
  EXPECT_TRUE(bench.selects(*set, tcp_packet(906, "answer", kBack)));
  EXPECT_TRUE(bench.selects(*set, tcp_packet(912, "", kBack))) << "without content too";
  EXPECT_FALSE(bench.selects(*set, tcp_packet(1, "other", {.from = {{192, 0, 2, 7}, 4001}})));
}

TEST(PatternFlow, DatagramsHaveFlowsToo) {
  const SetOwner set = flow_set();
  MatcherBench bench;
  EXPECT_FALSE(bench.selects(*set, udp_packet("before")));
  EXPECT_TRUE(bench.selects(*set, udp_packet("needle")));
  EXPECT_TRUE(bench.selects(*set, udp_packet("after", kFar, kNear)));
}

TEST(PatternFlow, AFragmentOfAFlowThatNobodyKnowsSelectsNone) {
  const auto later = [](std::string_view text, uint8_t protocol) {
    return ethernet(kIpv4Type, ipv4({.fragment = 10, .protocol = protocol}, text_octets(text)));
  };
  const SetOwner set = flow_set();
  for (const uint8_t protocol : {uint8_t{6}, uint8_t{17}, uint8_t{132}}) {
    MatcherBench bench;
    EXPECT_TRUE(bench.selects(*set, later("needle", protocol)));
    EXPECT_FALSE(bench.selects(*set, later("of another flow", protocol)));
  }
  MatcherBench bench;
  EXPECT_TRUE(bench.selects(*set, later("needle", 50)));
  EXPECT_TRUE(bench.selects(*set, later("after", 50))) << "without ports it is all that the two exchange";
}

TEST(PatternFlow, AnotherTaskOfTheSameFlowSeesNothingOfIt) {
  const SetOwner set = flow_set();
  const SetOwner other = compiled({literal("thread", PatternReach::kFlow)});
  MatcherBench bench;
  EXPECT_TRUE(bench.selects(*set, udp_packet("needle")));
  EXPECT_FALSE(bench.selects(*other, udp_packet("after")));
}

TEST(PatternFlow, APatternOfThePacketAloneSelectsNoFlow) {
  const SetOwner set = compiled({literal("needle"), literal("thread", PatternReach::kFlow)});
  MatcherBench bench;
  EXPECT_TRUE(bench.selects(*set, udp_packet("needle")));
  EXPECT_FALSE(bench.selects(*set, udp_packet("after")));
  EXPECT_TRUE(bench.selects(*set, udp_packet("needle thread"))) << "the second match is heard behind the first";
  EXPECT_TRUE(bench.selects(*set, udp_packet("after")));
}

TEST(PatternFlow, ASelectedFlowCostsNoBudget) {
  const SetOwner set = flow_set();
  MatcherBench bench;
  EXPECT_TRUE(bench.selects(*set, udp_packet("needle")));
  const uint64_t scanned = bench.account().scanned.get();
  EXPECT_TRUE(bench.selects(*set, udp_packet("after")));
  EXPECT_EQ(bench.account().scanned.get(), scanned);
}

TEST(PatternFlow, ANewConnectionAfterTheEndIsAnotherFlow) {
  const SetOwner set = flow_set();
  MatcherBench bench;
  EXPECT_TRUE(bench.selects(*set, tcp_packet(100, "needle")));
  EXPECT_TRUE(bench.selects(*set, tcp_packet(106, "", {.flags = kFinAck})));
  EXPECT_TRUE(bench.selects(*set, tcp_packet(900, "", {.from = kFar, .to = kNear, .flags = kFinAck})));
  EXPECT_TRUE(bench.selects(*set, tcp_packet(107, ""))) << "the last acknowledgement belongs to it";
  EXPECT_FALSE(bench.selects(*set, tcp_packet(5000, "", {.flags = kTcpSyn})));
  EXPECT_FALSE(bench.selects(*set, tcp_packet(5001, "hay")));
}

TEST(PatternFlow, AResetEndsItToo) {
  const SetOwner set = flow_set();
  MatcherBench bench;
  EXPECT_TRUE(bench.selects(*set, tcp_packet(100, "needle")));
  EXPECT_TRUE(bench.selects(*set, tcp_packet(900, "", {.from = kFar, .to = kNear, .flags = kTcpReset})));
  EXPECT_FALSE(bench.selects(*set, tcp_packet(5000, "", {.flags = kTcpSyn})));
}

// A target could send one to be rid of the tap; the other end answers it and goes on.
TEST(PatternFlow, ASynInTheMiddleEndsNothing) {
  const SetOwner set = flow_set();
  MatcherBench bench;
  EXPECT_TRUE(bench.selects(*set, tcp_packet(100, "needle")));
  EXPECT_TRUE(bench.selects(*set, tcp_packet(5000, "", {.flags = kTcpSyn})));
  EXPECT_TRUE(bench.selects(*set, tcp_packet(106, "on")));
}

TEST(PatternFlow, ItEndsInSilence) {
  const SetOwner set = flow_set();
  PatternLimits limits = MatcherBench::small();
  limits.flow_idle_s = 10;
  MatcherBench bench(limits);
  EXPECT_TRUE(bench.selects(*set, udp_packet("needle"), {0}));
  EXPECT_TRUE(bench.selects(*set, udp_packet("after"), {10 * kSecond}));
  EXPECT_TRUE(bench.selects(*set, udp_packet("after"), {20 * kSecond}));
  EXPECT_FALSE(bench.selects(*set, udp_packet("after"), {30 * kSecond + 1}));
  EXPECT_TRUE(bench.selects(*set, udp_packet("needle"), {30 * kSecond + 2}));
  EXPECT_TRUE(bench.selects(*set, udp_packet("after"), {5 * kSecond})) << "packet time may step back";
}

TEST(PatternFlow, TheQuietestIsGivenUpForANewOneAndCounted) {
  const SetOwner set = flow_set();
  PatternLimits limits = MatcherBench::small();
  limits.flows_max = 2;
  MatcherBench bench(limits);
  const auto from_port = [](uint16_t port) { return End{{192, 0, 2, 7}, port}; };
  for (uint16_t port = 1; port <= 2; ++port) EXPECT_TRUE(bench.selects(*set, udp_packet("needle", from_port(port))));
  EXPECT_TRUE(bench.selects(*set, udp_packet("after", from_port(1))));
  EXPECT_TRUE(bench.selects(*set, udp_packet("needle", from_port(3))));
  EXPECT_EQ(bench.account().flows_evicted.get(), 1U);
  EXPECT_TRUE(bench.selects(*set, udp_packet("after", from_port(1))));
  EXPECT_FALSE(bench.selects(*set, udp_packet("after", from_port(2))));
}

TEST(PatternFlow, ConversationKeysTellScopesAndDirectionsApart) {
  const Octets there = udp_packet("x");
  const Octets back = udp_packet("x", kFar, kNear);
  const ConversationSight sight = conversation_of(level_of(there), there, 1, 7);
  const ConversationSight opposite = conversation_of(level_of(back), back, 1, 7);
  EXPECT_TRUE(sight.key == opposite.key);
  EXPECT_NE(sight.direction, opposite.direction);
  EXPECT_FALSE(sight.key == conversation_of(level_of(there), there, 2, 7).key) << "another tap group";
  EXPECT_FALSE(sight.key == conversation_of(level_of(there), there, 1, 8).key) << "another task";
  IpLevel tagged = level_of(there);
  tagged.vlan_count = 1;
  tagged.vlans[0] = 100;
  EXPECT_FALSE(sight.key == conversation_of(tagged, there, 1, 7).key) << "another VLAN";
  IpLevel segment = level_of(there);
  segment.vni = 5;
  EXPECT_FALSE(sight.key == conversation_of(segment, there, 1, 7).key) << "another virtual network";
  IpLevel labelled = level_of(there);
  labelled.label = 16;
  EXPECT_TRUE(sight.key == conversation_of(labelled, there, 1, 7).key) << "each direction has a label of its own";
}

}  // namespace
}  // namespace lictor
