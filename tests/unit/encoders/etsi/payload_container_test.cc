// Encrypted records, held against asn1c (the container's form), OpenSSL's other way round (the octets) and the record
// without a container (what is inside).
#include "encoders/etsi/payload_container.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>

#include "encoders/etsi/asn1_codec.h"
#include "encoders/etsi/etsi_encoder.h"
#include "encoders/etsi/tlv.h"
#include "parameters.h"

namespace lictor {
namespace {

const std::string kKey192 = "000102030405060708090a0b0c0d0e0f1011121314151617";
const std::string kKey256 = kKey192 + "18191a1b1c1d1e1f";
const PacketTime kTime = {1'789'000'000'123'456'789};
constexpr LegalTime kStarted{1'700'000'000 * kNanosecondsPerSecond};

EtsiTaskParameters parameters_of(PayloadEncryption method) {
  EtsiTaskParameters parameters = test_parameters();
  parameters.encryption = method;
  parameters.encryption_started = kStarted;
  if (method == PayloadEncryption::kAes192Cbc) parameters.payload_key = *PayloadKey::parse(kKey192);
  if (method == PayloadEncryption::kAes256Cbc) parameters.payload_key = *PayloadKey::parse(kKey256);
  return parameters;
}

std::vector<uint8_t> content_record(Encoder& encoder, size_t packet_bytes, uint32_t number, bool encrypted) {
  std::vector<uint8_t> packet(packet_bytes);
  for (size_t i = 0; i < packet.size(); ++i) packet[i] = static_cast<uint8_t>(i * 7);
  std::vector<uint8_t> room(encoder.content_bytes_max(packet_bytes), 0xee);
  room.resize(encoder.encode_content({.packet = packet,
                                      .whole_bytes = static_cast<uint32_t>(packet_bytes),
                                      .arrival = kTime,
                                      .direction = Direction::kFromTarget},
                                     number, room));
  EXPECT_FALSE(room.empty());
  if (encrypted) encoder.encrypt(room, number);
  return room;
}

Bytes at(Bytes octets, std::initializer_list<uint8_t> path) {
  for (const uint8_t tag : path) {
    const std::optional<Tlv> child = find_child(octets, tag);
    EXPECT_TRUE(child.has_value()) << int{tag};
    octets = child ? child->content : Bytes{};
  }
  return octets;
}

std::vector<uint8_t> decrypted(PayloadEncryption method, uint32_t number, Bytes octets) {
  const bool is_256 = method == PayloadEncryption::kAes256Cbc;
  const SharedPayloadKey key = *PayloadKey::parse(is_256 ? kKey256 : kKey192);
  uint8_t iv[16];
  for (int i = 0; i < 16; ++i) iv[i] = static_cast<uint8_t>(number >> (8 * (3 - i % 4)));
  std::vector<uint8_t> plain(octets.size());
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  int length = 0;
  EXPECT_EQ(
      EVP_DecryptInit_ex(context, is_256 ? EVP_aes_256_cbc() : EVP_aes_192_cbc(), nullptr, key->octets().data(), iv),
      1);
  EVP_CIPHER_CTX_set_padding(context, 0);
  EXPECT_EQ(EVP_DecryptUpdate(context, plain.data(), &length, octets.data(), static_cast<int>(octets.size())), 1);
  EVP_CIPHER_CTX_free(context);
  return plain;
}

class PayloadContainers : public testing::TestWithParam<PayloadEncryption> {};

TEST_P(PayloadContainers, WhatIsInsideIsThePayloadForEveryLength) {
  const auto plain_encoder = *make_etsi_encoder(parameters_of(PayloadEncryption::kOff));
  const auto encoder = *make_etsi_encoder(parameters_of(GetParam()));
  const uint8_t type = GetParam() == PayloadEncryption::kContainer   ? 1
                       : GetParam() == PayloadEncryption::kAes192Cbc ? 3
                                                                     : 4;
  uint64_t counter = uint64_t{1'700'000'000} << 32;
  std::vector<size_t> lengths = {1, 20, 1000, 1500, 9000, 65'535};
  for (size_t length = 40; length < 300; ++length) lengths.push_back(length);
  uint32_t number = 0xfffffff0;
  for (const size_t length : lengths) {
    const std::vector<uint8_t> plain = content_record(*plain_encoder, length, ++number, true);
    const std::vector<uint8_t> record = content_record(*encoder, length, number, true);
    const Bytes container = at(record, {0x30, 0xa2, 0xa4});
    ASSERT_EQ(at(container, {0x80})[0], type);
    ASSERT_EQ(at(container, {0x82})[0], 3);
    const Bytes octets = at(container, {0x81});
    ASSERT_EQ(octets.size() % 16, 0U);
    const std::vector<uint8_t> inside =
        type == 1 ? std::vector<uint8_t>(octets.begin(), octets.end()) : decrypted(GetParam(), number, octets);
    const std::optional<Tlv> payload = first_tlv(inside);
    ASSERT_TRUE(payload.has_value());
    for (const uint8_t pad : Bytes(inside).subspan(payload->whole.size())) ASSERT_EQ(pad, 0);
    ASSERT_LT(inside.size() - payload->whole.size(), 16U);
    ASSERT_TRUE(std::ranges::equal(at(inside, {0x30, 0xa1}), at(plain, {0x30, 0xa2}))) << length;
    ASSERT_TRUE(std::ranges::equal(at(record, {0x30, 0xa1}), at(plain, {0x30, 0xa1}))) << length;
    uint64_t counted = 0;
    for (const uint8_t octet : at(inside, {0x30, 0x80})) counted = counted << 8 | octet;
    ASSERT_EQ(counted, counter);
    counter += record.size();
  }
}

TEST_P(PayloadContainers, ARecordOfSeveralSaysItsPartByWhatIsInItWhateverTheTaskIsGivenNow) {
  for (const Lengths lengths : {Lengths::kShortest, Lengths::kWide}) {
    for (const bool is_frame : {false, true}) {
      EtsiTaskParameters parameters = parameters_of(GetParam());
      parameters.lengths = lengths;
      parameters.frames = !is_frame;
      const auto encoder = *make_etsi_encoder(parameters);
      const std::vector<uint8_t> packet(100, 7);
      const ContentRecord content{.packet = packet,
                                  .whole_bytes = 100,
                                  .arrival = kTime,
                                  .direction = Direction::kFromTarget,
                                  .is_frame = is_frame};
      std::vector<uint8_t> payloads(2 * encoder->payload_bytes_max(packet.size()));
      size_t bytes = encoder->encode_payload(content, payloads);
      bytes += encoder->encode_payload(content, MutableBytes(payloads).subspan(bytes));
      std::vector<uint8_t> room(encoder->aggregate_bytes_max(bytes));
      ASSERT_GT(encoder->encode_aggregate(Bytes(payloads).first(bytes), kTime, 0, 7, room), 0U);
      EXPECT_EQ(at(room, {0x30, 0xa2, 0xa4, 0x82})[0], is_frame ? 4 : 3);
    }
  }
}

TEST_P(PayloadContainers, EqualsAsn1cOnceItIsUnderstood) {
  const auto encoder = *make_etsi_encoder(parameters_of(GetParam()));
  for (const size_t length : {1, 100, 200, 1000, 65'000}) {
    const std::vector<uint8_t> record = content_record(*encoder, length, 7, true);
    void* pdu = nullptr;
    asn_codec_ctx_t no_stack_limit{};
    const asn_dec_rval_t result = ber_decode(&no_stack_limit, &asn_DEF_PsPdu, &pdu, record.data(), record.size());
    const asn1::PsPduPtr owner(static_cast<PsPdu_t*>(pdu));
    ASSERT_EQ(result.code, RC_OK);
    ASSERT_EQ(owner->payload.present, Payload_PR_encrypted);
    std::vector<uint8_t> again(record.size() + 16);
    again.resize(asn1::encode_der(*owner, again));
    ASSERT_EQ(again, record);
  }
}

TEST_P(PayloadContainers, EncryptingChangesTheOctetsAndTheTypeAlone) {
  const auto one = *make_etsi_encoder(parameters_of(GetParam()));
  const auto other = *make_etsi_encoder(parameters_of(GetParam()));
  const std::vector<uint8_t> before = content_record(*one, 200, 7, false);
  const std::vector<uint8_t> after = content_record(*other, 200, 7, true);
  ASSERT_EQ(before.size(), after.size());
  EXPECT_EQ(at(before, {0x30, 0xa2, 0xa4, 0x80})[0], 1);
  const Bytes octets = at(after, {0x30, 0xa2, 0xa4, 0x81});
  const size_t first = static_cast<size_t>(octets.data() - after.data());
  size_t others = 0;
  for (size_t i = 0; i < after.size(); ++i)
    others += before[i] != after[i] && (i < first || i >= first + octets.size());
  EXPECT_EQ(others, GetParam() == PayloadEncryption::kContainer ? 0U : 1U);
}

TEST_P(PayloadContainers, NotificationsAndSignallingAreInsideToo) {
  const auto encoder = *make_etsi_encoder(parameters_of(GetParam()));
  std::vector<uint8_t> room(Encoder::kEventBytesMax);
  EventRecord event{.kind = EventKind::kActivated, .series = RecordKind::kHi1, .time = kTime};
  ASSERT_GT(encoder->encode_event(event, 0, room), 0U);
  encoder->encrypt(room, 0);
  EXPECT_EQ(at(room, {0x30, 0xa2, 0xa4, 0x82})[0], 8);
  event = {.kind = EventKind::kSessionActiveAtStart, .series = RecordKind::kIri, .time = kTime};
  ASSERT_GT(encoder->encode_event(event, 0, room), 0U);
  encoder->encrypt(room, 0);
  EXPECT_EQ(at(room, {0x30, 0xa2, 0xa4, 0x82})[0], 3);
  // Transport information is never: a receiver has to read it without a key.
  event = {.kind = EventKind::kCinReset, .series = RecordKind::kCc, .time = kTime};
  const size_t bytes = encoder->encode_event(event, 0, room);
  const std::vector<uint8_t> reset(room.begin(), room.begin() + static_cast<ptrdiff_t>(bytes));
  encoder->encrypt(room, 0);
  EXPECT_TRUE(std::equal(reset.begin(), reset.end(), room.begin()));
  EXPECT_TRUE(find_child(at(room, {0x30, 0xa2}), 0xa2).has_value());
}

INSTANTIATE_TEST_SUITE_P(Methods, PayloadContainers,
                         testing::Values(PayloadEncryption::kContainer, PayloadEncryption::kAes192Cbc,
                                         PayloadEncryption::kAes256Cbc));

TEST(PayloadContainer, AKeyOfAnotherLengthIsRefused) {
  EtsiTaskParameters parameters = parameters_of(PayloadEncryption::kAes192Cbc);
  parameters.payload_key = *PayloadKey::parse(kKey256);
  EXPECT_FALSE(make_etsi_encoder(parameters).ok());
  parameters.payload_key = nullptr;
  EXPECT_FALSE(make_etsi_encoder(parameters).ok());
}

TEST(PayloadKey, IsMadeOfAsManyOctetsAsAKeyHas) {
  for (size_t bytes = 0; bytes <= 40; ++bytes) {
    const std::vector<uint8_t> octets(bytes, 7);
    const Result<SharedPayloadKey> key = PayloadKey::make(octets);
    ASSERT_EQ(key.ok(), bytes == PayloadKey::kAes192Bytes || bytes == PayloadKey::kAes256Bytes) << bytes;
    EXPECT_TRUE(!key.ok() || std::ranges::equal((*key)->octets(), octets));
  }
}

TEST(PayloadKey, IsHexadecimalOfEitherLength) {
  EXPECT_EQ((*PayloadKey::parse(kKey192))->octets().size(), 24U);
  const SharedPayloadKey key = *PayloadKey::parse(" 0x" + kKey256 + "\n");
  EXPECT_EQ(key->octets().size(), 32U);
  EXPECT_EQ(key->octets()[31], 0x1f);
  EXPECT_FALSE(PayloadKey::parse("").ok());
  EXPECT_FALSE(PayloadKey::parse("0x").ok());
  std::string wrong = kKey256;
  wrong[10] = 'g';
  EXPECT_FALSE(PayloadKey::parse(wrong).ok());
  EXPECT_FALSE(PayloadKey::parse(kKey256 + "00").ok());
  for (size_t length = 0; length < kKey256.size(); ++length) {
    EXPECT_EQ(PayloadKey::parse(kKey256.substr(0, length)).ok(), length == kKey192.size()) << length;
  }
}

TEST(PayloadKey, AFileThatOthersCanReadIsRefusedAndNothingOfItIsSaid) {
  const std::string path = testing::TempDir() + "/payload-" + std::to_string(getpid());
  const auto write = [&](const std::string& text, mode_t mode) {
    FILE* const file = std::fopen(path.c_str(), "w");
    ASSERT_EQ(std::fwrite(text.data(), 1, text.size(), file), text.size());
    std::fclose(file);
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
  };
  const PayloadKeyFiles files{.paths = {{"agency", path}}};
  write(kKey192 + "\n", 0600);
  EXPECT_TRUE(files.load("agency").ok());
  write(kKey192, 0604);
  EXPECT_THAT(files.load("agency").status().message(), testing::HasSubstr("chmod o-rwx"));
  write(kKey192.substr(1), 0600);
  EXPECT_THAT(files.load("agency").status().message(), testing::Not(testing::HasSubstr(kKey192.substr(1, 8))));
  write(kKey192 + std::string(300, ' '), 0600);
  EXPECT_THAT(files.load("agency").status().message(), testing::HasSubstr("too long"));
  std::remove(path.c_str());
  EXPECT_FALSE(files.load("agency").ok());
  EXPECT_THAT(files.load("other").status().message(), testing::HasSubstr("no payload key is called other"));
}

}  // namespace
}  // namespace lictor
