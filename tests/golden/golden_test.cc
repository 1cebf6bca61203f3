// Every kind of record, octet for octet as it was agreed on. A record that changes changes what agencies receive: look
// at the difference with read_records.py, then write the files anew with LICTOR_GOLDEN_WRITE=1 in the environment.

#include "tests/golden/golden.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>

#include "encoders/etsi/asn1_codec.h"
#include "encoders/etsi/keepalive.h"
#include "encoders/lemf/answer.h"
#include "tests/unit/encoders/etsi/session_reports.h"

namespace lictor {
namespace {

void expect_content(const std::string& name, const EtsiTaskParameters& parameters, size_t length, uint32_t whole,
                    uint32_t number) {
  const Result<std::unique_ptr<Encoder>> encoder = make_etsi_encoder(parameters);
  ASSERT_TRUE(encoder.ok());
  std::vector<uint8_t> packet(length);
  std::iota(packet.begin(), packet.end(), uint8_t{0});
  packet[0] = 0x45;
  std::vector<uint8_t> room((*encoder)->content_bytes_max(length));
  room.resize((*encoder)->encode_content(
      {.packet = packet, .whole_bytes = whole, .arrival = kTime, .direction = Direction::kToTarget}, number, room));
  expect_golden(name, room);
}

TEST(Golden, InternetAccessIri) {
  expect_event("ipiri-start", golden_parameters(),
               {.kind = EventKind::kSessionActiveAtStart, .series = RecordKind::kIri, .time = kTime}, 0);
  expect_event("ipiri-end", golden_parameters(),
               {.kind = EventKind::kSessionActiveAtEnd, .series = RecordKind::kIri, .time = kTime}, 1);
  expect_event("ipiri-start-v18", newest_parameters(),
               {.kind = EventKind::kSessionActiveAtStart, .series = RecordKind::kIri, .time = kTime}, 0);
}

// Each row of the table in encoders/etsi/README.md.
TEST(Golden, SessionIri) {
  struct Row {
    const char* name;
    SessionSource source;
    AccessEvent event;
    AccessEventType type;
    SessionEnd end = SessionEnd::kNone;
    bool begun = false;
    bool ended = false;
  };
  using enum SessionSource;
  const Row rows[] = {
      {"radius-attempt", kRadius, AccessEvent::kAttempt, AccessEventType::kAttempt},
      {"radius-accept", kRadius, AccessEvent::kAccept, AccessEventType::kAccept},
      {"radius-accept-again", kRadius, AccessEvent::kAccept, AccessEventType::kAccept, SessionEnd::kNone, true},
      {"radius-update", kRadius, AccessEvent::kUpdate, AccessEventType::kUpdate, SessionEnd::kNone, true},
      {"radius-reject", kRadius, AccessEvent::kReject, AccessEventType::kReject},
      {"radius-failed", kRadius, AccessEvent::kFailed, AccessEventType::kFailed},
      {"radius-end", kRadius, AccessEvent::kEnd, AccessEventType::kEnd, SessionEnd::kLogoff, true},
      {"radius-end-again", kRadius, AccessEvent::kEnd, AccessEventType::kEnd, SessionEnd::kTimeout, true, true},
      {"active-at-start", kRadius, AccessEvent::kUpdate, AccessEventType::kActiveAtStart},
      {"active-at-end", kRadius, AccessEvent::kUpdate, AccessEventType::kActiveAtEnd, SessionEnd::kNone, true},
      {"dhcp-attempt", kDhcp4, AccessEvent::kAttempt, AccessEventType::kAttempt},
      {"dhcp-accept", kDhcp4, AccessEvent::kAccept, AccessEventType::kAccept},
      {"dhcp-update", kDhcp6, AccessEvent::kUpdate, AccessEventType::kUpdate, SessionEnd::kNone, true},
      {"dhcp-reject", kDhcp4, AccessEvent::kReject, AccessEventType::kReject},
      {"dhcp-end", kDhcp4, AccessEvent::kEnd, AccessEventType::kEnd, SessionEnd::kLeaseExpired, true},
      {"pppoe-end", kPppoe, AccessEvent::kEnd, AccessEventType::kEnd, SessionEnd::kConnectionLost, true}};
  EtsiTaskParameters parameters = golden_parameters();
  parameters.session_iri.location = parameters.session_iri.raw_aaa = true;
  for (const Row& row : rows) {
    const bool bare = row.event == AccessEvent::kAttempt;
    EventRecord event{.kind = EventKind::kSession, .series = RecordKind::kIri, .time = kTime, .cin = 42};
    event.session = SessionTelling{
        .event = row.type,
        .begun = row.begun,
        .ended = row.ended,
        .report = bare ? bare_report(row.source, row.event) : full_report(row.source, row.event, row.end)};
    expect_event(std::string("ipiri-") + row.name, parameters, event, 5);
  }
}

TEST(Golden, InternetAccessContent) {
  expect_content("ipcc-short", golden_parameters(), 40, 40, 0);
  expect_content("ipcc-long", golden_parameters(), 1500, 1500, 4'294'967'280);
  expect_content("ipcc-generalized", newest_parameters(), 100, 100, 128);
  EtsiTaskParameters local = newest_parameters();
  local.local_time = *LocalTime::in_zone("Europe/Vienna");
  expect_content("ipcc-local-zone", local, 100, 100, 128);
  local.local_time = *LocalTime::at_offset(-210);
  expect_content("ipcc-local-west", local, 100, 100, 128);
  expect_content("ipcc-truncated", newest_parameters(), 100, 1500, 200);
}

EtsiTaskParameters frame_parameters() {
  EtsiTaskParameters parameters = golden_parameters();
  parameters.targets.clear();
  parameters.frames = true;
  parameters.network_id = "00:53:00:12:34:56";
  return parameters;
}

void expect_frame(const std::string& name, const EtsiTaskParameters& parameters, size_t length, uint32_t number) {
  const Result<std::unique_ptr<Encoder>> encoder = make_etsi_encoder(parameters);
  ASSERT_TRUE(encoder.ok());
  std::vector<uint8_t> frame(length);
  std::iota(frame.begin(), frame.end(), uint8_t{0});
  std::vector<uint8_t> room((*encoder)->content_bytes_max(length));
  room.resize((*encoder)->encode_content({.packet = frame,
                                          .whole_bytes = static_cast<uint32_t>(length),
                                          .arrival = kTime,
                                          .direction = Direction::kFromTarget,
                                          .is_frame = true},
                                         number, room));
  expect_golden(name, room);
}

void expect_layer2(const std::string& folder, const EtsiTaskParameters& parameters) {
  expect_frame(folder + "l2cc-arp", parameters, 60, 0);
  expect_frame(folder + "l2cc-long", parameters, 1514, 4'294'967'280);
  expect_event(folder + "l2iri-start", parameters,
               {.kind = EventKind::kSessionActiveAtStart, .series = RecordKind::kIri, .time = kTime}, 0);
  expect_event(folder + "l2iri-end", parameters,
               {.kind = EventKind::kSessionActiveAtEnd, .series = RecordKind::kIri, .time = kTime}, 1);
}

TEST(Golden, Layer2) {
  expect_layer2("", frame_parameters());
  EtsiTaskParameters contained = frame_parameters();
  contained.encryption = PayloadEncryption::kContainer;
  contained.encryption_started = {kTime.unix_ns};
  expect_frame("l2cc-container", contained, 60, 9);
  expect_event("l2iri-container", contained,
               {.kind = EventKind::kSessionActiveAtStart, .series = RecordKind::kIri, .time = kTime}, 0);
}

TEST(Golden, AdministrativeNotifications) {
  expect_event("hi1-activated", golden_parameters(),
               {.kind = EventKind::kActivated, .series = RecordKind::kHi1, .time = kTime}, 0);
  EtsiTaskParameters local = newest_parameters();
  local.local_time = *LocalTime::in_zone("Europe/Vienna");
  expect_event("hi1-local-zone", local, {.kind = EventKind::kActivated, .series = RecordKind::kHi1, .time = kTime}, 0);
  expect_event("hi1-modified", newest_parameters(),
               {.kind = EventKind::kModified, .series = RecordKind::kHi1, .time = kTime}, 1);
  expect_event("hi1-deactivated", golden_parameters(),
               {.kind = EventKind::kDeactivated, .series = RecordKind::kHi1, .time = kTime}, 2);
  expect_event("hi1-alarm", golden_parameters(),
               {.kind = EventKind::kAlarm, .series = RecordKind::kHi1, .time = kTime, .text = "12 packets were lost"},
               3);
}

// A record whose payload is encrypted, as it is sent and as it was before.
TEST(Golden, EncryptedContent) {
  EtsiTaskParameters parameters = golden_parameters();
  parameters.encryption = PayloadEncryption::kAes192Cbc;
  parameters.payload_key = *PayloadKey::parse("000102030405060708090a0b0c0d0e0f1011121314151617");
  parameters.encryption_started = {kTime.unix_ns};
  const Result<std::unique_ptr<Encoder>> encoder = make_etsi_encoder(parameters);
  ASSERT_TRUE(encoder.ok());
  const std::vector<uint8_t> packet(40, 0x45);
  std::vector<uint8_t> room((*encoder)->content_bytes_max(packet.size()));
  room.resize((*encoder)->encode_content(
      {.packet = packet, .whole_bytes = 40, .arrival = kTime, .direction = Direction::kToTarget}, 9, room));
  expect_golden("ipcc-container", room);
  (*encoder)->encrypt(room, 9);
  expect_golden("ipcc-aes192", room);
}

void expect_check(const std::string& name, const EtsiTaskParameters& parameters, const IntegrityCheck& check,
                  uint32_t number) {
  const Result<std::unique_ptr<Encoder>> encoder = make_etsi_encoder(parameters);
  ASSERT_TRUE(encoder.ok());
  std::vector<uint8_t> room((*encoder)->check_bytes_max(check));
  room.resize((*encoder)->encode_check(check, number, kTime, room));
  expect_golden(name, room);
}

TEST(Golden, IntegrityChecks) {
  std::vector<uint8_t> value(32);
  std::iota(value.begin(), value.end(), uint8_t{0xf0});
  expect_check("integrity-hash", golden_parameters(),
               {.kind = IntegrityCheck::Kind::kHash,
                .of = CheckedKind::kCc,
                .numbers = {0, 127, 128, 4'294'967'295},
                .value = value},
               0);
  expect_check("integrity-signature", newest_parameters(),
               {.kind = IntegrityCheck::Kind::kSignature,
                .of = CheckedKind::kIri,
                .hash = HashAlgorithm::kSha512,
                .signature = SignatureAlgorithm::kEddsa,
                .numbers = {0, 1},
                .value = value},
               200);
}

TEST(Golden, TransportInformation) {
  expect_event("cin-reset", golden_parameters(),
               {.kind = EventKind::kCinReset, .series = RecordKind::kCc, .time = kTime}, 0);
  const KeepaliveParameters parameters{.operator_id = "EXAMPLE-OPERATOR", .network_element_id = "NE-1"};
  for (const auto& [name, kind] :
       {std::pair{"keep-alive", ConnectionPdu::kKeepalive}, std::pair{"option-request", ConnectionPdu::kOptionRequest},
        std::pair{"option-complete", ConnectionPdu::kOptionComplete},
        std::pair{"acknowledgement-request", ConnectionPdu::kAcknowledgementRequest}})
    expect_golden(name, encode_connection_pdu(parameters, kind, 1, {kTime.unix_ns}));
}

// What a receiver says to those, and what of it is heard.
void expect_answer(const std::string& name, ConnectionPdu asked, lemf::OptionManners manners, PeerAnswer heard) {
  const std::vector<uint8_t> question = encode_connection_pdu(
      {.operator_id = "EXAMPLE-OPERATOR", .network_element_id = "NE-1"}, asked, 1, {kTime.unix_ns});
  const der::Kind kind =
      asked == ConnectionPdu::kOptionRequest ? der::Kind::kOptionRequest : der::Kind::kAcknowledgementRequest;
  std::string answer;
  ASSERT_TRUE(lemf::append_answer(question, kind, manners, answer));
  expect_golden(name, as_bytes(answer));
  PeerPdu pdu;
  ASSERT_EQ(read_peer_pdu(as_bytes(answer), pdu), PeerRead::kPdu);
  EXPECT_EQ(pdu.answer, heard) << name;
}

TEST(Golden, AnswersToTransportInformation) {
  const auto accept = lemf::OptionManners::kAccept;
  expect_answer("option-response", ConnectionPdu::kOptionRequest, accept, PeerAnswer::kOptionAccepted);
  expect_answer("option-response-declined", ConnectionPdu::kOptionRequest, lemf::OptionManners::kDecline,
                PeerAnswer::kOptionDeclined);
  expect_answer("acknowledgement-response", ConnectionPdu::kAcknowledgementRequest, accept,
                PeerAnswer::kAcknowledgement);
}

// With wide lengths: the same records as those in DER, as read_records.py proves.
TEST(Golden, WideLengths) {
  EtsiTaskParameters wide = golden_parameters();
  wide.lengths = Lengths::kWide;
  EtsiTaskParameters newest = newest_parameters();
  newest.lengths = Lengths::kWide;
  expect_content("ber/ipcc-short", wide, 40, 40, 0);
  expect_content("ber/ipcc-long", wide, 1500, 1500, 4'294'967'280);
  expect_content("ber/ipcc-generalized", newest, 100, 100, 128);
  expect_content("ber/ipcc-truncated", newest, 100, 1500, 200);
  EtsiTaskParameters frames = frame_parameters();
  frames.lengths = Lengths::kWide;
  expect_layer2("ber/", frames);
  expect_event("ber/ipiri-start", wide,
               {.kind = EventKind::kSessionActiveAtStart, .series = RecordKind::kIri, .time = kTime}, 0);
  expect_event("ber/hi1-activated", wide, {.kind = EventKind::kActivated, .series = RecordKind::kHi1, .time = kTime},
               0);
  expect_event("ber/hi1-alarm", wide,
               {.kind = EventKind::kAlarm, .series = RecordKind::kHi1, .time = kTime, .text = "12 packets were lost"},
               3);
  expect_event("ber/cin-reset", wide, {.kind = EventKind::kCinReset, .series = RecordKind::kCc, .time = kTime}, 0);
  std::vector<uint8_t> value(32);
  std::iota(value.begin(), value.end(), uint8_t{0xf0});
  expect_check("ber/integrity-hash", wide,
               {.kind = IntegrityCheck::Kind::kHash,
                .of = CheckedKind::kCc,
                .numbers = {0, 127, 128, 4'294'967'295},
                .value = value},
               0);
  const KeepaliveParameters connection{
      .operator_id = "EXAMPLE-OPERATOR", .network_element_id = "NE-1", .lengths = Lengths::kWide};
  expect_golden("ber/keep-alive", encode_connection_pdu(connection, ConnectionPdu::kKeepalive, 1, {kTime.unix_ns}));
}

std::vector<uint8_t> octets_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::string digits;
  for (std::string line; std::getline(in, line);) digits += line;
  std::vector<uint8_t> octets;
  for (size_t i = 0; i + 1 < digits.size(); i += 2)
    octets.push_back(static_cast<uint8_t>(std::stoul(digits.substr(i, 2), nullptr, 16)));
  return octets;
}

// Of each record in `folder` asn1c reads all, its constraints hold, and what it writes is the record of that name in
// DER. Answers how many there are.
size_t expect_asn1c_reads(const std::filesystem::path& folder) {
  size_t records = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_directory()) continue;
    const std::vector<uint8_t> octets = octets_of(entry.path());
    void* read = nullptr;
    asn_codec_ctx_t no_stack_limit{};  // asn1c measures it by addresses, and a sanitiser's stack may lie on the heap
    const asn_dec_rval_t decoded = ber_decode(&no_stack_limit, &asn_DEF_PsPdu, &read, octets.data(), octets.size());
    const asn1::PsPduPtr pdu(static_cast<PsPdu_t*>(read));
    EXPECT_EQ(decoded.code, RC_OK) << entry.path();
    EXPECT_EQ(decoded.consumed, octets.size()) << entry.path();
    char error[256];
    size_t error_length = sizeof error;
    EXPECT_EQ(asn_check_constraints(&asn_DEF_PsPdu, pdu.get(), error, &error_length), 0) << entry.path() << error;
    std::vector<uint8_t> der(octets.size());
    der.resize(asn1::encode_der(*pdu, der));
    EXPECT_EQ(der, octets_of(std::filesystem::path(LICTOR_GOLDEN) / entry.path().filename())) << entry.path();
    ++records;
  }
  return records;
}

TEST(Golden, Asn1cReadsEveryRecord) { EXPECT_EQ(expect_asn1c_reads(LICTOR_GOLDEN), 60U); }

// What it reads of every record with wide lengths is what it reads of the one in DER.
TEST(Golden, Asn1cReadsWideLengths) { EXPECT_EQ(expect_asn1c_reads(LICTOR_GOLDEN "/ber"), 20U); }

}  // namespace
}  // namespace lictor
