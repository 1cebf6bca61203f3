// PPPoE packets written out field by field, whole, cut at every octet, and broken in one field each.

#include "dataplane/session/pppoe/message.h"

#include <gtest/gtest.h>

#include "tests/unit/dataplane/session/pppoe/pppoe_octets.h"

namespace lictor {
namespace {

PppoeDiscovery discovery(const Octets& octets) {
  static Octets kept;  // views outlive the call
  kept = octets;
  PppoeDiscovery message;
  EXPECT_EQ(parse_pppoe_discovery(kept, message), PppoeReading::kRead);
  return message;
}

PppMessage session(const Octets& octets) {
  static Octets kept;
  kept = octets;
  PppMessage message;
  EXPECT_EQ(parse_pppoe_session(kept, message), PppoeReading::kRead);
  return message;
}

PppoeReading fault_of_discovery(const Octets& octets) {
  PppoeDiscovery message;
  const PppoeReading reading = parse_pppoe_discovery(octets, message);
  EXPECT_TRUE(message.circuit_id.empty() && message.service_name.empty() && message.session_id == 0);
  return reading;
}

PppoeReading fault_of_session(const Octets& octets) {
  PppMessage message;
  const PppoeReading reading = parse_pppoe_session(octets, message);
  EXPECT_TRUE(message.name.empty() && !message.address.has_value() && message.kind == PppKind::kOther);
  return reading;
}

Octets full_padr() {
  return pppoe_packet(PppoeCode::kPadr, 0,
                      join({tag(0x0101, of_text("internet")), tag(0x0102, of_text("ac1")), tag(0x0103, {1, 2, 3}),
                            tag(0x0104, {9, 8, 7, 6}), line_tag("node7 atm 1/2:0.35", "line 42")}));
}

TEST(PppoeDiscovery, EachTagIsAView) {
  const PppoeDiscovery message = discovery(full_padr());
  EXPECT_EQ(message.code, PppoeCode::kPadr);
  EXPECT_EQ(message.session_id, 0);
  EXPECT_FALSE(message.refused);
  EXPECT_EQ(as_text(message.service_name), "internet");
  EXPECT_EQ(as_text(message.concentrator_name), "ac1");
  EXPECT_EQ(message.host_uniq.size(), 3U);
  EXPECT_EQ(message.cookie.size(), 4U);
  EXPECT_EQ(message.line_tags, 1);
  EXPECT_EQ(as_text(message.circuit_id), "node7 atm 1/2:0.35");
  EXPECT_EQ(as_text(message.remote_id), "line 42");
}

TEST(PppoeDiscovery, SessionIsAssignedByPadsAndEndedByPadt) {
  EXPECT_EQ(discovery(pppoe_packet(PppoeCode::kPads, 0x1234, tag(0x0101, {}))).session_id, 0x1234);
  EXPECT_EQ(discovery(pppoe_packet(PppoeCode::kPadt, 0x1234, {})).code, PppoeCode::kPadt);
}

TEST(PppoeDiscovery, ErrorTagRefuses) {
  for (const unsigned type : {0x0201U, 0x0202U, 0x0203U})
    EXPECT_TRUE(discovery(pppoe_packet(PppoeCode::kPads, 0, tag(type, of_text("no")))).refused) << type;
  EXPECT_FALSE(discovery(pppoe_packet(PppoeCode::kPads, 1, tag(0x0110, of_text("relay")))).refused);
}

TEST(PppoeDiscovery, PaddingAndWhatIsBehindEndOfListIsNotRead) {
  Octets padded = full_padr();
  append(padded, line_tag("padding", "padding"));
  EXPECT_EQ(as_text(discovery(padded).circuit_id), "node7 atm 1/2:0.35");
  const Octets ended = join({tag(0x0101, {}), tag(0x0000, {}), line_tag("behind", "behind")});
  EXPECT_TRUE(discovery(pppoe_packet(PppoeCode::kPadr, 0, ended)).circuit_id.empty());
}

// A subscriber can send the tag as well; the access node's comes behind it.
TEST(PppoeDiscovery, SecondLineTagIsSaidToBeOne) {
  const PppoeDiscovery message = discovery(
      pppoe_packet(PppoeCode::kPadr, 0, join({line_tag("somebody else's", "x"), line_tag("the node's", "y")})));
  EXPECT_EQ(message.line_tags, 2);
  EXPECT_EQ(as_text(message.circuit_id), "the node's");
}

TEST(PppoeDiscovery, VendorTagOfAnotherVendorOrWithAnOverrunHasNoLine) {
  const Octets other = tag(0x0105, {0, 0, 0, 9, 1, 1, 'x'});
  EXPECT_EQ(discovery(pppoe_packet(PppoeCode::kPadi, 0, other)).line_tags, 0);
  const Octets overrun = tag(0x0105, {0, 0, 0x0d, 0xe9, 1, 1, 'x', 2, 9, 'y'});
  const PppoeDiscovery message = discovery(pppoe_packet(PppoeCode::kPadi, 0, overrun));
  EXPECT_EQ(message.line_tags, 1);
  EXPECT_TRUE(message.circuit_id.empty() && message.remote_id.empty());
}

TEST(PppoeDiscovery, FaultsHaveTheirNames) {
  Octets version = full_padr();
  version[0] = 0x21;
  EXPECT_EQ(fault_of_discovery(version), PppoeReading::kBadVersion);
  EXPECT_EQ(fault_of_discovery(pppoe_packet(PppoeCode::kSession, 1, {})), PppoeReading::kUnknownCode);
  EXPECT_EQ(fault_of_discovery(pppoe_packet(PppoeCode{0xd3}, 1, {})), PppoeReading::kUnknownCode);
  EXPECT_EQ(fault_of_discovery(pppoe_packet(PppoeCode::kPadi, 0, {1, 1, 0, 5, 'x'})), PppoeReading::kBadOption);
  EXPECT_EQ(fault_of_discovery(pppoe_packet(PppoeCode::kPadi, 0, {1, 1, 0})), PppoeReading::kBadOption);
}

TEST(PppoeDiscovery, EveryPrefixIsTruncated) {
  const Octets whole = full_padr();
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    const ExactCopy cut(Bytes(whole).first(bytes));
    PppoeDiscovery message;
    EXPECT_EQ(parse_pppoe_discovery(cut.bytes(), message), PppoeReading::kTruncated) << bytes;
  }
}

TEST(PppSession, NameOfPapIsAViewAndThePasswordIsNot) {
  const Octets octets = pap_request(0x1234, "user7@example.org", "secret");
  PppMessage message;
  ASSERT_EQ(parse_pppoe_session(octets, message), PppoeReading::kRead);
  EXPECT_EQ(message.session_id, 0x1234);
  EXPECT_TRUE(is_code(message, PapCode::kRequest));
  EXPECT_EQ(as_text(message.name), "user7@example.org");
  EXPECT_LE(message.name.data() + message.name.size(), octets.data() + octets.size() - 7) << "the password's length on";
  EXPECT_TRUE(is_code(session(ppp_control(1, kPapProtocol, 2, {2, 'o', 'k'})), PapCode::kAck));
  EXPECT_TRUE(is_code(session(ppp_control(1, kPapProtocol, 3, {0})), PapCode::kNak));
}

TEST(PppSession, PapWhosePasswordOverrunsIsNoRequest) {
  EXPECT_EQ(fault_of_session(ppp_control(1, kPapProtocol, 1, {1, 'u', 3, 'p', 'w'})), PppoeReading::kBadLength);
  EXPECT_EQ(fault_of_session(ppp_control(1, kPapProtocol, 1, {9, 'u'})), PppoeReading::kBadLength);
}

TEST(PppSession, NameOfChapIsBehindTheValue) {
  const PppMessage response = session(chap_response(1, "user7"));
  EXPECT_TRUE(is_code(response, ChapCode::kResponse));
  EXPECT_EQ(as_text(response.name), "user7");
  EXPECT_TRUE(is_code(session(ppp_control(1, kChapProtocol, 1, {2, 1, 2, 'a', 'c'})), ChapCode::kChallenge));
  const PppMessage success = session(ppp_control(1, kChapProtocol, 3, of_text("S=0123456789")));
  EXPECT_TRUE(is_code(success, ChapCode::kSuccess));
  EXPECT_TRUE(success.name.empty()) << "what it carries is an authenticator";
  EXPECT_TRUE(is_code(session(ppp_control(1, kChapProtocol, 4, {})), ChapCode::kFailure));
  EXPECT_EQ(fault_of_session(ppp_control(1, kChapProtocol, 2, {16, 1, 2})), PppoeReading::kBadLength);
}

TEST(PppSession, AddressOfIpcpIsOptionThreeOfEachConfigureMessage) {
  const Octets options = {129, 6, 198, 51, 100, 1, 3, 6, 192, 0, 2, 7, 2, 6, 0, 0x2d, 15, 1};
  for (uint8_t code = 1; code <= 4; ++code) {
    const PppMessage message = session(ppp_control(1, kIpcpProtocol, code, options));
    EXPECT_TRUE(is_code(message, PppKind::kIpcp, PppCode{code}));
    EXPECT_EQ(message.address, (std::array<uint8_t, 4>{192, 0, 2, 7}));
  }
  EXPECT_FALSE(session(ppp_control(1, kIpcpProtocol, 5, options)).address.has_value()) << "Terminate has no options";
}

TEST(PppSession, InterfaceIdOfIpv6cpIsOptionOne) {
  const PppMessage message = session(ppp_control(1, kIpv6cpProtocol, 2, {1, 10, 2, 0, 0, 0xff, 0xfe, 0, 0, 7}));
  EXPECT_EQ(message.interface_id, (std::array<uint8_t, 8>{2, 0, 0, 0xff, 0xfe, 0, 0, 7}));
}

TEST(PppSession, OptionsThatCannotBeAreAFault) {
  using enum PppoeReading;
  EXPECT_EQ(fault_of_session(ppp_control(1, kIpcpProtocol, 2, {3, 5, 192, 0, 2})), kBadOption);
  EXPECT_EQ(fault_of_session(ppp_control(1, kIpcpProtocol, 2, {3, 6, 192, 0, 2, 7, 3, 6, 192, 0, 2, 8})), kBadOption);
  EXPECT_EQ(fault_of_session(ppp_control(1, kIpcpProtocol, 2, {3, 1})), kBadOption);
  EXPECT_EQ(fault_of_session(ppp_control(1, kIpcpProtocol, 2, {3})), kBadOption);
  EXPECT_EQ(fault_of_session(ppp_control(1, kIpcpProtocol, 2, {129, 9, 1})), kBadOption);
  EXPECT_EQ(fault_of_session(ppp_control(1, kIpv6cpProtocol, 2, {1, 6, 1, 2, 3, 4})), kBadOption);
  EXPECT_EQ(fault_of_session(ppp_control(1, kLcpProtocol, 1, {3, 3, 0xc0})), kBadOption);
}

TEST(PppSession, LcpSaysHowIsAuthenticatedAndWhatIsRejected) {
  EXPECT_EQ(session(ppp_control(1, kLcpProtocol, 1, {1, 4, 5, 0xd4, 3, 4, 0xc0, 0x23})).authentication, kPapProtocol);
  EXPECT_EQ(session(ppp_control(1, kLcpProtocol, 2, {3, 5, 0xc2, 0x23, 5})).authentication, kChapProtocol);
  EXPECT_EQ(session(ppp_control(1, kLcpProtocol, 8, {0x80, 0x57, 1, 1})).rejected, kIpv6cpProtocol);
  EXPECT_TRUE(
      is_code(session(ppp_control(1, kLcpProtocol, 5, of_text("bye"))), PppKind::kLcp, PppCode::kTerminateRequest));
  EXPECT_EQ(session(ppp_control(1, kLcpProtocol, 9, {0, 0, 0, 1})).code, 9);
}

TEST(PppSession, ProtocolOfOneOctetIsReadAndSomebodysPacketIsNotLookedInto) {
  const PppMessage compressed = session(pppoe_packet(PppoeCode::kSession, 7, {0x21, 0x45, 0}));
  EXPECT_EQ(compressed.protocol, 0x0021);
  EXPECT_EQ(compressed.kind, PppKind::kOther);
  EXPECT_EQ(compressed.session_id, 7);
  EXPECT_EQ(session(pppoe_packet(PppoeCode::kSession, 7, {0, 0x57, 0x60})).protocol, 0x0057);
  EXPECT_EQ(session(pppoe_packet(PppoeCode::kSession, 7, {0xff, 3, 0xc0, 0x21, 9, 1, 0, 4})).kind, PppKind::kLcp);
}

TEST(PppSession, PaddingBehindEachLengthIsNotRead) {
  Octets padded = chap_response(1, "user7");
  append(padded, of_text("padding"));
  EXPECT_EQ(as_text(session(padded).name), "user7");
  // RFC 1661, 5: behind the control message's own length, inside of the PPPoE length.
  Octets inside = {0xc2, 0x23, 2, 7, 0, 8, 1, 0x5a, 'm', 'e'};
  append(inside, of_text("padding"));
  EXPECT_EQ(as_text(session(pppoe_packet(PppoeCode::kSession, 1, inside)).name), "me");
}

TEST(PppSession, FaultsHaveTheirNames) {
  using enum PppoeReading;
  EXPECT_EQ(fault_of_session(pppoe_packet(PppoeCode::kPadt, 1, {})), kUnknownCode);
  EXPECT_EQ(fault_of_session(pppoe_packet(PppoeCode::kSession, 1, {})), kBadLength);
  EXPECT_EQ(fault_of_session(pppoe_packet(PppoeCode::kSession, 1, {0xc0})), kBadLength);
  EXPECT_EQ(fault_of_session(pppoe_packet(PppoeCode::kSession, 1, {0xc0, 0x21, 1, 1, 0, 3})), kBadLength);
  EXPECT_EQ(fault_of_session(pppoe_packet(PppoeCode::kSession, 1, {0xc0, 0x21, 1, 1, 0, 5})), kBadLength);
  EXPECT_EQ(fault_of_session(pppoe_packet(PppoeCode::kSession, 1, {0xc0, 0x21, 1, 1, 0})), kBadLength);
}

TEST(PppSession, EveryPrefixIsTruncated) {
  for (const Octets& whole : {pap_request(1, "user7", "secret"), chap_response(1, "user7"),
                              ppp_control(1, kIpcpProtocol, 2, {3, 6, 192, 0, 2, 7})}) {
    for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
      const ExactCopy cut(Bytes(whole).first(bytes));
      PppMessage message;
      EXPECT_EQ(parse_pppoe_session(cut.bytes(), message), PppoeReading::kTruncated) << bytes;
      EXPECT_TRUE(message.name.empty());
    }
  }
}

