// The form of wide lengths, and every event's record in it: asn1c reads it, and makes the DER of it that it was made
// of.
#include "encoders/etsi/wide_lengths.h"

#include <gtest/gtest.h>

#include <vector>

#include "encoders/etsi/etsi_encoder.h"
#include "encoders/etsi/keepalive.h"
#include "encoders/etsi/tlv.h"
#include "parameters.h"

namespace lictor {
namespace {

using Octets = std::vector<uint8_t>;

Octets wide(const Octets& der) {
  Octets out(2 * der.size() + 64);
  out.resize(write_wide(der, out));
  return out;
}

Octets joined(Octets front, size_t count) {
  front.resize(front.size() + count, 7);
  return front;
}

TEST(WideLengths, OfConstructedValuesTakeThreeOctetsAndOfOthersOneOrThree) {
  EXPECT_EQ(wide({0x30, 0x00}), (Octets{0x30, 0x82, 0, 0}));
  EXPECT_EQ(wide({0x30, 0x05, 0xa1, 0x03, 0x80, 0x01, 0x07}),
            (Octets{0x30, 0x82, 0, 7, 0xa1, 0x82, 0, 3, 0x80, 0x01, 0x07}));
  EXPECT_EQ(wide(joined({0x80, 0x7f}, 127)), joined({0x80, 0x7f}, 127));
  EXPECT_EQ(wide(joined({0x80, 0x81, 0x80}, 128)), joined({0x80, 0x82, 0, 0x80}, 128));
  EXPECT_EQ(wide(joined({0x80, 0x82, 0x01, 0x00}, 256)), joined({0x80, 0x82, 0x01, 0x00}, 256));
  EXPECT_EQ(wide(joined({0x80, 0x83, 0x01, 0x00, 0x00}, 65'536)), joined({0x80, 0x83, 0x01, 0x00, 0x00}, 65'536));
}

TEST(WideLengths, TakeFourWhereThreeAreTooFew) {
  const Octets inside = joined({0x80, 0x82, 0xff, 0xfb}, 65'531);  // 65,535 with its tag and length
  Octets der = {0x30, 0x82, 0xff, 0xff};
  der.insert(der.end(), inside.begin(), inside.end());
  EXPECT_EQ(wide(der), der);
  der = {0xa1, 0x83, 0x01, 0x00, 0x03, 0x30, 0x82, 0xff, 0xff};
  der.insert(der.end(), inside.begin(), inside.end());
  EXPECT_EQ(wide(der), der);
}

TEST(WideLengths, WriteNothingWhereThereIsNoRoom) {
  const Octets der = {0x30, 0x05, 0xa1, 0x03, 0x80, 0x01, 0x07};
  for (size_t room = 0; room < 11; ++room) {
    Octets out(room);
    EXPECT_EQ(write_wide(der, out), 0U) << room;
  }
}

Octets by_asn1c_again(const Octets& record) {
  void* read = nullptr;
  asn_codec_ctx_t no_stack_limit{};  // asn1c measures it by addresses, and a sanitiser's stack may lie on the heap
  const asn_dec_rval_t decoded = ber_decode(&no_stack_limit, &asn_DEF_PsPdu, &read, record.data(), record.size());
  const asn1::PsPduPtr pdu(static_cast<PsPdu_t*>(read));
  EXPECT_EQ(decoded.code, RC_OK);
  EXPECT_EQ(decoded.consumed, record.size());
  Octets der(record.size());
  der.resize(pdu == nullptr ? 0 : asn1::encode_der(*pdu, der));
  return der;
}

Octets event_record(const EtsiTaskParameters& parameters, const EventRecord& event) {
  Octets room(Encoder::kEventBytesMax);
  room.resize((*make_etsi_encoder(parameters))->encode_event(event, 70'000, room));
  return room;
}

TEST(WideLengths, EveryEventsRecordIsReadByAsn1c) {
  EtsiTaskParameters shortest = test_parameters();
  shortest.targets.assign(EtsiTaskParameters::kTargetsMax, {.ipv6 = true, .octets = {0x20, 0x01}, .length = 64});
  shortest.target_information = std::string(256, 'x');
  EtsiTaskParameters wide = shortest;
  wide.lengths = Lengths::kWide;
  for (const EventKind kind :
       {EventKind::kCinReset, EventKind::kActivated, EventKind::kModified, EventKind::kDeactivated, EventKind::kAlarm,
        EventKind::kSessionActiveAtStart, EventKind::kSessionActiveAtEnd, EventKind::kTestPdu,
        EventKind::kOperatorError, EventKind::kOperatorNote}) {
    const EventRecord event{.kind = kind,
                            .series = RecordKind::kIri,
                            .time = {1'789'000'000'123'456'789},
                            .text = std::string(kind == EventKind::kAlarm ? 256 : 255, 'a')};
    const Octets record = event_record(wide, event);
    ASSERT_GT(record.size(), event_record(shortest, event).size()) << static_cast<int>(kind);
    EXPECT_EQ(by_asn1c_again(record), event_record(shortest, event)) << static_cast<int>(kind);
  }
}

TEST(WideLengths, ChecksAndPdusOfAConnectionAreReadByAsn1c) {
  const EtsiTaskParameters shortest = test_parameters();
  EtsiTaskParameters wide = shortest;
  wide.lengths = Lengths::kWide;
  IntegrityCheck check{.kind = IntegrityCheck::Kind::kHash, .of = CheckedKind::kCc, .value = Octets(64, 9)};
  check.numbers.assign(4096, UINT32_MAX);
  const auto checked = [&](const EtsiTaskParameters& parameters) {
    const std::unique_ptr<Encoder> encoder = *make_etsi_encoder(parameters);
    Octets room(encoder->check_bytes_max(check));
    room.resize(encoder->encode_check(check, UINT32_MAX, {1'789'000'000'123'456'789}, room));
    return room;
  };
  const Octets record = checked(wide);
  ASSERT_GT(record.size(), checked(shortest).size());
  EXPECT_EQ(by_asn1c_again(record), checked(shortest));
  KeepaliveParameters connection{.operator_id = "OP", .network_element_id = "NE-1"};
  for (const ConnectionPdu kind : {ConnectionPdu::kKeepalive, ConnectionPdu::kOptionRequest,
                                   ConnectionPdu::kOptionComplete, ConnectionPdu::kAcknowledgementRequest}) {
    connection.lengths = Lengths::kShortest;
    const Octets der = encode_connection_pdu(connection, kind, 7, {kNanosecondsPerSecond});
    connection.lengths = Lengths::kWide;
    const Octets pdu = encode_connection_pdu(connection, kind, 7, {kNanosecondsPerSecond});
    ASSERT_GT(pdu.size(), der.size());
    EXPECT_EQ(by_asn1c_again(pdu), der);
  }
}

TEST(WideLengths, AContainerHasThemInsideAndOutside) {
  EtsiTaskParameters parameters = test_parameters();
  parameters.lengths = Lengths::kWide;
  parameters.encryption = PayloadEncryption::kContainer;
  const std::unique_ptr<Encoder> encoder = *make_etsi_encoder(parameters);
  const Octets packet(40, 0x45);
  const ContentRecord content{.packet = packet, .whole_bytes = 40, .arrival = {}, .direction = Direction::kToTarget};
  Octets room(encoder->content_bytes_max(packet.size()));
  room.resize(encoder->encode_content(content, 1, room));
  const std::optional<Tlv> record = first_tlv(room);
  ASSERT_TRUE(record && record->whole.size() == room.size());
  const std::optional<Tlv> payload = find_child(record->content, 0xa2);
  const std::optional<Tlv> container = find_child(payload->content, 0xa4);
  ASSERT_TRUE(container);
  EXPECT_EQ(container->whole[1], 0x82);
  const std::optional<Tlv> octets = find_child(container->content, 0x81);
  const std::optional<Tlv> plain = first_tlv(octets->content);
  EXPECT_EQ(plain->whole[1], 0x82);
  EXPECT_EQ(find_child(plain->content, 0xa1)->whole[1], 0x82);
  // What is inside is the payload of the record without a container.
  parameters.encryption = PayloadEncryption::kOff;
  const std::unique_ptr<Encoder> open = *make_etsi_encoder(parameters);
  Octets without(open->content_bytes_max(packet.size()));
  without.resize(open->encode_content(content, 1, without));
  const Bytes bare = find_child(first_tlv(without)->content, 0xa2)->content;
  const Bytes inside = find_child(plain->content, 0xa1)->content;
  EXPECT_EQ(Octets(inside.begin(), inside.end()), Octets(bare.begin(), bare.end()));
}

}  // namespace
}  // namespace lictor
