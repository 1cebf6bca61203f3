// What the parser and tshark read of PPPoE in public captures is the same.

#include "dataplane/session/pppoe/message.h"
#include "tests/unit/dataplane/session/captured_frames.h"

namespace lictor {
namespace {

const std::vector<std::string> kTopics = {"pppoe-l2tp", "dhcp6", "vlan-qinq", "sip-signalling", "malformed"};

bool skips() { return !std::filesystem::is_directory(captures_folder() / kTopics[0]) || !has_tshark(); }

std::string text_of(const PppoeDiscovery& message) {
  char numbers[32];
  std::snprintf(numbers, sizeof numbers, "0x%02x|0x%04x", static_cast<unsigned>(message.code), message.session_id);
  std::string text(numbers);
  for (const Bytes field : {message.service_name, message.concentrator_name, message.circuit_id, message.remote_id})
    text += "|" + std::string(as_text(field));
  return text + "|" + hex(message.host_uniq) + "|" + hex(message.cookie);
}

std::string text_of(const PppMessage& message) {
  const auto number = [](unsigned value) {
    char digits[8];
    std::snprintf(digits, sizeof digits, "0x%04x", value);
    return std::string(digits);
  };
  const auto in = [&message](PppKind kind) { return message.kind == kind; };
  const std::string code = std::to_string(message.code);
  std::string text = number(message.session_id) + "|" + number(message.protocol);
  text += "|" + (in(PppKind::kLcp) || in(PppKind::kIpcp) || in(PppKind::kIpv6cp) ? code : "");
  text += "|" + (in(PppKind::kPap) ? code : "") + "|" + (in(PppKind::kChap) ? code : "");
  text += "|" + (in(PppKind::kPap) ? std::string(as_text(message.name)) : "");
  text += "|" + (in(PppKind::kChap) ? std::string(as_text(message.name)) : "");
  text += "|" + (message.authentication != 0 ? number(message.authentication) : "");
  text += "|" + (message.address.has_value() ? ipv4_text(*message.address) : "");
  const auto id = message.interface_id;
  return text + "|" + (id.has_value() ? hex(*id, ":") : "");
}

TEST(PppoeCaptures, DiscoveryIsWhatAnotherDissectorReads) {
  if (skips()) GTEST_SKIP() << "needs tshark and captures in " << captures_folder();
  const CapturedFrames captured(kTopics);
  std::map<size_t, std::string> ours;
  for (size_t i = 0; i < captured.frames().size(); ++i) {
    const LinkPayload payload = behind_the_link(captured.frames()[i]);
    PppoeDiscovery message;
    if (payload.type != 0x8863 || parse_pppoe_discovery(payload.octets, message) != PppoeReading::kRead) continue;
    ours[i + 1] = text_of(message);
  }
  expect_same(ours, captured.tshark("pppoed && !_ws.malformed && !_ws.short",
                                    "-e pppoe.code -e pppoe.session_id -e pppoed.tags.service_name "
                                    "-e pppoed.tags.ac_name -e pppoed.tags.circuit_id -e pppoed.tags.remote_id "
                                    "-e pppoed.tags.host_uniq -e pppoed.tags.ac_cookie"));
}

TEST(PppoeCaptures, NegotiationIsWhatAnotherDissectorReads) {
  if (skips()) GTEST_SKIP() << "needs tshark and captures in " << captures_folder();
  const CapturedFrames captured(kTopics);
  std::map<size_t, std::string> ours;
  for (size_t i = 0; i < captured.frames().size(); ++i) {
    const LinkPayload payload = behind_the_link(captured.frames()[i]);
    PppMessage message;
    if (payload.type != 0x8864 || parse_pppoe_session(payload.octets, message) != PppoeReading::kRead) continue;
    // Of a rejected packet tshark reads on.
    if (message.kind != PppKind::kOther && message.rejected == 0) ours[i + 1] = text_of(message);
  }
  // What IP inside of a session carries is somebody else's.
  expect_same(ours, captured.tshark("pppoes && !ip && !ipv6 && (lcp || pap || chap || ipcp || ipv6cp) && "
                                    "!lcp.rej_proto && !_ws.malformed && !_ws.short",
                                    "-e pppoe.session_id -e ppp.protocol -e ppp.code -e pap.code -e chap.code "
                                    "-e pap.peer_id -e chap.name -e lcp.opt.auth_protocol "
                                    "-e ipcp.opt.ip_address -e ipv6cp.interface_identifier"));
}

}  // namespace
}  // namespace lictor
