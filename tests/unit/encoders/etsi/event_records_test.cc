// Records that are not content: asn1c's constraints hold, they decode to what went in, and re-encode to the same
// octets.

#include "encoders/etsi/event_records.h"

#include <AuthenticationType.h>
#include <gtest/gtest.h>

#include <tuple>

#include "encoders/etsi/etsi_encoder.h"
#include "parameters.h"

namespace lictor {
namespace {

const PacketTime kTime = {1'789'000'000'123'456'789};

asn1::PsPduPtr decoded(Bytes record) {
  void* pdu = nullptr;
  asn_codec_ctx_t no_stack_limit{};  // asn1c measures it by addresses, and a sanitiser's stack may lie on the heap
  const asn_dec_rval_t result = ber_decode(&no_stack_limit, &asn_DEF_PsPdu, &pdu, record.data(), record.size());
  asn1::PsPduPtr owner(static_cast<PsPdu_t*>(pdu));
  EXPECT_EQ(result.code, RC_OK);
  EXPECT_EQ(result.consumed, record.size());
  return owner;
}

std::string text_of(const OCTET_STRING_t& octets) {
  return {reinterpret_cast<const char*>(octets.buf), static_cast<size_t>(octets.size)};
}

// The event's record by way of the encoder, decoded again.
asn1::PsPduPtr round_trip(const EtsiTaskParameters& parameters, const EventRecord& event, uint32_t number) {
  const Result<std::unique_ptr<Encoder>> encoder = make_etsi_encoder(parameters);
  EXPECT_TRUE(encoder.ok());
  std::vector<uint8_t> record(Encoder::kEventBytesMax);
  record.resize((*encoder)->encode_event(event, number, record));
  EXPECT_FALSE(record.empty());
  asn1::PsPduPtr pdu = decoded(record);
  char error[256];
  size_t error_length = sizeof error;
  EXPECT_EQ(asn_check_constraints(&asn_DEF_PsPdu, pdu.get(), error, &error_length), 0) << error;
  std::vector<uint8_t> again(Encoder::kEventBytesMax);
  again.resize(asn1::encode_der(*pdu, again));
  EXPECT_EQ(again, record);
  return pdu;
}

TEST(EventRecords, HeaderCarriesTheTaskAndTheTimeOfTheEvent) {
  const EtsiTaskParameters parameters = test_parameters();
  const asn1::PsPduPtr pdu =
      round_trip(parameters, {.kind = EventKind::kActivated, .series = RecordKind::kHi1, .time = kTime}, 70'000);
  const PsHeader_t& header = pdu->header;
  EXPECT_EQ(text_of(header.liid), parameters.liid);
  EXPECT_EQ(text_of(*header.authorizationCountry), "AT");
  EXPECT_EQ(text_of(*header.communication.deliveryCountry), "DE");
  EXPECT_EQ(text_of(header.communication.network.operatorId), parameters.operator_id);
  EXPECT_EQ(text_of(*header.communication.network.networkElement), parameters.network_element_id);
  EXPECT_EQ(*header.communication.cin, parameters.cin);
  EXPECT_EQ(header.sequenceNumber, 70'000u);
  EXPECT_EQ(text_of(*header.interceptionPoint), "TAP1");
  EXPECT_EQ(header.microSecondTime->microSeconds, 123'456);
}

TEST(EventRecords, NotificationsNameTheTargetOnlyWhereTheProfileFillsIt) {
  EtsiTaskParameters parameters = test_parameters();
  const EventRecord event = {.kind = EventKind::kDeactivated, .series = RecordKind::kHi1, .time = kTime};
  asn1::PsPduPtr pdu = round_trip(parameters, event, 1);
  ASSERT_EQ(pdu->payload.present, Payload_PR_hi1);
  ASSERT_EQ(pdu->payload.choice.hi1.present, Hi1Operation_PR_deactivated);
  const Hi1Notification_t* notification = &pdu->payload.choice.hi1.choice.deactivated;
  EXPECT_EQ(text_of(notification->liid), parameters.liid);
  EXPECT_EQ(text_of(notification->communication->network->operatorId), "OPERA");
  EXPECT_EQ(text_of(notification->time.choice.utc), "260910002640Z");
  EXPECT_EQ(notification->targetInformation, nullptr);
  parameters.target_information = "ipv4:192.0.2.7";
  parameters.hi1_operator_id.clear();
  pdu = round_trip(parameters, event, 1);
  notification = &pdu->payload.choice.hi1.choice.deactivated;
  EXPECT_EQ(text_of(*notification->targetInformation), "ipv4:192.0.2.7");
  EXPECT_EQ(notification->communication, nullptr);
}

TEST(EventRecords, ATaskOfFramesTellsItsStartAndEndAsL2Iri) {
  EtsiTaskParameters parameters = test_parameters();
  parameters.frames = true;
  parameters.network_id = "00:53:00:12:34:56, vlan 100.200";
  const std::tuple<EventKind, IriKind, long> events[] = {
      {EventKind::kSessionActiveAtStart, IriKind::kBegin, L2AccessEvent_startOfInterceptionWithSessionActive},
      {EventKind::kSessionActiveAtEnd, IriKind::kReport, L2AccessEvent_endOfInterceptionWithSessionActive}};
  for (const auto& [kind, type, access] : events) {
    const asn1::PsPduPtr pdu = round_trip(parameters, {.kind = kind, .series = RecordKind::kIri, .time = kTime}, 1);
    ASSERT_EQ(pdu->payload.present, Payload_PR_iri);
    const IriPayload_t& payload = *pdu->payload.choice.iri.list.array[0];
    EXPECT_EQ(*payload.iriType, static_cast<long>(type));
    ASSERT_EQ(payload.contents.present, IriContents_PR_l2Iri);
    const L2IriContents_t& contents = payload.contents.choice.l2Iri.contents;
    EXPECT_EQ(contents.accessEvent, access);
    EXPECT_EQ(*contents.accessType, 2);
    EXPECT_EQ(text_of(*contents.targetNetworkId), parameters.network_id);
    EXPECT_EQ(*contents.authentication, AuthenticationType_static);
  }
}

// TS 102 232-4 has fewer of them than TS 102 232-3.
TEST(EventRecords, AnAccessThatL2IriCannotNameIsLeftOut) {
  EtsiTaskParameters parameters = test_parameters();
  parameters.frames = true;
  parameters.internet_access_type = 9;
  const asn1::PsPduPtr pdu =
      round_trip(parameters, {.kind = EventKind::kSessionActiveAtStart, .series = RecordKind::kIri, .time = kTime}, 1);
  const L2IriContents_t& contents = pdu->payload.choice.iri.list.array[0]->contents.choice.l2Iri.contents;
  EXPECT_EQ(contents.accessType, nullptr);
  EXPECT_EQ(contents.targetNetworkId, nullptr);
}

TEST(EventRecords, AnAlarmCarriesItsTextAndNoneWithoutTextIsMade) {
  const EventRecord alarm = {
      .kind = EventKind::kAlarm, .series = RecordKind::kHi1, .time = kTime, .text = "12 packets were lost"};
  const asn1::PsPduPtr pdu = round_trip(test_parameters(), alarm, 1);
  ASSERT_EQ(pdu->payload.choice.hi1.present, Hi1Operation_PR_alarm);
  EXPECT_EQ(text_of(pdu->payload.choice.hi1.choice.alarm.information), alarm.text);
  for (const size_t length : {size_t{0}, size_t{257}}) {
    EventRecord wrong = alarm;
    wrong.text = std::string(length, 'x');
    EXPECT_EQ(make_event_pdu(test_parameters(), wrong, 1), nullptr);
  }
}

TEST(EventRecords, CinResetIsTransportInformationOfTheTask) {
  const asn1::PsPduPtr pdu =
      round_trip(test_parameters(), {.kind = EventKind::kCinReset, .series = RecordKind::kCc, .time = kTime}, 0);
  ASSERT_EQ(pdu->payload.present, Payload_PR_tri);
  EXPECT_EQ(pdu->payload.choice.tri.present, TriPayload_PR_cinReset);
}

const IpIriContents_t& iri_contents(const PsPdu_t& pdu, IriType type) {
  EXPECT_EQ(pdu.payload.present, Payload_PR_iri);
  const IriPayload_t& payload = *pdu.payload.choice.iri.list.array[0];
  EXPECT_EQ(*payload.iriType, type);
  return payload.contents.choice.ipIri.contents;
}

TEST(EventRecords, TheStartIsABeginAndTheEndAReport) {
  const asn1::PsPduPtr start = round_trip(
      test_parameters(), {.kind = EventKind::kSessionActiveAtStart, .series = RecordKind::kIri, .time = kTime}, 0);
  EXPECT_EQ(iri_contents(*start, IriType_begin).accessEvent, 7);
  const asn1::PsPduPtr end = round_trip(
      test_parameters(), {.kind = EventKind::kSessionActiveAtEnd, .series = RecordKind::kIri, .time = kTime}, 1);
  EXPECT_EQ(iri_contents(*end, IriType_report).accessEvent, 9);
}

TEST(EventRecords, AddressesOfBothFamiliesFindTheirPlaces) {
  EtsiTaskParameters parameters = test_parameters();
  const TargetPrefix ipv6 = {.ipv6 = true, .octets = {0x20, 0x01, 0x0d, 0xb8}, .length = 64};
  const TargetPrefix network = {.ipv6 = false, .octets = {198, 51, 100, 0}, .length = 24};
  parameters.targets = {ipv6, parameters.targets[0], network, ipv6};
  const asn1::PsPduPtr pdu =
      round_trip(parameters, {.kind = EventKind::kSessionActiveAtStart, .series = RecordKind::kIri, .time = kTime}, 0);
  const IpIriContents_t& contents = iri_contents(*pdu, IriType_begin);
  EXPECT_EQ(contents.ipVersion, 3);
  EXPECT_EQ(text_of(contents.targetUsername), "target.user");
  EXPECT_EQ(contents.accessType, 2);
  EXPECT_EQ(contents.targetAddress->value.choice.binary.size, 4);
  EXPECT_EQ(contents.targetAddress->subnetMask, nullptr) << "a host needs no mask";
  EXPECT_EQ(*contents.additionalAddress->prefixLength, 64);
  ASSERT_EQ(contents.otherIdentifiers->list.count, 2);
  const IpAddress_t& other = contents.otherIdentifiers->list.array[0]->choice.address;
  EXPECT_EQ(text_of(*other.subnetMask), std::string("\xff\xff\xff\0", 4));
}

TEST(EventRecords, TheMostTargetsThatATaskMayHaveFitIntoOneRecord) {
  EtsiTaskParameters parameters = test_parameters();
  parameters.targets.assign(EtsiTaskParameters::kTargetsMax, {.ipv6 = true, .octets = {0x20, 0x01}, .length = 128});
  const asn1::PsPduPtr pdu =
      round_trip(parameters, {.kind = EventKind::kSessionActiveAtStart, .series = RecordKind::kIri, .time = kTime}, 0);
  EXPECT_EQ(iri_contents(*pdu, IriType_begin).otherIdentifiers->list.count, 99);
}

}  // namespace
}  // namespace lictor
