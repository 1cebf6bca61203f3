// Integrity PDUs are written by hand: asn1c reads what went in, finds its constraints kept, and encodes the same
// octets.
#include "encoders/etsi/integrity_record.h"

#include <gtest/gtest.h>

#include "encoders/etsi/asn1_codec.h"
#include "encoders/etsi/etsi_encoder.h"
#include "parameters.h"

namespace lictor {
namespace {

const PacketTime kTime = {1'789'000'000'123'456'789};

std::vector<uint8_t> written(const EtsiTaskParameters& parameters, const IntegrityCheck& check, uint32_t number) {
  std::vector<uint8_t> record(integrity_bytes_max(check));
  record.resize(write_integrity_pdu(parameters, check, number, kTime, record));
  return record;
}

asn1::PsPduPtr decoded(Bytes record) {
  void* pdu = nullptr;
  asn_codec_ctx_t no_stack_limit{};
  const asn_dec_rval_t result = ber_decode(&no_stack_limit, &asn_DEF_PsPdu, &pdu, record.data(), record.size());
  asn1::PsPduPtr owner(static_cast<PsPdu_t*>(pdu));
  EXPECT_EQ(result.code, RC_OK);
  EXPECT_EQ(result.consumed, record.size());
  char error[256];
  size_t error_length = sizeof error;
  EXPECT_EQ(asn_check_constraints(&asn_DEF_PsPdu, pdu, error, &error_length), 0) << error;
  return owner;
}

IntegrityCheck hash_of(size_t records) {
  IntegrityCheck check{.kind = IntegrityCheck::Kind::kHash, .of = CheckedKind::kCc, .hash = HashAlgorithm::kSha512};
  for (size_t i = 0; i < records; ++i) check.numbers.push_back(static_cast<uint32_t>(i * 0x0101'0101));
  check.value.assign(64, 0xab);
  return check;
}

TEST(IntegrityRecord, EqualsAsn1cForEveryWidth) {
  for (const size_t records : {1, 2, 10, 20, 60, 64, 1000, 4096}) {
    for (const TimestampForm form : {TimestampForm::kMicrosecond, TimestampForm::kGeneralized}) {
      EtsiTaskParameters parameters = test_parameters();
      parameters.timestamp_form = form;
      const std::vector<uint8_t> record = written(parameters, hash_of(records), 0xffff'ffff);
      ASSERT_FALSE(record.empty());
      const asn1::PsPduPtr pdu = decoded(record);
      std::vector<uint8_t> again(record.size() + 64);
      again.resize(asn1::encode_der(*pdu, again));
      EXPECT_EQ(again, record) << records;
    }
  }
}

TEST(IntegrityRecord, AHashSaysWhatItCoversAndHow) {
  const asn1::PsPduPtr pdu = decoded(written(test_parameters(), hash_of(3), 9));
  EXPECT_EQ(pdu->header.sequenceNumber, 9U);
  ASSERT_EQ(pdu->payload.present, Payload_PR_tri);
  ASSERT_EQ(pdu->payload.choice.tri.present, TriPayload_PR_integrityCheck);
  const IntegrityCheck_t& check = pdu->payload.choice.tri.choice.integrityCheck;
  ASSERT_EQ(check.includedNumbers.list.count, 3);
  EXPECT_EQ(*check.includedNumbers.list.array[2], 0x0202'0202U);
  EXPECT_EQ(check.checkType, CheckType_hash);
  EXPECT_EQ(*check.dataType, DataType_cc);
  EXPECT_EQ(check.checkValue.size, 64);
  EXPECT_EQ(*check.hashAlgorithm, HashAlgorithm_sha512);
  EXPECT_EQ(check.signatureAlgorithm, nullptr);
}

TEST(IntegrityRecord, ASignatureNamesItsAlgorithms) {
  IntegrityCheck signature{.kind = IntegrityCheck::Kind::kSignature,
                           .of = CheckedKind::kIri,
                           .hash = HashAlgorithm::kSha256,
                           .signature = SignatureAlgorithm::kEddsa,
                           .numbers = {0, 1},
                           .value = std::vector<uint8_t>(64, 1)};
  asn1::PsPduPtr pdu = decoded(written(test_parameters(), signature, 0));
  const IntegrityCheck_t* check = &pdu->payload.choice.tri.choice.integrityCheck;
  EXPECT_EQ(check->checkType, CheckType_signature);
  EXPECT_EQ(*check->dataType, DataType_iri);
  EXPECT_EQ(*check->hashAlgorithm, HashAlgorithm_sha256);
  EXPECT_EQ(*check->signatureAlgorithm, SignatureAlgorithm_eddsa);
  signature.names_hash = false;
  pdu = decoded(written(test_parameters(), signature, 0));
  check = &pdu->payload.choice.tri.choice.integrityCheck;
  EXPECT_EQ(check->hashAlgorithm, nullptr);
}

// The list of OpenLI's sample (facts of interoperation): [0]{[0]{1} [1]2 [2]1 [3]"" [5]2}.
TEST(IntegrityRecord, TheListIsTheCheckWithoutItsValue) {
  const IntegrityCheck signature{.kind = IntegrityCheck::Kind::kSignature,
                                 .of = CheckedKind::kIri,
                                 .signature = SignatureAlgorithm::kEcdsa,
                                 .names_hash = false,
                                 .numbers = {1},
                                 .value = {1, 2, 3}};
  EXPECT_EQ(integrity_list(signature), (std::vector<uint8_t>{0xa0, 0x10, 0xa0, 0x03, 0x02, 0x01, 0x01, 0x81, 0x01, 0x02,
                                                             0x82, 0x01, 0x01, 0x83, 0x00, 0x85, 0x01, 0x02}));
}

TEST(IntegrityRecord, WithoutRoomNothingIsWritten) {
  const IntegrityCheck check = hash_of(10);
  const size_t whole = written(test_parameters(), check, 5).size();
  for (size_t room = 0; room < whole; ++room) {
    std::vector<uint8_t> octets(room, 0xee);
    ASSERT_EQ(write_integrity_pdu(test_parameters(), check, 5, kTime, octets), 0U);
    ASSERT_EQ(octets, std::vector<uint8_t>(room, 0xee));
  }
}

}  // namespace
}  // namespace lictor