// The same where the sender lies about the outer length: half a message is none.
TEST(PppSession, EveryShorterInsideIsAFaultOrHasNoName) {
  const Octets whole = pap_request(1, "user7", "secret");
  const Bytes inside = Bytes(whole).subspan(6);
  for (size_t bytes = 0; bytes < inside.size(); ++bytes) {
    const Octets cut(inside.begin(), inside.begin() + static_cast<ptrdiff_t>(bytes));
    EXPECT_EQ(fault_of_session(pppoe_packet(PppoeCode::kSession, 1, cut)), PppoeReading::kBadLength) << bytes;
  }
}

Octets masked(const Octets& octets) {
  Octets room(octets.size() + 10, 0xee);
  room.resize(copy_masked_pppoe(octets, room));
  return room;
}

bool holds(const Octets& octets, std::string_view text) { return as_text(octets).find(text) != std::string_view::npos; }

TEST(PppoeMask, NothingOfAnAuthenticationIsLeft) {
  for (const Octets& octets :
       {pap_request(1, "user7", "secret"), ppp_control(1, kChapProtocol, 2, of_text("\6secret")),
        ppp_control(1, kChapProtocol, 3, of_text("S=secret")), ppp_control(1, kPapProtocol, 3, of_text("\6secret")),
        ppp_control(1, kLcpProtocol, 8, join({{0xc0, 0x23}, of_text("secret")})),
        ppp_control(1, kLcpProtocol, 7, of_text("secret")),
        pppoe_packet(PppoeCode::kSession, 1, join({{0xc2, 0x27}, of_text("secret")})),
        pppoe_packet(PppoeCode::kSession, 1, join({{0x21}, of_text("secret")})),
        join({ppp_control(1, kIpcpProtocol, 2, {3, 6, 192, 0, 2, 7}), of_text("secret")}),
        pppoe_packet(PppoeCode::kSession, 1, join({{0x80, 0x21, 2, 1, 0, 4}, of_text("secret")}))}) {
    const Octets copy = masked(octets);
    EXPECT_GE(copy.size(), 6U);
    EXPECT_FALSE(holds(copy, "secret"));
    EXPECT_TRUE(holds(octets, "secret"));
  }
}

TEST(PppoeMask, WhatIsNegotiatedStays) {
  const Octets ack = ppp_control(1, kIpcpProtocol, 2, {3, 6, 192, 0, 2, 7});
  EXPECT_EQ(masked(ack), ack);
  EXPECT_EQ(masked(full_padr()), full_padr());
}

TEST(PppoeMask, WhatCannotBeReadOrHasNoRoomIsNotCopied) {
  const Octets whole = pap_request(1, "user7", "secret");
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    EXPECT_TRUE(masked({whole.begin(), whole.begin() + static_cast<ptrdiff_t>(bytes)}).empty()) << bytes;
    Octets room(bytes);
    EXPECT_EQ(copy_masked_pppoe(whole, room), 0U);
  }
}

}  // namespace
}  // namespace lictor
