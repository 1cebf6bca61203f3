// What the parser and tshark read of ARP and Neighbour Discovery in public captures is the same.

#include <arpa/inet.h>

#include "dataplane/packet/parse_frame.h"
#include "dataplane/session/neighbour/message.h"
#include "tests/unit/dataplane/session/captured_frames.h"

namespace lictor {
namespace {

const std::vector<std::string> kTopics = {"mixed-real",    "pppoe-l2tp",    "dhcp6", "vlan-qinq",
                                          "captured-here", "ipv6-ext-frag", "http",  "malformed"};

bool skips() { return !std::filesystem::is_directory(captures_folder() / kTopics[0]) || !has_tshark(); }

std::string mac_text(const MacOctets& mac) { return hex(mac, ":"); }

std::string ipv6_text(const Ipv6Octets& address) {
  char text[INET6_ADDRSTRLEN];
  inet_ntop(AF_INET6, address.data(), text, sizeof text);
  return text;
}

// The ICMPv6 message of a frame, outside of tunnels and fragments.
NeighbourReading read_nd(Bytes frame, NdMessage& message) {
  const ParsedFrame parsed = parse_frame(frame, static_cast<uint32_t>(frame.size()), {});
  const IpLevel& level = parsed.level[0];
  const bool usable = parsed.level_count == 1 && level.ipv6 && level.protocol == 58 && level.transport_offset != 0 &&
                      level.fragment == FragmentKind::kWhole;
  if (!usable) return NeighbourReading::kOtherOperation;
  NdEnvelope envelope;
  const Bytes ip = frame.subspan(level.offset, level.bytes);
  std::ranges::copy(ip.subspan(8, 16), envelope.source.begin());
  std::ranges::copy(ip.subspan(24, 16), envelope.destination.begin());
  envelope.hop_limit = ip[7];
  return parse_nd(ip.subspan(level.transport_offset - level.offset), envelope, message);
}

std::string text_of(const NdMessage& message) {
  const bool solicits = message.kind == NdKind::kSolicitation;
  const bool advertises = message.kind == NdKind::kAdvertisement;
  const auto flag = [advertises](bool set) { return std::string(advertises ? (set ? "1" : "0") : ""); };
  std::string text = std::to_string(133 + static_cast<int>(message.kind));
  text += "|" + (solicits ? ipv6_text(message.target) : "") + "|" + (advertises ? ipv6_text(message.target) : "");
  text += "|" + flag(message.router) + "|" + flag(message.solicited) + "|" + flag(message.override);
  text += "|" + (message.source_link.has_value() ? mac_text(*message.source_link) : "");
  text += "|" + (message.target_link.has_value() ? mac_text(*message.target_link) : "");
  if (message.prefix_count == 0) return text + "||||";
  const NdPrefix& first = message.prefixes[0];
  return text + "|" + ipv6_text(first.prefix) + "|" + std::to_string(first.bits) + "|" + std::to_string(first.valid_s) +
         "|" + (first.autonomous ? "1" : "0");
}

TEST(NeighbourCaptures, ArpIsWhatAnotherDissectorReads) {
  if (skips()) GTEST_SKIP() << "needs tshark and captures in " << captures_folder();
  const CapturedFrames captured(kTopics);
  std::map<size_t, std::string> ours;
  for (size_t i = 0; i < captured.frames().size(); ++i) {
    const LinkPayload payload = behind_the_link(captured.frames()[i]);
    ArpMessage message;
    if (payload.type != 0x0806 || parse_arp(payload.octets, message) != NeighbourReading::kRead) continue;
    ours[i + 1] = mac_text(message.sender_mac) + "|" + ipv4_text(message.sender) + "|" + mac_text(message.target_mac) +
                  "|" + ipv4_text(message.target);
  }
  expect_same(
      ours,
      captured.tshark("arp.opcode <= 2 && arp.hw.type == 1 && arp.proto.type == 0x0800 && !_ws.malformed && !_ws.short",
                      "-e arp.src.hw_mac -e arp.src.proto_ipv4 -e arp.dst.hw_mac "
                      "-e arp.dst.proto_ipv4"));
}

TEST(NeighbourCaptures, NeighbourDiscoveryIsWhatAnotherDissectorReads) {
  if (skips()) GTEST_SKIP() << "needs tshark and captures in " << captures_folder();
  const CapturedFrames captured(kTopics);
  std::map<size_t, std::string> ours;
  for (size_t i = 0; i < captured.frames().size(); ++i) {
    NdMessage message;
    if (read_nd(captured.frames()[i], message) == NeighbourReading::kRead) ours[i + 1] = text_of(message);
  }
  // A second IP header is a tunnel, or what an error quotes.
  expect_same(ours, captured.tshark("icmpv6.type >= 133 && icmpv6.type <= 136 && icmpv6.code == 0 && !ip && !pppoes && "
                                    "ipv6.hlim == 255 && icmpv6.checksum.status == 1 && !_ws.malformed && !_ws.short",
                                    "-e icmpv6.type -e icmpv6.nd.ns.target_address -e icmpv6.nd.na.target_address "
                                    "-e icmpv6.nd.na.flag.r -e icmpv6.nd.na.flag.s -e icmpv6.nd.na.flag.o "
                                    "-e icmpv6.opt.src_linkaddr -e icmpv6.opt.target_linkaddr -e icmpv6.opt.prefix "
                                    "-e icmpv6.opt.prefix.length -e icmpv6.opt.prefix.valid_lifetime "
                                    "-e icmpv6.opt.prefix.flag.a"));
}

}  // namespace
}  // namespace lictor
