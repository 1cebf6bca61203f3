// Keep-alives: what is sent, and what of an answer is believed.

#include "encoders/etsi/keepalive.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace lictor {
namespace {

const KeepaliveParameters kParameters = {.operator_id = "OP", .network_element_id = "NE-1"};

// The answer that an LEMF gives: the same PDU with the alternative keep-aliveResponse.
std::vector<uint8_t> response_to(std::vector<uint8_t> request) {
  request[request.size() - 2] = 0x84;
  return request;
}

TEST(Keepalive, EndsInThePayloadThatTheStandardHas) {
  const std::vector<uint8_t> request = encode_keepalive(kParameters, 300, {1'789'000'000'123'456'789});
  const std::vector<uint8_t> payload = {0xa2, 0x04, 0xa2, 0x02, 0x83, 0x00};
  ASSERT_GT(request.size(), payload.size());
  EXPECT_TRUE(std::equal(payload.begin(), payload.end(), request.end() - 6));
}

TEST(Keepalive, LooksAsTheAgencyWantsIt) {
  KeepaliveParameters parameters = kParameters;
  const std::vector<uint8_t> usual = encode_keepalive(parameters, 1, {1'789'000'000'123'456'789});
  parameters.liid = "probe-1";
  parameters.authorization_country = "AT";
  parameters.delivery_country = "DE";
  parameters.timestamp_form = TimestampForm::kGeneralized;
  const std::vector<uint8_t> styled = encode_keepalive(parameters, 1, {1'789'000'000'123'456'789});
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
    const std::vector<uint8_t> response = response_to(encode_keepalive(kParameters, number, {}));
    PeerPdu pdu;
    ASSERT_EQ(read_peer_pdu(response, pdu), PeerRead::kPdu);
    EXPECT_EQ(pdu.bytes, response.size());
    EXPECT_EQ(pdu.keepalive_response, number);
  }
}

TEST(Keepalive, ARequestIsNoResponse) {
  PeerPdu pdu;
  ASSERT_EQ(read_peer_pdu(encode_keepalive(kParameters, 1, {}), pdu), PeerRead::kPdu);
  EXPECT_FALSE(pdu.keepalive_response.has_value());
}

TEST(Keepalive, EveryPrefixOfAResponseIsIncomplete) {
  const std::vector<uint8_t> response = response_to(encode_keepalive(kParameters, 5, {}));
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
