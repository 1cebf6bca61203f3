// Which packets a set selects by themselves and over the segments of a stream.
#include "dataplane/pattern/pattern_matcher.h"

#include "tests/unit/dataplane/pattern/pattern_bench.h"

namespace lictor {
namespace {

TEST(PatternMatcher, SelectsThePacketThatHoldsAPattern) {
  const SetOwner set = compiled({literal("needle"), expression("[0-9]{4}-[a-f]+")});
  MatcherBench bench;
  EXPECT_TRUE(bench.selects(*set, udp_packet("hay needle hay")));
  EXPECT_TRUE(bench.selects(*set, udp_packet("hay 1234-abc")));
  EXPECT_TRUE(bench.selects(*set, tcp_packet(1, "a needle")));
  EXPECT_FALSE(bench.selects(*set, udp_packet("hay Needle 123-abc")));
  EXPECT_FALSE(bench.selects(*set, udp_packet("")));
  EXPECT_EQ(bench.account().scanned.get(), 4U);
  EXPECT_EQ(bench.account().scanned_bytes.get(), 14U + 12U + 8U + 18U);
}

TEST(PatternMatcher, EveryOctetMayBeInALiteral) {
  for (unsigned octet = 0; octet < 256; ++octet) {
    const std::string text = {'<', static_cast<char>(octet), '>'};
    const SetOwner set = compiled({literal(text)});
    MatcherBench bench;
    EXPECT_TRUE(bench.selects(*set, udp_packet("x" + text + "x"))) << octet;
    EXPECT_FALSE(bench.selects(*set, udp_packet(std::string("<") + static_cast<char>(octet ^ 1) + ">"))) << octet;
  }
}

TEST(PatternMatcher, CaseCountsUnlessThePatternSaysOtherwise) {
  const SetOwner set = compiled({in_any_case(literal("Needle")), in_any_case(expression("hay+stack"))});
  MatcherBench bench;
  EXPECT_TRUE(bench.selects(*set, udp_packet("nEEDLE")));
  EXPECT_TRUE(bench.selects(*set, udp_packet("HAYYSTACK")));
}

TEST(PatternMatcher, ADotIsAnyOctet) {
  const SetOwner set = compiled({expression("a.b")});
  MatcherBench bench;
  EXPECT_TRUE(bench.selects(*set, udp_packet("a\nb")));
  EXPECT_TRUE(bench.selects(*set, udp_packet("a\xff"
                                             "b")));
}

TEST(PatternMatcher, HeadersAreNotLookedAt) {
  const SetOwner ports = compiled({literal(std::string("\x0f\xa0\x00\x50", 4))});
  MatcherBench bench;
  EXPECT_FALSE(bench.selects(*ports, udp_packet("payload")));
  EXPECT_FALSE(bench.selects(*ports, tcp_packet(1, "payload")));
}

TEST(PatternMatcher, AMatchMaySpanSegmentsAndSelectsTheOneInWhichItEnds) {
  const SetOwner set = compiled({literal("needle")});
  MatcherBench bench;
  EXPECT_FALSE(bench.selects(*set, tcp_packet(100, "a nee")));
  EXPECT_FALSE(bench.selects(*set, tcp_packet(105, "d")));
  EXPECT_TRUE(bench.selects(*set, tcp_packet(106, "le and")));
  EXPECT_FALSE(bench.selects(*set, tcp_packet(112, "more")));
  EXPECT_EQ(bench.account().streams_restarted.get(), 0U);
}

TEST(PatternMatcher, ADatagramIsNoStream) {
  const SetOwner set = compiled({literal("needle")});
  MatcherBench bench;
  EXPECT_FALSE(bench.selects(*set, udp_packet("nee")));
  EXPECT_FALSE(bench.selects(*set, udp_packet("dle")));
}

TEST(PatternMatcher, DirectionsConnectionsAndTasksAreStreamsOfTheirOwn) {
  const SetOwner set = compiled({literal("needle")});
  const SetOwner other = compiled({literal("needle")});
  MatcherBench bench;
  EXPECT_FALSE(bench.selects(*set, tcp_packet(100, "nee")));
  EXPECT_FALSE(bench.selects(*set, tcp_packet(103, "dle", {.from = kFar, .to = kNear}))) << "the other direction";
  EXPECT_FALSE(bench.selects(*set, tcp_packet(103, "dle", {.from = {{192, 0, 2, 7}, 4001}}))) << "another connection";
  EXPECT_FALSE(bench.selects(*other, tcp_packet(103, "dle"))) << "another task";
  EXPECT_TRUE(bench.selects(*set, tcp_packet(103, "dle")));
}

TEST(PatternMatcher, ARetransmissionDoesNotBreakTheStream) {
  const SetOwner set = compiled({literal("needle")});
  MatcherBench bench;
  EXPECT_FALSE(bench.selects(*set, tcp_packet(100, "nee")));
  EXPECT_FALSE(bench.selects(*set, tcp_packet(100, "nee"))) << "the same again";
  EXPECT_FALSE(bench.selects(*set, tcp_packet(99, "xn"))) << "a part of it";
  EXPECT_TRUE(bench.selects(*set, tcp_packet(101, "eedle"))) << "overlaps by two octets";
  EXPECT_EQ(bench.account().streams_restarted.get(), 0U);
}

TEST(PatternMatcher, WhatComesAgainIsSelectedAgainWhereItHoldsThePattern) {
  const SetOwner set = compiled({literal("needle")});
  MatcherBench bench;
  EXPECT_TRUE(bench.selects(*set, tcp_packet(100, "needle")));
  EXPECT_TRUE(bench.selects(*set, tcp_packet(100, "needle")));
  EXPECT_FALSE(bench.selects(*set, tcp_packet(100, "nee")));
}

TEST(PatternMatcher, AGapBeginsTheStreamAnew) {
  const SetOwner set = compiled({literal("needle")});
  MatcherBench bench;
  EXPECT_FALSE(bench.selects(*set, tcp_packet(100, "nee")));
  EXPECT_FALSE(bench.selects(*set, tcp_packet(104, "dle"))) << "an octet is missing between them";
  EXPECT_EQ(bench.account().streams_restarted.get(), 1U);
  EXPECT_FALSE(bench.selects(*set, tcp_packet(107, "nee")));
  EXPECT_TRUE(bench.selects(*set, tcp_packet(110, "dle"))) << "behind the gap all is well";
}

TEST(PatternMatcher, ALateSegmentIsLookedAtByItself) {
  const SetOwner set = compiled({literal("needle")});
  MatcherBench bench;
  EXPECT_FALSE(bench.selects(*set, tcp_packet(100, "first")));
  EXPECT_FALSE(bench.selects(*set, tcp_packet(113, "third")));
  EXPECT_TRUE(bench.selects(*set, tcp_packet(105, "a needle"))) << "overtaken";
  EXPECT_FALSE(bench.selects(*set, tcp_packet(118, "fourth nee")));
  EXPECT_TRUE(bench.selects(*set, tcp_packet(128, "dle"))) << "the stream has gone on";
}

TEST(PatternMatcher, SequenceNumbersWrap) {
  const SetOwner set = compiled({literal("needle")});
  MatcherBench bench;
  EXPECT_FALSE(bench.selects(*set, tcp_packet(0xfffffffe, "need")));
  EXPECT_TRUE(bench.selects(*set, tcp_packet(2, "le")));
  EXPECT_EQ(bench.account().streams_restarted.get(), 0U);
}

TEST(PatternMatcher, ANewConnectionOfTheSameEndsIsAnotherStream) {
  const SetOwner set = compiled({literal("needle")});
  MatcherBench bench;
  EXPECT_FALSE(bench.selects(*set, tcp_packet(100, "nee")));
  EXPECT_FALSE(bench.selects(*set, tcp_packet(102, "", {.flags = kTcpSyn})));
  EXPECT_FALSE(bench.selects(*set, tcp_packet(103, "dle")));
  EXPECT_FALSE(bench.selects(*set, tcp_packet(106, "nee")));
  EXPECT_FALSE(bench.selects(*set, tcp_packet(40'000'000, "dle"))) << "so far away that it cannot be late";
}

TEST(PatternMatcher, ASynMayCarryOctets) {
  const SetOwner set = compiled({literal("needle")});
  MatcherBench bench;
  EXPECT_FALSE(bench.selects(*set, tcp_packet(99, "nee", {.flags = kTcpSyn})));
  EXPECT_TRUE(bench.selects(*set, tcp_packet(103, "dle")));
  EXPECT_EQ(bench.account().streams_restarted.get(), 0U);
}

TEST(PatternMatcher, ACutSegmentIsAGapForTheNext) {
  const SetOwner set = compiled({literal("needle")});
  MatcherBench bench;
  Octets cut = tcp_packet(100, "neeXXX");
  cut.resize(cut.size() - 3);
  EXPECT_FALSE(bench.selects(*set, cut));
  EXPECT_FALSE(bench.selects(*set, tcp_packet(106, "dle")));
  EXPECT_EQ(bench.account().streams_restarted.get(), 1U);
}

TEST(PatternMatcher, ALaterFragmentIsLookedAtByItself) {
  const SetOwner set = compiled({literal("needle")});
  MatcherBench bench;
  const auto fragment = [](std::string_view text) {
    return ethernet(kIpv4Type, ipv4({.fragment = 10, .protocol = 6}, text_octets(text)));
  };
  EXPECT_TRUE(bench.selects(*set, fragment("needle")));
  EXPECT_FALSE(bench.selects(*set, fragment("needl")));
}

TEST(PatternMatcher, ReadsNoOctetBehindTheCapture) {
  const SetOwner set = compiled({literal("needle")});
  MatcherBench bench;
  for (const Octets& frame : {tcp_packet(100, "needle"), udp_packet("needle")}) {
    const IpLevel level = level_of(frame);
    for (size_t bytes = 0; bytes <= frame.size(); ++bytes) {
      const ExactCopy prefix(Bytes(frame).first(bytes));
      const PatternVerdict verdict = bench.matcher().judge(*set, {level, prefix.bytes(), 0, {}});
      EXPECT_EQ(verdict == PatternVerdict::kSelected, bytes == frame.size()) << bytes;
    }
  }
}

}  // namespace
}  // namespace lictor
