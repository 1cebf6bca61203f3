// The kernel's IPsec policies: what they make of a connection, and whatever octets a netlink socket may hold.
#include "encoders/handover/ipsec_policy.h"

#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <netinet/in.h>

#include <climits>
#include <cstring>

namespace lictor {
namespace {

constexpr std::array<uint8_t, 16> kSource = {192, 0, 2, 1};
constexpr std::array<uint8_t, 16> kPeer = {198, 51, 100, 7};
constexpr PolicyQuestion kQuestion{.ipv6 = false, .source = kSource, .peer = kPeer, .peer_port = 7002};

OutgoingPolicy esp_to(std::array<uint8_t, 16> peer, uint8_t bits) {
  return {.peer = peer, .peer_bits = bits, .priority = 100, .demands_esp = true};
}

TEST(IpsecPolicy, APolicyThatDemandsEspCoversItsPrefix) {
  EXPECT_TRUE(judge_policies({esp_to({198, 51, 100, 0}, 24)}, kQuestion).ok());
  EXPECT_TRUE(judge_policies({esp_to(kPeer, 32)}, kQuestion).ok());
  EXPECT_TRUE(judge_policies({esp_to({}, 0)}, kQuestion).ok());
  EXPECT_FALSE(judge_policies({esp_to({198, 51, 101, 0}, 24)}, kQuestion).ok());
  EXPECT_FALSE(judge_policies({esp_to({198, 51, 100, 6}, 32)}, kQuestion).ok());
  EXPECT_FALSE(judge_policies({}, kQuestion).ok());
}

TEST(IpsecPolicy, WhatNarrowsAPolicyMustFit) {
  OutgoingPolicy policy = esp_to(kPeer, 32);
  policy.ipv6 = true;
  EXPECT_FALSE(judge_policies({policy}, kQuestion).ok());
  policy = esp_to(kPeer, 32);
  policy.protocol = IPPROTO_UDP;
  EXPECT_FALSE(judge_policies({policy}, kQuestion).ok());
  policy.protocol = IPPROTO_TCP;
  EXPECT_TRUE(judge_policies({policy}, kQuestion).ok());
  policy.peer_port = 7003;
  policy.peer_port_mask = 0xffff;
  EXPECT_FALSE(judge_policies({policy}, kQuestion).ok());
  policy.peer_port = 7002;
  EXPECT_TRUE(judge_policies({policy}, kQuestion).ok());
  policy.source = {192, 0, 2, 2};
  policy.source_bits = 32;
  EXPECT_FALSE(judge_policies({policy}, kQuestion).ok());
  policy = esp_to(kPeer, 32);
  policy.applies = false;
  EXPECT_FALSE(judge_policies({policy}, kQuestion).ok());
}

TEST(IpsecPolicy, TheLowestPriorityDecides) {
  OutgoingPolicy bypass = esp_to({}, 0);
  bypass.demands_esp = false;
  bypass.priority = 50;
  EXPECT_FALSE(judge_policies({esp_to(kPeer, 32), bypass}, kQuestion).ok());
  bypass.priority = 150;
  EXPECT_TRUE(judge_policies({bypass, esp_to(kPeer, 32)}, kQuestion).ok());
  OutgoingPolicy block = esp_to(kPeer, 32);
  block.allows = false;
  block.priority = 1;
  EXPECT_FALSE(judge_policies({block, esp_to(kPeer, 32)}, kQuestion).ok());
}

TEST(IpsecPolicy, APartThatEscapesIsAsBadAsAll) {
  OutgoingPolicy hole = esp_to(kPeer, 32);
  hole.demands_esp = false;
  hole.narrower = true;
  hole.priority = 1;
  EXPECT_FALSE(judge_policies({hole, esp_to(kPeer, 32)}, kQuestion).ok());
  OutgoingPolicy part = esp_to(kPeer, 32);
  part.narrower = true;
  part.priority = 1;
  EXPECT_FALSE(judge_policies({part}, kQuestion).ok()) << "the rest of it has no policy";
  EXPECT_TRUE(judge_policies({part, esp_to(kPeer, 32)}, kQuestion).ok());
}

template <typename T>
void put(std::vector<uint8_t>& octets, const T& value) {
  const auto* const from = reinterpret_cast<const uint8_t*>(&value);
  octets.insert(octets.end(), from, from + sizeof value);
  octets.resize(NLMSG_ALIGN(octets.size()));
}

template <typename T>
void put_attribute(std::vector<uint8_t>& octets, uint16_t type, const T& value) {
  put(octets, nlattr{.nla_len = static_cast<uint16_t>(NLA_HDRLEN + sizeof value), .nla_type = type});
  put(octets, value);
}

std::vector<uint8_t> message(uint16_t type, const std::vector<uint8_t>& body) {
  std::vector<uint8_t> octets;
  put(octets, nlmsghdr{.nlmsg_len = static_cast<uint32_t>(sizeof(nlmsghdr) + body.size()), .nlmsg_type = type});
  octets.insert(octets.end(), body.begin(), body.end());
  return octets;
}

// An answer as the kernel gives it: one outgoing policy, one incoming, the end.
std::vector<uint8_t> dump() {
  xfrm_userpolicy_info info{};
  info.sel.family = AF_INET;
  std::memcpy(&info.sel.daddr, kPeer.data(), 4);
  info.sel.prefixlen_d = 32;
  info.sel.dport = htons(7002);
  info.sel.dport_mask = 0xffff;
  info.dir = XFRM_POLICY_OUT;
  info.action = XFRM_POLICY_ALLOW;
  info.priority = 7;
  xfrm_user_tmpl esp{};
  esp.id.proto = IPPROTO_ESP;
  std::vector<uint8_t> body;
  put(body, info);
  put_attribute(body, XFRMA_TMPL, esp);
  std::vector<uint8_t> octets = message(XFRM_MSG_NEWPOLICY, body);
  info.dir = XFRM_POLICY_IN;
  body.clear();
  put(body, info);
  for (const auto& more : {message(XFRM_MSG_NEWPOLICY, body), message(NLMSG_DONE, {0, 0, 0, 0})}) {
    octets.insert(octets.end(), more.begin(), more.end());
  }
  return octets;
}

TEST(IpsecPolicy, ReadsWhatTheKernelAnswers) {
  std::vector<OutgoingPolicy> policies;
  const std::vector<uint8_t> octets = dump();
  const Result<bool> last = read_policies(octets, policies);
  ASSERT_TRUE(last.ok());
  EXPECT_TRUE(*last);
  ASSERT_EQ(policies.size(), 1u) << "incoming ones say nothing about what goes out";
  EXPECT_EQ(policies[0].peer, kPeer);
  EXPECT_EQ(policies[0].peer_bits, 32);
  EXPECT_EQ(policies[0].peer_port, 7002);
  EXPECT_EQ(policies[0].priority, 7u);
  EXPECT_TRUE(policies[0].demands_esp);
  EXPECT_TRUE(judge_policies(policies, kQuestion).ok());
}

TEST(IpsecPolicy, AMarkOrAnInterfaceIdIsForOthersPackets) {
  xfrm_userpolicy_info info{};
  info.sel.family = AF_INET;
  info.dir = XFRM_POLICY_OUT;
  for (const uint16_t type : {uint16_t{XFRMA_MARK}, uint16_t{XFRMA_IF_ID}}) {
    std::vector<uint8_t> body;
    put(body, info);
    if (type == XFRMA_MARK) {
      put_attribute(body, type, xfrm_mark{.v = 1, .m = 0xff});
    } else {
      put_attribute(body, type, uint32_t{3});
    }
    std::vector<OutgoingPolicy> policies;
    ASSERT_TRUE(read_policies(message(XFRM_MSG_NEWPOLICY, body), policies).ok());
    ASSERT_EQ(policies.size(), 1u);
    EXPECT_FALSE(policies[0].applies);
  }
}

TEST(IpsecPolicy, AnOptionalTemplateDemandsNothing) {
  xfrm_userpolicy_info info{};
  info.sel.family = AF_INET;
  info.dir = XFRM_POLICY_OUT;
  xfrm_user_tmpl esp{};
  esp.id.proto = IPPROTO_ESP;
  esp.optional = 1;
  std::vector<uint8_t> body;
  put(body, info);
  put_attribute(body, XFRMA_TMPL, esp);
  std::vector<OutgoingPolicy> policies;
  ASSERT_TRUE(read_policies(message(XFRM_MSG_NEWPOLICY, body), policies).ok());
  EXPECT_FALSE(policies.at(0).demands_esp);
}

TEST(IpsecPolicy, AnErrorOfTheKernelIsNoPermission) {
  nlmsgerr error{};
  for (const int code : {-EPERM, 0, INT_MIN, INT_MAX}) {
    error.error = code;
    std::vector<uint8_t> body;
    put(body, error);
    std::vector<OutgoingPolicy> policies;
    EXPECT_FALSE(read_policies(message(NLMSG_ERROR, body), policies).ok()) << code;
  }
}

TEST(IpsecPolicy, EveryPrefixOfAnAnswerIsRefusedOrWantsMore) {
  const std::vector<uint8_t> octets = dump();
  for (size_t length = 0; length < octets.size(); ++length) {
    const std::vector<uint8_t> prefix(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(length));
    std::vector<OutgoingPolicy> policies;
    const Result<bool> last = read_policies(prefix, policies);
    EXPECT_FALSE(last.ok() && *last) << length;
    EXPECT_LE(policies.size(), 1u);
  }
}

}  // namespace
}  // namespace lictor
