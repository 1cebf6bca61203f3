// Flows: what narrows an address, and what does not.
#include "control/registry/flow_selector.h"

#include <gtest/gtest.h>

namespace lictor::control {
namespace {

v1::FlowKey flow(const std::string& text) {
  const Result<v1::FlowKey> parsed = parse_flow(text);
  EXPECT_TRUE(parsed.ok()) << text << ": " << parsed.status();
  return parsed.ok() ? *parsed : v1::FlowKey();
}

TEST(FlowSelector, GoodOnesAreReadAndWrittenInOneSpelling) {
  const std::pair<const char*, const char*> cases[] = {
      {"tcp,192.0.2.7:5060-5070,198.51.100.0/24:any", "tcp,192.0.2.7:5060-5070,198.51.100.0/24"},
      {"6,192.0.2.7/32:443-443,any:any", "tcp,192.0.2.7:443,any"},
      {"udp,[2001:DB8:0::/64]:53,[2001:db8:1::5]:1024-65535", "udp,[2001:db8::/64]:53,[2001:db8:1::5]:1024-65535"},
      {"17,192.0.2.0/24,any:53", "udp,192.0.2.0/24,any:53"},
      {"132,192.0.2.7:0,any", "sctp,192.0.2.7:0,any"},
      {"any,192.0.2.7,198.51.100.9", "any,192.0.2.7,198.51.100.9"},
      {"icmp,192.0.2.7,any", "icmp,192.0.2.7,any"},
      {"1,192.0.2.7,any", "icmp,192.0.2.7,any"},
      {"58,192.0.2.7,any", "58,192.0.2.7,any"},
      {"icmp,[2001:db8::],any", "icmp,[2001:db8::],any"},
      {"58,[2001:db8::],any", "icmp,[2001:db8::],any"},
      {"1,[2001:db8::],any", "1,[2001:db8::],any"},
      {"47,192.0.2.7,0.0.0.0/0", "47,192.0.2.7,any"},
      {"tcp,192.0.2.7:0-65535,any:0-65535", "tcp,192.0.2.7,any"},
  };
  for (const auto& [given, written] : cases) {
    EXPECT_EQ(format_flow(flow(given)), written) << given;
    EXPECT_EQ(flow(written).SerializeAsString(), flow(given).SerializeAsString()) << given;
  }
}

TEST(FlowSelector, EachPartIsWhereItBelongs) {
  const v1::FlowKey parsed = flow("tcp,192.0.2.7:5060-5070,198.51.100.0/24:443");
  EXPECT_EQ(parsed.protocol(), 6u);
  EXPECT_EQ(parsed.target().address(), std::string("\xc0\x00\x02\x07", 4));
  EXPECT_EQ(parsed.target_ports().first(), 5060u);
  EXPECT_EQ(parsed.target_ports().last(), 5070u);
  EXPECT_EQ(parsed.remote().prefix_length(), 24u);
  EXPECT_EQ(parsed.remote_ports().first(), 443u);
  EXPECT_EQ(parsed.remote_ports().last(), 443u);
  EXPECT_EQ(flow("icmp,[2001:db8::],any").protocol(), 58u);
  const v1::FlowKey open = flow("udp,192.0.2.7,any");
  EXPECT_FALSE(open.has_target_ports() || open.has_remote() || open.has_remote_ports());
}

TEST(FlowSelector, BadOnesAreRefusedWithoutBeingRepeated) {
  for (const char* text : {"",
                           "tcp",
                           "tcp,192.0.2.7",
                           "tcp,192.0.2.7,any,any",
                           "tcp,any,192.0.2.7",
                           "tcp,any:80,192.0.2.7:80",
                           "TCP,192.0.2.7,any",
                           "gre,192.0.2.7,any",
                           "0,192.0.2.7,any",
                           "256,192.0.2.7,any",
                           "06,192.0.2.7,any",
                           ",192.0.2.7,any",
                           "any,192.0.2.7,any",
                           "any,192.0.2.7,0.0.0.0/0",
                           "any,192.0.2.7:80,any",
                           "icmp,192.0.2.7:8,any",
                           "47,192.0.2.7,any:80",
                           "tcp,192.0.2.7:,any",
                           "tcp,192.0.2.7:65536,any",
                           "tcp,192.0.2.7:80-,any",
                           "tcp,192.0.2.7:-80,any",
                           "tcp,192.0.2.7:81-80,any",
                           "tcp,192.0.2.7:080,any",
                           "tcp,192.0.2.7:80:81,any",
                           "tcp,192.0.2.7/24,any",
                           "tcp,[192.0.2.7],any",
                           "tcp,192.0.2.7,[2001:db8::1]",
                           "tcp,2001:db8::1,any",
                           "tcp,[2001:db8::1,any",
                           "tcp,[2001:db8::1]80,any",
                           "tcp,[2001:db8::]/64,any",
                           "tcp,[],any",
                           "tcp, 192.0.2.7,any"}) {
    const Result<v1::FlowKey> parsed = parse_flow(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(std::string(parsed.status().message()).find("192.0.2"), std::string::npos) << text;
  }
}

TEST(FlowSelector, FlowsOverlapWhereAPacketCanBelongToBoth) {
  const v1::FlowKey sip = flow("udp,192.0.2.7:5060-5070,198.51.100.0/24");
  for (const char* other : {"udp,192.0.2.0/24:5070,any", "any,192.0.2.7,198.51.100.9", "udp,192.0.2.7,any:53"})
    EXPECT_TRUE(overlap(sip, flow(other))) << other;
  for (const char* other :
       {"tcp,192.0.2.7:5060-5070,any", "udp,192.0.2.8,any", "udp,192.0.2.7:5071,any", "udp,192.0.2.7,203.0.113.1"})
    EXPECT_FALSE(overlap(sip, flow(other))) << other;
  EXPECT_FALSE(overlap(flow("udp,192.0.2.7,any:53"), flow("udp,192.0.2.7,any:54")));
  EXPECT_TRUE(overlap(sip, flow_of(sip.target())));
}

}  // namespace
}  // namespace lictor::control
