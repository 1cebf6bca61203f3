// IPMMIRI of calls: asn1c's constraints hold, they decode to what went in, and nothing goes that the order does not
// cover.

#include "encoders/etsi/call_iri.h"

#include <gtest/gtest.h>

#include <string>

#include "encoders/etsi/etsi_encoder.h"
#include "parameters.h"

namespace lictor {
namespace {

const PacketTime kTime = {1'789'000'000'123'456'789};

CallTelling telling_of(const std::string& message) {
  return {.step = CallStep::kContinue,
          .direction = Direction::kToTarget,
          .source = *IpPrefix::parse("192.0.2.7"),
          .destination = *IpPrefix::parse("2001:db8::1"),
          .message = {message.begin(), message.end()}};
}

std::string invite(const std::string& lines, size_t body_octets = 0) {
  return "INVITE sip:b@example.org SIP/2.0\r\nCall-ID: 1\r\n" + lines +
         "Content-Type: application/sdp\r\nContent-Length: " + std::to_string(body_octets) + "\r\n\r\n" +
         std::string(body_octets, 'x');
}

EventRecord event_of(const CallTelling& call) {
  return {.kind = EventKind::kCall, .series = RecordKind::kIri, .time = kTime, .cin = 9, .call = call};
}

std::vector<uint8_t> record_of(const EtsiTaskParameters& parameters, const CallTelling& call) {
  const Result<std::unique_ptr<Encoder>> encoder = make_etsi_encoder(parameters);
  EXPECT_TRUE(encoder.ok());
  const EventRecord event = event_of(call);
  std::vector<uint8_t> record((*encoder)->event_bytes_max(event));
  record.resize((*encoder)->encode_event(event, 5, record));
  EXPECT_FALSE(record.empty());
  return record;
}

// By way of the encoder, decoded again.
asn1::PsPduPtr round_trip(const EtsiTaskParameters& parameters, const CallTelling& call) {
  const std::vector<uint8_t> record = record_of(parameters, call);
  void* read = nullptr;
  asn_codec_ctx_t no_stack_limit{};  // asn1c measures it by addresses, and a sanitiser's stack may lie on the heap
  const asn_dec_rval_t result = ber_decode(&no_stack_limit, &asn_DEF_PsPdu, &read, record.data(), record.size());
  asn1::PsPduPtr pdu(static_cast<PsPdu_t*>(read));
  EXPECT_EQ(result.code, RC_OK);
  EXPECT_EQ(result.consumed, record.size());
  char error[256];
  size_t error_length = sizeof error;
  EXPECT_EQ(asn_check_constraints(&asn_DEF_PsPdu, pdu.get(), error, &error_length), 0) << error;
  return pdu;
}

const IpMmIri_t& iri_of(const asn1::PsPduPtr& pdu) {
  return pdu->payload.choice.iri.list.array[0]->contents.choice.ipMmIri;
}

std::string text_of(const OCTET_STRING_t& octets) {
  return {reinterpret_cast<const char*>(octets.buf), static_cast<size_t>(octets.size)};
}

TEST(CallIri, TheTypeFollowsTheCommunication) {
  using enum CallStep;
  const auto kind = [](CallStep step, bool begun, bool ended) {
    return iri_kind({.step = step, .begun = begun, .ended = ended});
  };
  EXPECT_EQ(kind(kBegin, false, false), IriKind::kBegin);
  EXPECT_EQ(kind(kBegin, true, false), IriKind::kContinue) << "a second begin";
  EXPECT_EQ(kind(kContinue, true, false), IriKind::kContinue);
  EXPECT_EQ(kind(kEnd, true, false), IriKind::kEnd);
  EXPECT_EQ(kind(kReport, false, false), IriKind::kReport);
  for (const CallStep step : {kBegin, kContinue, kEnd, kReport})
    EXPECT_EQ(kind(step, true, true), IriKind::kReport) << "anything after the end";
}

TEST(CallIri, AMessageGoesWithItsAddressesAndItsDirection) {
  EtsiTaskParameters parameters = test_parameters();
  parameters.call_content = parameters.session_iri.location = true;
  const std::string message = invite("Subject: lunch\r\nGeolocation: <x>\r\n", 4);
  const asn1::PsPduPtr pdu = round_trip(parameters, telling_of(message));
  EXPECT_EQ(*pdu->header.communication.cin, 9U);
  const IriPayload_t& payload = *pdu->payload.choice.iri.list.array[0];
  EXPECT_EQ(*payload.iriType, static_cast<long>(IriKind::kContinue));
  EXPECT_EQ(*payload.payloadDirection, static_cast<long>(Direction::kToTarget));
  const IpMmIriContents_t& contents = iri_of(pdu).contents;
  ASSERT_EQ(contents.present, IpMmIriContents_PR_sipMessage);
  EXPECT_EQ(text_of(contents.choice.sipMessage.content), message);
  EXPECT_EQ(text_of(contents.choice.sipMessage.source.value.choice.binary), std::string("\xc0\x00\x02\x07", 4));
  EXPECT_EQ(*contents.choice.sipMessage.destination.prefixLength, 128);
  EXPECT_EQ(iri_of(pdu).additional, nullptr);
}

TEST(CallIri, ByDefaultNothingGoesThatAnOrderWouldHaveToCover) {
  const asn1::PsPduPtr pdu =
      round_trip(test_parameters(), telling_of(invite("Subject: lunch\r\nGeolocation: <x>\r\n")));
  const IpMmIriContents_t& contents = iri_of(pdu).contents;
  ASSERT_EQ(contents.present, IpMmIriContents_PR_iriOnlySipMessage);
  EXPECT_EQ(text_of(contents.choice.iriOnlySipMessage.content), invite(""));
}

TEST(CallIri, ThePacketGoesOnlyWhereItIsTheMessageAndNothingIsMasked) {
  EtsiTaskParameters parameters = test_parameters();
  parameters.call_content = parameters.call_packets = true;
  CallTelling call = telling_of(invite(""));
  const std::string packet = "headers" + invite("");
  call.packet.assign(packet.begin(), packet.end());
  asn1::PsPduPtr pdu = round_trip(parameters, call);
  ASSERT_EQ(iri_of(pdu).contents.present, IpMmIriContents_PR_originalPacket);
  EXPECT_EQ(text_of(iri_of(pdu).contents.choice.originalPacket), packet);
  call.packet.push_back('x');
  EXPECT_EQ(iri_of(round_trip(parameters, call)).contents.present, IpMmIriContents_PR_sipMessage) << "more is in it";
  call.packet.clear();
  EXPECT_EQ(iri_of(round_trip(parameters, call)).contents.present, IpMmIriContents_PR_sipMessage) << "of a stream";
  const std::string where = "headers" + invite("Geolocation: <x>\r\n");
  call = telling_of(where.substr(7));
  call.packet.assign(where.begin(), where.end());
  pdu = round_trip(parameters, call);
  ASSERT_EQ(iri_of(pdu).contents.present, IpMmIriContents_PR_sipMessage) << "location is not ordered";
  EXPECT_EQ(text_of(iri_of(pdu).contents.choice.sipMessage.content), invite(""));
  parameters.call_content = false;
  EXPECT_EQ(iri_of(round_trip(parameters, call)).contents.present, IpMmIriContents_PR_iriOnlySipMessage);
}

TEST(CallIri, AnEndWithoutAMessageSaysWhy) {
  CallTelling call = telling_of("");
  call.step = CallStep::kEnd;
  for (int reason = 1; reason <= static_cast<int>(CallEndReason::kNotFollowed); ++reason) {
    call.reason = static_cast<CallEndReason>(reason);
    const asn1::PsPduPtr pdu = round_trip(test_parameters(), call);
    EXPECT_EQ(*pdu->payload.choice.iri.list.array[0]->iriType, static_cast<long>(IriKind::kEnd));
    EXPECT_EQ(pdu->payload.choice.iri.list.array[0]->payloadDirection, nullptr);
    const IpMmIri_t& iri = iri_of(pdu);
    EXPECT_EQ(iri.contents.choice.iriOnlySipMessage.content.size, 0);
    ASSERT_NE(iri.additional, nullptr);
    EXPECT_EQ(text_of(iri.additional->list.array[0]->choice.sipHeaderLine).rfind("Reason: LI;text=\"", 0), 0U);
  }
  call.message = telling_of(invite("")).message;
  EXPECT_EQ(iri_of(round_trip(test_parameters(), call)).additional, nullptr) << "its message says it";
}

TEST(CallIri, WhatIsNoMessageIsNotHandedOverWhereSomethingIsMasked) {
  EtsiTaskParameters parameters = test_parameters();
  asn1::PsPduPtr pdu = round_trip(parameters, telling_of("at noon"));
  EXPECT_EQ(iri_of(pdu).contents.choice.iriOnlySipMessage.content.size, 0);
  parameters.call_content = parameters.session_iri.location = true;
  pdu = round_trip(parameters, telling_of("at noon"));
  EXPECT_EQ(text_of(iri_of(pdu).contents.choice.sipMessage.content), "at noon");
}

// The longest that a datagram or the reader of a stream may bring, in every form of a record.
TEST(CallIri, RoomIsReckonedForLongMessages) {
  for (const size_t body : {size_t{5'000}, size_t{65'000}, size_t{250'000}}) {
    for (const Lengths lengths : {Lengths::kShortest, Lengths::kWide}) {
      for (const PayloadEncryption encryption : {PayloadEncryption::kOff, PayloadEncryption::kContainer}) {
        EtsiTaskParameters parameters = test_parameters();
        parameters.call_content = true;
        parameters.lengths = lengths;
        parameters.encryption = encryption;
        EXPECT_GT(record_of(parameters, telling_of(invite("", body))).size(), body);
      }
    }
  }
  const Result<std::unique_ptr<Encoder>> encoder = make_etsi_encoder(test_parameters());
  ASSERT_TRUE(encoder.ok());
  std::vector<uint8_t> room(Encoder::kEventBytesMax);
  EXPECT_EQ((*encoder)->encode_event(event_of(telling_of(invite(""))), 0, room), 0U) << "too little room";
  EXPECT_EQ((*encoder)->encode_event({.kind = EventKind::kCall, .series = RecordKind::kIri, .time = kTime}, 0, room),
            0U);
}

}  // namespace
}  // namespace lictor
