// PDUs of a connection: what is sent, and what of an answer is believed.

#include "encoders/etsi/keepalive.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace lictor {
namespace {

const KeepaliveParameters kParameters = {.operator_id = "OP", .network_element_id = "NE-1"};

std::vector<uint8_t> keepalive(const KeepaliveParameters& parameters, uint32_t number, LegalTime time) {
  return encode_connection_pdu(parameters, ConnectionPdu::kKeepalive, number, time);
}

// The answer that an LEMF gives: the same PDU with the alternative keep-aliveResponse.
std::vector<uint8_t> response_to(std::vector<uint8_t> request) {
  request[request.size() - 2] = 0x84;
  return request;
}

TEST(Keepalive, EndsInThePayloadThatTheStandardHas) {
  const std::vector<uint8_t> request =
      encode_connection_pdu(kParameters, ConnectionPdu::kKeepalive, 300, {1'789'000'000'123'456'789});
  const std::vector<uint8_t> payload = {0xa2, 0x04, 0xa2, 0x02, 0x83, 0x00};
  ASSERT_GT(request.size(), payload.size());
  EXPECT_TRUE(std::equal(payload.begin(), payload.end(), request.end() - 6));
}

TEST(Keepalive, LooksAsTheAgencyWantsIt) {
  KeepaliveParameters parameters = kParameters;
  const std::vector<uint8_t> usual = keepalive(parameters, 1, {1'789'000'000'123'456'789});
  parameters.liid = "probe-1";
  parameters.authorization_country = "AT";
  parameters.delivery_country = "DE";
  parameters.timestamp_form = TimestampForm::kGeneralized;
  const std::vector<uint8_t> styled = keepalive(parameters, 1, {1'789'000'000'123'456'789});
  const auto holds = [](const std::vector<uint8_t>& pdu, const std::string& octets) {
    return std::string(as_text(Bytes(pdu))).find(octets) != std::string::npos;
  };
  EXPECT_TRUE(holds(usual, "\x81\x01-"));
  for (const std::string octets : {"\x81\x07probe-1",
                                   "\x82\x02"
                                   "AT",
                                   "\x82\x02"
                                   "DE",
                                   "20260910002640.123Z"}) {
    EXPECT_TRUE(holds(styled, octets)) << octets;
    EXPECT_FALSE(holds(usual, octets)) << octets;
  }
}

TEST(Keepalive, AResponseIsRecognisedWithItsNumber) {
  for (const uint32_t number : {0u, 127u, 128u, 70'000u, UINT32_MAX}) {
    const std::vector<uint8_t> response = response_to(keepalive(kParameters, number, {}));
    PeerPdu pdu;
    ASSERT_EQ(read_peer_pdu(response, pdu), PeerRead::kPdu);
    EXPECT_EQ(pdu.bytes, response.size());
    EXPECT_EQ(pdu.answer, PeerAnswer::kKeepalive);
    EXPECT_EQ(pdu.number, number);
  }
}

constexpr ConnectionPdu kAllPdus[] = {ConnectionPdu::kKeepalive, ConnectionPdu::kOptionRequest,
                                      ConnectionPdu::kOptionComplete, ConnectionPdu::kAcknowledgementRequest};

TEST(Keepalive, AQuestionIsNoAnswer) {
  for (const ConnectionPdu kind : kAllPdus) {
    PeerPdu pdu{.bytes = 0, .answer = PeerAnswer::kKeepalive};
    ASSERT_EQ(read_peer_pdu(encode_connection_pdu(kParameters, kind, 1, {}), pdu), PeerRead::kPdu);
    EXPECT_EQ(pdu.answer, PeerAnswer::kNone);
  }
}

// A PDU of a peer with this TRI payload.
std::vector<uint8_t> tri_pdu(const std::vector<uint8_t>& alternative) {
  const std::vector<uint8_t> keepalive_pdu = keepalive(kParameters, 9, {});
  std::vector<uint8_t> pdu(keepalive_pdu.begin(), keepalive_pdu.end() - 6);
  const auto length = static_cast<uint8_t>(alternative.size());
  for (const uint8_t octet : {uint8_t{0xa2}, static_cast<uint8_t>(length + 2), uint8_t{0xa2}, length})
    pdu.push_back(octet);
  pdu.insert(pdu.end(), alternative.begin(), alternative.end());
  pdu[1] = static_cast<uint8_t>(pdu.size() - 2);
  return pdu;
}

PeerPdu read_tri(const std::vector<uint8_t>& alternative) {
  PeerPdu pdu;
  EXPECT_EQ(read_peer_pdu(tri_pdu(alternative), pdu), PeerRead::kPdu);
  return pdu;
}

TEST(ConnectionPdus, QuestionsEndInThePayloadsThatTheStandardHas) {
  const auto ends_in = [](ConnectionPdu kind, const std::vector<uint8_t>& alternative) {
    return encode_connection_pdu(kParameters, kind, 9, {}) == tri_pdu(alternative);
  };
  EXPECT_TRUE(ends_in(ConnectionPdu::kOptionRequest, {0xa9, 0x04, 0xa0, 0x02, 0x80, 0x00}));
  EXPECT_TRUE(ends_in(ConnectionPdu::kOptionComplete, {0x8b, 0x00}));
  EXPECT_TRUE(ends_in(ConnectionPdu::kAcknowledgementRequest, {0x8c, 0x00}));
}

TEST(ConnectionPdus, AnAcknowledgementIsRecognisedWithItsNumber) {
  const PeerPdu pdu = read_tri({0x8d, 0x00});
  EXPECT_EQ(pdu.answer, PeerAnswer::kAcknowledgement);
  EXPECT_EQ(pdu.number, 9U);
}

TEST(ConnectionPdus, OnlyAPlainYesToTheOptionIsAYes) {
  EXPECT_EQ(read_tri({0xaa, 0x06, 0xa0, 0x02, 0x80, 0x00, 0xa1, 0x00}).answer, PeerAnswer::kOptionAccepted);
  EXPECT_EQ(read_tri({0xaa, 0x04, 0xa0, 0x02, 0x80, 0x00}).answer, PeerAnswer::kOptionAccepted) << "one list alone";
  for (const std::vector<uint8_t>& refused :
       std::vector<std::vector<uint8_t>>{{0xaa, 0x06, 0xa0, 0x00, 0xa1, 0x02, 0x80, 0x00},              // declined
                                         {0xaa, 0x08, 0xa0, 0x02, 0x80, 0x00, 0xa1, 0x02, 0x80, 0x00},  // both
                                         {0xaa, 0x04, 0xa0, 0x00, 0xa1, 0x00},                          // neither
                                         {0xaa, 0x04, 0xa0, 0x02, 0x81, 0x00},  // another option
                                         {0xaa, 0x00},                          // nothing
                                         {0xaa, 0x02, 0xa0, 0x7f}})             // junk
    EXPECT_EQ(read_tri(refused).answer, PeerAnswer::kOptionDeclined);
}

TEST(ConnectionPdus, EveryPrefixOfAnOptionResponseIsIncomplete) {
  const std::vector<uint8_t> response = tri_pdu({0xaa, 0x06, 0xa0, 0x02, 0x80, 0x00, 0xa1, 0x00});
  for (size_t length = 0; length < response.size(); ++length) {
    PeerPdu pdu;
    EXPECT_EQ(read_peer_pdu(Bytes(response).first(length), pdu), PeerRead::kIncomplete) << length;
  }
}

TEST(Keepalive, EveryPrefixOfAResponseIsIncomplete) {
  const std::vector<uint8_t> response = response_to(keepalive(kParameters, 5, {}));
  for (size_t length = 0; length < response.size(); ++length) {
    PeerPdu pdu;
    EXPECT_EQ(read_peer_pdu(Bytes(response).first(length), pdu), PeerRead::kIncomplete) << length;
  }
}

TEST(Keepalive, WhatCannotBeAPduIsMalformed) {
  PeerPdu pdu;
  EXPECT_EQ(read_peer_pdu(std::vector<uint8_t>{'H', 'T', 'T', 'P'}, pdu), PeerRead::kMalformed);
  EXPECT_EQ(read_peer_pdu(std::vector<uint8_t>{0x30, 0x80}, pdu), PeerRead::kMalformed);
  EXPECT_EQ(read_peer_pdu(std::vector<uint8_t>{0x30, 0x82, 0xff, 0xff}, pdu), PeerRead::kMalformed) << "too long";
  EXPECT_EQ(read_peer_pdu(std::vector<uint8_t>{0x30, 0x85, 1, 1, 1, 1, 1}, pdu), PeerRead::kMalformed);
}

}  // namespace
}  // namespace lictor
