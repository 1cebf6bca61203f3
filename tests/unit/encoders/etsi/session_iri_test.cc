// IPIRIs of sessions, read back by asn1c: type, event and every field; bounds; what the profile leaves out.
#include "encoders/etsi/session_iri.h"

#include <IriLocation.h>
#include <PopIdentifier.h>
#include <gtest/gtest.h>

#include "encoders/etsi/etsi_encoder.h"
#include "encoders/etsi/iri_parts.h"
#include "parameters.h"
#include "session_reports.h"

namespace lictor {
namespace {

using enum SessionSource;

std::string text_of(const OCTET_STRING_t* field) {
  if (field == nullptr) return "-";
  return {reinterpret_cast<const char*>(field->buf), static_cast<size_t>(field->size)};
}

std::string octets_of(const INTEGER_t& number) {
  return {reinterpret_cast<const char*>(number.buf), static_cast<size_t>(number.size)};
}

EventRecord record_of(AccessEventType event, std::vector<uint8_t> report) {
  return {.kind = EventKind::kSession,
          .series = RecordKind::kIri,
          .time = {1'789'000'000'000'000'000},
          .cin = 42,
          .session = SessionTelling{.event = event, .report = std::move(report)}};
}

asn1::PsPduPtr read(const EtsiTaskParameters& parameters, const EventRecord& event) {
  std::vector<uint8_t> room(Encoder::kEventBytesMax);
  room.resize((*make_etsi_encoder(parameters))->encode_event(event, 3, room));
  EXPECT_FALSE(room.empty());
  void* decoded = nullptr;
  asn_codec_ctx_t no_stack_limit{};
  EXPECT_EQ(ber_decode(&no_stack_limit, &asn_DEF_PsPdu, &decoded, room.data(), room.size()).code, RC_OK);
  asn1::PsPduPtr pdu(static_cast<PsPdu_t*>(decoded));
  char error[256];
  size_t error_length = sizeof error;
  EXPECT_EQ(asn_check_constraints(&asn_DEF_PsPdu, pdu.get(), error, &error_length), 0) << error;
  return pdu;
}

const IpIriContents_t& contents_of(const asn1::PsPduPtr& pdu) {
  return pdu->payload.choice.iri.list.array[0]->contents.choice.ipIri.contents;
}

IriKind kind_of(SessionSource source, AccessEventType event, bool begun = false, bool ended = false) {
  return iri_kind({}, source, {.event = event, .begun = begun, .ended = ended});
}

TEST(SessionIri, TypesAreThoseOfTheTable) {
  using enum AccessEventType;
  for (const SessionSource source : {kRadius, kDhcp4, kDhcp6, kPppoe, kNeighbour}) {
    EXPECT_EQ(kind_of(source, kAttempt), IriKind::kReport);
    EXPECT_EQ(kind_of(source, kAccept), IriKind::kBegin);
    EXPECT_EQ(kind_of(source, kReject), IriKind::kReport);
    EXPECT_EQ(kind_of(source, kFailed), IriKind::kReport);
    EXPECT_EQ(kind_of(source, kUpdate), IriKind::kContinue);
    EXPECT_EQ(kind_of(source, kActiveAtStart), IriKind::kBegin);
    EXPECT_EQ(kind_of(source, AccessEventType::kEnd), IriKind::kEnd);
    EXPECT_EQ(kind_of(source, kActiveAtEnd), IriKind::kReport);
  }
}

TEST(SessionIri, ACinBeginsAndEndsOnce) {
  EXPECT_EQ(kind_of(kRadius, AccessEventType::kAccept, true), IriKind::kContinue);
  EXPECT_EQ(kind_of(kRadius, AccessEventType::kActiveAtStart, true), IriKind::kContinue);
  EXPECT_EQ(kind_of(kRadius, AccessEventType::kEnd, true, true), IriKind::kReport);
}

TEST(SessionIri, WhatIsUncertainIsTheProfiles) {
  const SessionIriProfile profile{.dhcp_attempt = IriKind::kContinue,
                                  .dhcp_accept = IriKind::kReport,
                                  .dhcp_update = IriKind::kReport,
                                  .dhcp_reject = IriKind::kEnd,
                                  .dhcp_end = IriKind::kReport,
                                  .interception_end = IriKind::kEnd};
  const auto kind = [&](SessionSource source, AccessEventType event) { return iri_kind(profile, source, {event}); };
  EXPECT_EQ(kind(kDhcp4, AccessEventType::kAttempt), IriKind::kContinue);
  EXPECT_EQ(kind(kDhcp6, AccessEventType::kAccept), IriKind::kReport);
  EXPECT_EQ(kind(kDhcp4, AccessEventType::kUpdate), IriKind::kReport);
  EXPECT_EQ(kind(kDhcp4, AccessEventType::kReject), IriKind::kEnd);
  EXPECT_EQ(kind(kDhcp4, AccessEventType::kEnd), IriKind::kReport);
  EXPECT_EQ(kind(kRadius, AccessEventType::kActiveAtEnd), IriKind::kEnd);
  EXPECT_EQ(kind(kRadius, AccessEventType::kAccept), IriKind::kBegin);
}

TEST(SessionIri, SaysAllThatTheReportSays) {
  EtsiTaskParameters parameters = test_parameters();
  parameters.session_iri.location = true;
  parameters.session_iri.raw_aaa = true;
  const asn1::PsPduPtr pdu =
      read(parameters, record_of(AccessEventType::kEnd, full_report(kRadius, AccessEvent::kEnd, SessionEnd::kLogoff)));
  EXPECT_EQ(*pdu->header.communication.cin, 42u);
  const IpIriContents_t& contents = contents_of(pdu);
  EXPECT_EQ(contents.accessEvent, 8);
  EXPECT_EQ(text_of(&contents.targetUsername), "alice@example.org");
  EXPECT_EQ(contents.accessType, 2);
  EXPECT_EQ(contents.ipVersion, 3);
  EXPECT_EQ(*contents.targetAddress->assignment, 2);
  EXPECT_EQ(text_of(&contents.targetAddress->value.choice.binary), std::string("\xc0\x00\x02\x07", 4));
  EXPECT_EQ(*contents.additionalAddress->prefixLength, 64);
  ASSERT_EQ(contents.otherIdentifiers->list.count, 2);
  EXPECT_EQ(*contents.otherIdentifiers->list.array[0]->choice.address.prefixLength, 56);
  EXPECT_EQ(text_of(contents.targetNetworkId), "00-00-5E-00-53-01");
  EXPECT_EQ(text_of(contents.targetCpeId), "cpe-1; eth 1/1/3; 00040001ff02");
  EXPECT_EQ(*contents.popPort, 4'294'967'295);
  EXPECT_EQ(text_of(contents.callBack), "0800124");
  EXPECT_EQ(text_of(contents.startTime), "20260910001000Z");
  EXPECT_EQ(text_of(contents.endTime), "20260910002640Z");
  EXPECT_EQ(*contents.endReason, 1);
  EXPECT_EQ(octets_of(*contents.octetsReceived), std::string("\x10\x4c\x53\x3c\x00", 5));
  EXPECT_EQ(octets_of(*contents.octetsTransmitted), std::string("\x01\x2a\x05\xf2\x00", 5));
  EXPECT_EQ(text_of(contents.rawAaaData), "raw message");
  EXPECT_EQ(text_of(contents.expectedEndTime), "20260910012640Z");
  EXPECT_EQ(text_of(contents.popPhone), "0800123");
  EXPECT_EQ(text_of(&contents.popIdentifier->choice.printable), "bng-1.example.org");
  EXPECT_EQ(text_of(&contents.popIpAddress->value.choice.binary), std::string("\xc0\x00\x02\xfe", 4));
  EXPECT_EQ(*contents.authentication, 2);
  EXPECT_EQ(text_of(contents.location->eps->userLocationInfo).size(), 8u);
  EXPECT_EQ(text_of(contents.popPortId), "1/1/3:100");
  ASSERT_EQ(contents.framedRoutes->list.count, 2);
  EXPECT_EQ(text_of(&contents.framedRoutes->list.array[1]->choice.text), "203.0.113.0/28 0.0.0.0 1");
}

TEST(SessionIri, LocationAndRawMessagesGoOnlyWhereTheyAreOrdered) {
  const asn1::PsPduPtr pdu =
      read(test_parameters(), record_of(AccessEventType::kAccept, full_report(kRadius, AccessEvent::kAccept)));
  EXPECT_EQ(contents_of(pdu).location, nullptr);
  EXPECT_EQ(contents_of(pdu).rawAaaData, nullptr);
  EXPECT_EQ(contents_of(pdu).endTime, nullptr);
  EXPECT_EQ(contents_of(pdu).endReason, nullptr);
}

TEST(SessionIri, WhatNobodySaidIsAbsentAndTheTaskNamesItsTarget) {
  for (const auto& [source, version] : {std::pair{kRadius, 1}, std::pair{kDhcp4, 1}, std::pair{kDhcp6, 2}}) {
    const asn1::PsPduPtr pdu =
        read(test_parameters(), record_of(AccessEventType::kAttempt, bare_report(source, AccessEvent::kAttempt)));
    const IpIriContents_t& contents = contents_of(pdu);
    EXPECT_EQ(text_of(&contents.targetUsername), "target.user");
    EXPECT_EQ(contents.ipVersion, version);
    EXPECT_EQ(contents.targetAddress, nullptr);
    EXPECT_EQ(contents.startTime, nullptr);
    EXPECT_EQ(contents.expectedEndTime, nullptr);
    EXPECT_EQ(contents.popPort, nullptr);
    EXPECT_EQ(contents.popIdentifier, nullptr);
    EXPECT_EQ(contents.framedRoutes, nullptr);
    EXPECT_EQ(*contents.authentication, source == kRadius ? 2 : 3);
  }
}

TEST(SessionIri, AMacAddressInOctetsIsShownAsOne) {
  static constexpr std::array<uint8_t, 6> kMac = {0x00, 0x00, 0x5e, 0x00, 0x53, 0xff};
  SessionReport report{.source = kDhcp4};
  report.details.calling_station = kMac;
  const asn1::PsPduPtr pdu = read(test_parameters(), record_of(AccessEventType::kAccept, octets_of(report)));
  EXPECT_EQ(text_of(contents_of(pdu).targetNetworkId), "00:00:5e:00:53:ff");
}

// As much as a report can say: addresses stay, the message goes first and then the routes.
TEST(SessionIri, ARecordThatWouldBeTooLongLeavesOutTheMessageFirst) {
  EtsiTaskParameters parameters = test_parameters();
  parameters.session_iri.raw_aaa = true;
  std::vector<SessionAddress> addresses(kReportAddressesMax, {.prefix = *IpPrefix::parse("2001:db8::/64")});
  for (size_t i = 0; i < addresses.size(); ++i) addresses[i].prefix.octets[7] = static_cast<uint8_t>(i);
  const std::string route(253, 'r');
  const std::string raw(4096, 'm');
  for (const auto& [routes_count, raw_left, routes_left] :
       {std::tuple{size_t{2}, true, true}, std::tuple{size_t{16}, false, true},
        std::tuple{kReportRoutesMax, false, false}}) {
    const std::vector<Bytes> routes(routes_count, as_bytes(route));
    SessionReport report{.addresses = addresses, .raw = as_bytes(raw)};
    report.details.framed_routes = routes;
    const asn1::PsPduPtr pdu = read(parameters, record_of(AccessEventType::kUpdate, octets_of(report)));
    const IpIriContents_t& contents = contents_of(pdu);
    EXPECT_EQ(contents.otherIdentifiers->list.count, 63);
    EXPECT_EQ(contents.rawAaaData != nullptr, raw_left) << routes_count;
    EXPECT_EQ(contents.framedRoutes != nullptr, routes_left) << routes_count;
  }
}

TEST(SessionIri, NamesAreTextWithinTheirBoundsOrHexadecimal) {
  const auto shown = [](std::string_view octets, size_t max = 20) { return shown_text(as_bytes(octets), max); };
  EXPECT_EQ(shown("alice"), "alice");
  EXPECT_EQ(shown("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
  EXPECT_EQ(shown("ab\xc3\xbc", 3), "ab") << "no half of a character";
  EXPECT_EQ(shown("a\x01"), "6101");
  EXPECT_EQ(shown(std::string_view("\x00\x04", 2)), "0004");
  EXPECT_EQ(shown("\xff\xff\xff", 5), "ffff");
  for (const std::string_view bad : {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80", "\xc2\x85"})
    EXPECT_EQ(shown(bad).size(), 2 * bad.size()) << shown(bad);
}

}  // namespace
}  // namespace lictor
