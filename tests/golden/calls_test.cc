// Records of calls (TS 102 232-5), octet for octet as they were agreed on.

#include <numeric>

#include "tests/golden/golden.h"

namespace lictor {
namespace {

EtsiTaskParameters call_parameters() {
  EtsiTaskParameters parameters = golden_parameters();
  parameters.targets.clear();
  parameters.call_content = true;
  return parameters;
}

EtsiTaskParameters contained(EtsiTaskParameters parameters) {
  parameters.encryption = PayloadEncryption::kContainer;
  parameters.encryption_started = {kTime.unix_ns};
  return parameters;
}

void expect_media(const std::string& name, const EtsiTaskParameters& parameters, const MediaForm& media, size_t length,
                  uint32_t number) {
  const Result<std::unique_ptr<Encoder>> encoder = make_etsi_encoder(parameters);
  ASSERT_TRUE(encoder.ok());
  std::vector<uint8_t> packet(length);
  std::iota(packet.begin(), packet.end(), uint8_t{0});
  const ContentRecord record{.packet = packet,
                             .whole_bytes = static_cast<uint32_t>(length),
                             .arrival = kTime,
                             .direction = Direction::kFromTarget,
                             .cin = 42,
                             .media = media};
  std::vector<uint8_t> room((*encoder)->content_bytes_max(record.octets()));
  room.resize((*encoder)->encode_content(record, number, room));
  expect_golden(name, room);
}

void expect_media_in(const std::string& folder, const EtsiTaskParameters& parameters) {
  expect_media(folder + "ipmmcc-rtp", parameters, {}, 200, 0);
  expect_media(folder + "ipmmcc-stream", parameters,
               {.frame = MediaFrame::kRtp, .stream = as_bytes("m=audio 49170 RTP/AVP 0\r\nc=IN IP4 192.0.2.1")}, 172,
               4'294'967'280);
  expect_media(folder + "ipmmcc-msrp", parameters, {.frame = MediaFrame::kMsrp, .protocol = MediaProtocol::kMsrp}, 90,
               1);
}

TEST(Golden, CallContent) {
  expect_media_in("", call_parameters());
  expect_media("ipmmcc-container", contained(call_parameters()), {}, 60, 9);
}

std::vector<uint8_t> octets_of(std::string_view text) { return {text.begin(), text.end()}; }

constexpr std::string_view kMessage =
    "MESSAGE sip:b@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1\r\n"
    "From: <sip:a@example.org>;tag=1\r\nTo: <sip:b@example.org>\r\nCall-ID: 1@192.0.2.7\r\nCSeq: 1 MESSAGE\r\n"
    "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010001101\r\n"
    "Subject: lunch\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nat the inn";

CallTelling telling() {
  return {.step = CallStep::kBegin,
          .direction = Direction::kFromTarget,
          .source = *IpPrefix::parse("192.0.2.7"),
          .destination = *IpPrefix::parse("198.51.100.1"),
          .message = octets_of(kMessage)};
}

void expect_call(const std::string& name, const EtsiTaskParameters& parameters, const CallTelling& call,
                 uint32_t number) {
  const EventRecord event{.kind = EventKind::kCall, .series = RecordKind::kIri, .time = kTime, .cin = 42, .call = call};
  const Result<std::unique_ptr<Encoder>> encoder = make_etsi_encoder(parameters);
  ASSERT_TRUE(encoder.ok());
  std::vector<uint8_t> room((*encoder)->event_bytes_max(event));
  room.resize((*encoder)->encode_event(event, number, room));
  expect_golden(name, room);
}

CallTelling ended() {
  CallTelling call = telling();
  call.step = CallStep::kEnd;
  call.begun = true;
  call.reason = CallEndReason::kSilent;
  call.source = *IpPrefix::parse("2001:db8::7");
  call.destination = *IpPrefix::parse("2001:db8::1");
  call.message.clear();
  return call;
}

void expect_calls_in(const std::string& folder, EtsiTaskParameters parameters) {
  parameters.session_iri.location = true;
  expect_call(folder + "ipmmiri-message", parameters, telling(), 0);
  expect_call(folder + "ipmmiri-end", parameters, ended(), 1);
  parameters.call_content = parameters.session_iri.location = false;
  expect_call(folder + "ipmmiri-masked", parameters, telling(), 0);
}

TEST(Golden, CallIri) {
  EtsiTaskParameters parameters = call_parameters();
  expect_calls_in("", parameters);
  expect_call("ipmmiri-no-location", parameters, telling(), 0);
  expect_call("ipmmiri-container", contained(parameters), telling(), 0);
  parameters.session_iri.location = parameters.call_packets = true;
  CallTelling call = telling();
  call.step = CallStep::kReport;
  call.packet = octets_of("\x45 the headers of IP and UDP ");
  call.packet.insert(call.packet.end(), call.message.begin(), call.message.end());
  expect_call("ipmmiri-packet", parameters, call, 2);
  parameters.call_content = false;
  call.ended = true;
  expect_call("ipmmiri-masked-end", parameters, ended(), 3);
  call.step = CallStep::kEnd;
  expect_call("ipmmiri-again", parameters, call, 4);
}

TEST(Golden, CallsWithWideLengths) {
  EtsiTaskParameters parameters = call_parameters();
  parameters.lengths = Lengths::kWide;
  expect_media_in("ber/", parameters);
  expect_calls_in("ber/", parameters);
}

}  // namespace
}  // namespace lictor
