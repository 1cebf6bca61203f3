// Session descriptions, and the endpoints that they name.
#include "dataplane/session/sip/sdp.h"

#include <gtest/gtest.h>

#include "dataplane/session/sip/media_endpoints.h"
#include "tests/unit/dataplane/session/sip/sip_texts.h"

namespace lictor::sip {
namespace {

std::string lines(std::initializer_list<std::string_view> more) {
  std::string text = "v=0\r\no=- 7 8 IN IP4 192.0.2.1\r\ns=-\r\n";
  for (const std::string_view line : more) text += std::string(line) + "\r\n";
  return text;
}

SessionDescription description_of(std::string_view text) {
  SessionDescription description;
  EXPECT_EQ(parse_sdp(as_bytes(text), description), SdpError::kNone);
  return description;
}

std::string shown(const MediaAddress& address) {
  std::string text;
  for (size_t i = 0; i < (address.ipv6 ? 16U : 4U); ++i) {
    char part[8];
    std::snprintf(part, sizeof part, address.ipv6 ? "%02x" : "%u.", address.octets[i]);
    text += part;
  }
  return text;
}

std::string shown(const MediaEndpoint& endpoint) {
  constexpr const char* kUses[] = {"rtp", "rtcp", "mux", "udptl", "msrp", "other"};
  return shown(endpoint.address) + ":" + std::to_string(endpoint.port) + (endpoint.tcp ? "t" : "") + " " +
         kUses[static_cast<size_t>(endpoint.use)] + (endpoint.candidate ? " ice" : "");
}

std::vector<std::string> endpoints_of(std::string_view text) {
  MediaEndpoints endpoints;
  list_endpoints(description_of(text), endpoints);
  std::vector<std::string> all;
  for (const MediaEndpoint& endpoint : endpoints.all.all()) all.push_back(shown(endpoint));
  return all;
}

using Texts = std::vector<std::string>;

TEST(Sdp, SessionsAddressIsEachStreamsUnlessItHasItsOwn) {
  const std::string text = lines(
      {"c=IN IP4 192.0.2.10", "t=0 0", "m=audio 49170 RTP/AVP 0", "m=video 51372 RTP/AVP 31", "c=IN IP6 2001:db8::2"});
  const SessionDescription description = description_of(text);
  ASSERT_EQ(description.streams.count, 2);
  EXPECT_EQ(shown(description.streams.items[0].address.value()), "192.0.2.10.");
  EXPECT_TRUE(description.streams.items[1].address.value().ipv6);
  EXPECT_EQ(description.streams.items[1].kind, MediaKind::kVideo);
  EXPECT_EQ(endpoints_of(text), (Texts{"192.0.2.10.:49170 rtp", "20010db8000000000000000000000002:51372 rtp",
                                       "192.0.2.10.:49171 rtcp", "20010db8000000000000000000000002:51373 rtcp"}));
}

TEST(Sdp, RtcpIsWhereItIsSaidToBe) {
  EXPECT_EQ(endpoints_of(lines({"c=IN IP4 192.0.2.1", "m=audio 5000 RTP/AVP 0", "a=rtcp:5555"})),
            (Texts{"192.0.2.1.:5000 rtp", "192.0.2.1.:5555 rtcp"}));
  EXPECT_EQ(endpoints_of(lines({"c=IN IP4 192.0.2.1", "m=audio 5000 RTP/AVP 0", "a=rtcp:5555 IN IP4 192.0.2.9"})),
            (Texts{"192.0.2.1.:5000 rtp", "192.0.2.9.:5555 rtcp"}));
}

TEST(Sdp, MultiplexingThatIsOnlyOfferedKeepsThePortOfRtcp) {
  EXPECT_EQ(endpoints_of(lines({"c=IN IP4 192.0.2.1", "m=audio 5000 RTP/SAVPF 0", "a=rtcp-mux"})),
            (Texts{"192.0.2.1.:5000 mux", "192.0.2.1.:5001 rtcp"}));
  EXPECT_EQ(endpoints_of(lines({"c=IN IP4 192.0.2.1", "m=audio 5000 RTP/SAVPF 0", "a=rtcp-mux-only"})),
            Texts{"192.0.2.1.:5000 mux"});
}

TEST(Sdp, PortsInARowArePairs) {
  EXPECT_EQ(endpoints_of(lines({"c=IN IP4 192.0.2.1", "m=video 5000/2 RTP/AVP 31"})),
            (Texts{"192.0.2.1.:5000 rtp", "192.0.2.1.:5001 rtcp", "192.0.2.1.:5002 rtp", "192.0.2.1.:5003 rtcp"}));
  EXPECT_EQ(endpoints_of(lines({"c=IN IP4 192.0.2.1", "m=video 5000/60000 RTP/AVP 31"})).size(), 2U * kPortPairsMax);
}

TEST(Sdp, EveryCandidateMayBeUsed) {
  EXPECT_EQ(endpoints_of(lines({"c=IN IP4 192.0.2.1", "m=audio 5000 UDP/TLS/RTP/SAVPF 111", "a=rtcp-mux-only",
                                "a=candidate:1 1 UDP 2130706431 198.51.100.1 6000 typ host",
                                "a=candidate:1 2 udp 2130706430 198.51.100.1 6001 typ host",
                                "a=candidate:2 1 TCP 1 198.51.100.1 9 typ host tcptype active",
                                "a=candidate:3 1 UDP 1 2001:db8::5 7000 typ relay raddr 0.0.0.0 rport 0",
                                "a=candidate:4 1 UDP 1 9b36eaac-bb2e.local 7000 typ host"})),
            (Texts{"192.0.2.1.:5000 mux", "198.51.100.1.:6000 mux ice", "198.51.100.1.:6001 rtcp ice",
                   "20010db8000000000000000000000005:7000 mux ice"}));
}

TEST(Sdp, StreamsOfABundleAreWhereItsTransportIs) {
  const std::string text =
      lines({"a=group:BUNDLE v a", "c=IN IP4 192.0.2.1", "m=audio 0 UDP/TLS/RTP/SAVPF 0", "a=mid:a", "a=bundle-only",
             "m=video 5004 UDP/TLS/RTP/SAVPF 31", "a=mid:v", "a=rtcp-mux-only", "a=fingerprint:sha-256 00"});
  EXPECT_EQ(endpoints_of(text), Texts{"192.0.2.1.:5004 mux"});
  EXPECT_TRUE(description_of(text).streams.items[1].keys);
}

TEST(Sdp, FaxAndMessagesHaveTheirProtocols) {
  EXPECT_EQ(endpoints_of(lines({"c=IN IP4 192.0.2.1", "m=image 4402 udptl t38"})), Texts{"192.0.2.1.:4402 udptl"});
  EXPECT_EQ(endpoints_of(lines({"c=IN IP4 192.0.2.1", "m=message 7654 TCP/MSRP *",
                                "a=path:msrp://192.0.2.1:7654/jshA7weztas;tcp msrps://u@[2001:db8::7]/x;tcp"})),
            (Texts{"192.0.2.1.:7654t msrp", "20010db8000000000000000000000007:2855t msrp"}));
  EXPECT_EQ(endpoints_of(lines({"c=IN IP4 192.0.2.1", "m=application 9 TCP/BFCP *"})), Texts{});
}

TEST(Sdp, EveryStreamsPortComesFirstAndCandidatesComeLast) {
  const std::string candidate = "a=candidate:1 1 UDP 1 192.0.2.3 ";
  MediaEndpoints endpoints;
  list_endpoints(description_of(lines({"c=IN IP4 192.0.2.1", "m=audio 5000/2 RTP/AVP 0", candidate + "6000 typ host",
                                       "m=video 5010 RTP/AVP 31", candidate + "6010 typ host"})),
                 endpoints);
  std::vector<uint16_t> ports;
  for (const MediaEndpoint& endpoint : endpoints.all.all()) ports.push_back(endpoint.port);
  EXPECT_EQ(ports, (std::vector<uint16_t>{5000, 5010, 5001, 5002, 5003, 5011, 6000, 6010}));
}

TEST(Sdp, DirectionIsTheSessionsUnlessAStreamHasItsOwn) {
  const SessionDescription description =
      description_of(lines({"a=sendonly", "m=audio 5000 RTP/AVP 0", "m=video 5002 RTP/AVP 31", "a=inactive"}));
  EXPECT_EQ(description.streams.items[0].direction, MediaDirection::kSendOnly);
  EXPECT_EQ(description.streams.items[1].direction, MediaDirection::kInactive);
}

TEST(Sdp, RefusedStreamsAndThoseOnHoldByAddressHaveNoEndpoint) {
  EXPECT_EQ(endpoints_of(lines({"c=IN IP4 0.0.0.0", "m=audio 5000 RTP/AVP 0"})), Texts{});
  EXPECT_EQ(endpoints_of(lines({"c=IN IP4 192.0.2.1", "m=audio 0 RTP/AVP 0"})), Texts{});
  EXPECT_EQ(endpoints_of(lines({"c=IN IP4 224.2.1.1/127", "m=audio 5000 RTP/AVP 0"})), Texts{});
}

TEST(Sdp, NamesAreCountedAndNotResolved) {
  const SessionDescription description =
      description_of(lines({"c=IN IP4 media.example.org", "m=audio 5000 RTP/AVP 0"}));
  EXPECT_EQ(description.named_addresses, 1);
  EXPECT_FALSE(description.streams.items[0].address);
}

TEST(Sdp, StreamsBehindTheBoundTakeTheirLinesWithThem) {
  std::string text = lines({"c=IN IP4 192.0.2.1"});
  for (size_t i = 0; i < kStreamsMax + 2; ++i) text += "m=audio 5000 RTP/AVP 0\r\n";
  const SessionDescription description = description_of(text + "c=IN IP4 192.0.2.99\r\na=inactive\r\n");
  EXPECT_EQ(description.streams.count, kStreamsMax);
  EXPECT_EQ(description.streams.beyond, 2);
  EXPECT_EQ(shown(description.streams.items[kStreamsMax - 1].address.value()), "192.0.2.1.");
  EXPECT_EQ(shown(description.address.value()), "192.0.2.1.");
}

TEST(Sdp, OriginIsTakenApart) {
  const SessionDescription description = description_of(kOffer);
  const std::optional<SdpOrigin> origin = read_origin(description.origin);
  ASSERT_TRUE(origin);
  EXPECT_EQ(text_of(origin->user) + text_of(origin->session_id) + text_of(origin->address),
            "alice2890844526192.0.2.10");
  EXPECT_FALSE(read_origin(as_bytes("- 1 2 IN IP4")));
}

TEST(Sdp, ABareReturnEndsALineWhereAnotherOneFollows) {
  EXPECT_EQ(
      endpoints_of("v=0\ro=- 1 1 IN IP4 192.0.2.1\rc=IN IP4 192.0.2.1\rm=audio 5000 RTP/AVP 0\ra=rtcp-mux-only\r"),
      Texts{"192.0.2.1.:5000 mux"});
  EXPECT_EQ(endpoints_of(lines({"c=IN IP4 192.0.2.1", "m=audio 5000\r RTP/AVP 0", "a=rtcp-mux-only"})),
            Texts{"192.0.2.1.:5000 mux"});
}

TEST(Sdp, NumbersOfAddressesAreDecimalWhateverZerosAreBeforeThem) {
  const auto read = [](std::string_view text) {
    const std::optional<MediaAddress> address = read_media_address(as_bytes(text));
    return address ? shown(*address) : "none";
  };
  EXPECT_EQ(read("203.0.113.005"), "203.0.113.5.");
  EXPECT_EQ(read("192.000.02.09/127"), "192.0.2.9.");
  for (const std::string_view text : {"", "192", "192.0.2", "192.0.2.", ".192.0.2", "192.0.2.1.", "192.0.2.1.5",
                                      "192.0..1", "192.0.2.256", "192.0.2.0x4", "192.0.2.-4"})
    EXPECT_EQ(read(text), "none") << text;
}

TEST(Sdp, AnAddressThatStandsForIpv4IsThat) {
  const std::string mapped =
      "c=IN IP6 ::"
      "ffff:";
  EXPECT_EQ(endpoints_of(lines({mapped + "203.0.113.5", "m=audio 5000 RTP/AVP 0", "a=rtcp-mux-only"})),
            Texts{"203.0.113.5.:5000 mux"});
  EXPECT_EQ(endpoints_of(lines({mapped + "0.0.0.0", "m=audio 5000 RTP/AVP 0"})), Texts{});
}

TEST(Sdp, OfSeveralDescriptionsEachStreamsPortComesFirst) {
  std::string filler = lines({"c=IN IP4 192.0.2.1"});
  for (size_t i = 0; i < kStreamsMax; ++i) {
    filler += "m=audio " + std::to_string(5000 + 2 * i) + " RTP/AVP 0\r\n";
    for (size_t j = 0; j < kCandidatesMax; ++j)
      filler += "a=candidate:1 1 UDP 1 192.0.2.3 " + std::to_string(6000 + i * kCandidatesMax + j) + " typ host\r\n";
  }
  MediaEndpoints endpoints;
  list_endpoints(description_of(filler), endpoints);
  EXPECT_EQ(endpoints.all.count, kEndpointsMax);
  const uint16_t beyond = endpoints.all.beyond;
  add_endpoints(description_of(lines({"c=IN IP4 192.0.2.2", "m=audio 7000/2 RTP/AVP 0", "m=audio 7010 RTP/AVP 0"})),
                endpoints);
  EXPECT_EQ(endpoints.all.count, kEndpointsMax);
  EXPECT_EQ(endpoints.all.beyond, beyond + 6);
  EXPECT_EQ(endpoints.all.items[kStreamsMax].port, 7000);
  EXPECT_EQ(endpoints.all.items[kStreamsMax + 1].port, 7010);
  EXPECT_EQ(endpoints.all.items[kStreamsMax + 2].port, 5001);
  EXPECT_EQ(endpoints.all.items[2 * kStreamsMax + 2].port, 7001);
  EXPECT_EQ(endpoints.all.items[2 * kStreamsMax + 6].port, 6000);
}

TEST(Sdp, WhatIsNoneIsSaid) {
  SessionDescription description;
  EXPECT_EQ(parse_sdp({}, description), SdpError::kNotSdp);
  EXPECT_EQ(parse_sdp(as_bytes("v=1\r\n"), description), SdpError::kNotSdp);
  EXPECT_EQ(parse_sdp(as_bytes("\r\nv=0"), description), SdpError::kNone);
}

TEST(Sdp, EveryBeginningIsReadWithinItself) {
  const std::string text = lines({"c=IN IP4 192.0.2.1", "a=group:BUNDLE a", "m=audio 5000/2 RTP/AVP 0", "a=mid:a",
                                  "a=rtcp:5555 IN IP6 2001:db8::1", "a=candidate:1 1 UDP 1 192.0.2.3 6000 typ host",
                                  "m=message 7654 TCP/MSRP *", "a=path:msrp://[2001:db8::7]:99/x;tcp"});
  MediaEndpoints endpoints;
  for (size_t bytes = 0; bytes <= text.size(); ++bytes) {
    const Exactly prefix(std::string_view(text).substr(0, bytes));
    SessionDescription description;
    if (parse_sdp(prefix.bytes(), description) != SdpError::kNone) continue;
    list_endpoints(description, endpoints);
    EXPECT_LE(endpoints.all.count, 7) << bytes;
  }
  EXPECT_EQ(endpoints.all.count, 7);
}

}  // namespace
}  // namespace lictor::sip
