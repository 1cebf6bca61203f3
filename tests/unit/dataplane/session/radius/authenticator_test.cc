// check_request and check_response: what was made with the secret holds, and what was changed by one bit does not.

#include "dataplane/session/radius/authenticator.h"

#include "tests/unit/dataplane/session/radius/message_octets.h"

namespace lictor::radius {
namespace {

constexpr std::string_view kSecretText = "s3cret of two";

SecretPointer secret(std::string_view words = kSecretText) { return *SharedSecret::make(as_bytes(words)); }

Message parse(const Octets& octets) {
  static const AttributeMap map = AttributeMap::standard();
  Message message;
  EXPECT_EQ(parse_message(octets, map, message), MessageError::kNone);
  return message;
}

Proof proof_of_request(const Octets& octets, const SecretPointer& by = secret()) {
  return check_request(parse(octets), *by);
}

Proof proof_of_response(const Octets& octets, const Octets& request, const SecretPointer& by = secret()) {
  return check_response(parse(octets), request, *by);
}

// With a Message-Authenticator as the first attribute, whose value is then at 22.
constexpr size_t kAttributeAt = 22;
Octets attributes() { return join({attribute(80, Octets(16)), attribute(1, "alice"), attribute(44, "0000A1")}); }

// Every bit of it changed alone, but for those of code and length, which make another message of it.
template <typename Check>
void expect_each_bit_matters(const Octets& good, Check proof) {
  ASSERT_EQ(proof(good), Proof::kProven);
  for (size_t at = 0; at < good.size(); ++at) {
    if (at == 0 || at == 2 || at == 3) continue;
    Octets bad = good;
    bad[at] ^= 1;
    static const AttributeMap map = AttributeMap::standard();
    Message message;
    if (parse_message(bad, map, message) == MessageError::kNone) {
      ASSERT_NE(proof(bad), Proof::kProven) << at;
    }
  }
}

TEST(RadiusAuthenticator, AccountingCoaAndDisconnectRequestsAreProvenByTheirAuthenticator) {
  for (const uint8_t code : Octets{4, 40, 43}) {
    const Octets good = signed_request(message(code, 7, attribute(1, "alice")), kSecretText);
    expect_each_bit_matters(good, [](const Octets& octets) { return proof_of_request(octets); });
    EXPECT_EQ(proof_of_request(good, secret("another")), Proof::kWrong);
  }
}

TEST(RadiusAuthenticator, TheirMessageAuthenticatorIsCheckedToo) {
  const Octets good = signed_request(message(4, 7, attributes()), kSecretText, kAttributeAt);
  expect_each_bit_matters(good, [](const Octets& octets) { return proof_of_request(octets); });
  Octets bad = good;
  bad[kAttributeAt] ^= 1;
  put(bad, 4, Octets(16));
  put(bad, 4, md5(join({bad, text(kSecretText)})));  // the header holds again
  EXPECT_EQ(proof_of_request(bad), Proof::kWrong);
}

TEST(RadiusAuthenticator, AccessRequestIsProvenByItsMessageAuthenticatorAlone) {
  Octets good = message(1, 7, attributes(), Octets(16, 0x5a));
  put(good, kAttributeAt, hmac_md5(kSecretText, good));
  expect_each_bit_matters(good, [](const Octets& octets) { return proof_of_request(octets); });
  EXPECT_EQ(proof_of_request(message(1, 7, attribute(1, "alice"))), Proof::kUnprovable);
}

TEST(RadiusAuthenticator, AnswersAreProvenOverTheRequestsAuthenticator) {
  const Octets request(16, 0x77);
  for (const uint8_t code : Octets{2, 3, 5, 11, 41, 42, 44, 45}) {
    const Octets good = signed_message(message(code, 7, attributes()), request, kSecretText, kAttributeAt);
    expect_each_bit_matters(good, [&](const Octets& octets) { return proof_of_response(octets, request); });
    EXPECT_EQ(proof_of_response(good, Octets(16, 0x78)), Proof::kWrong);
    EXPECT_EQ(proof_of_response(good, request, secret("another")), Proof::kWrong);
  }
}

TEST(RadiusAuthenticator, AnswerIsNoRequestAndRequestNoAnswer) {
  const Octets request = signed_request(message(4, 7, {}), kSecretText);
  EXPECT_EQ(proof_of_response(request, Octets(16)), Proof::kUnprovable);
  const Octets answer = signed_message(message(5, 7, {}), Octets(16), kSecretText);
  EXPECT_EQ(proof_of_request(answer), Proof::kUnprovable);
  EXPECT_EQ(proof_of_request(message(12, 7, {})), Proof::kUnprovable);
}

TEST(RadiusAuthenticator, SecretsOfAnyLengthWork) {
  for (const size_t bytes : {1, 15, 16, 63, 64, 65, 128}) {
    const std::string words(bytes, 'x');
    const Octets good = signed_request(message(4, 7, attributes()), words, kAttributeAt);
    EXPECT_EQ(proof_of_request(good, secret(words)), Proof::kProven) << bytes;
  }
  EXPECT_FALSE(SharedSecret::make({}).ok());
  EXPECT_FALSE(SharedSecret::make(as_bytes(std::string(129, 'x'))).ok());
}

// RFC 2865 section 7.1, its Access-Accept: the one published exchange whose secret is told.
TEST(RadiusAuthenticator, TheStandardsOwnExampleHolds) {
  const Octets request = {0x0f, 0x40, 0x3f, 0x94, 0x73, 0x97, 0x80, 0x57,
                          0xbd, 0x83, 0xd5, 0xcb, 0x98, 0xf4, 0x22, 0x7a};
  const Octets accept = {0x02, 0x00, 0x00, 0x26, 0x86, 0xfe, 0x22, 0x0e, 0x76, 0x24, 0xba, 0x2a, 0x10,
                         0x05, 0xf6, 0xbf, 0x9b, 0x55, 0xe0, 0xb2, 0x06, 0x06, 0x00, 0x00, 0x00, 0x01,
                         0x0f, 0x06, 0x00, 0x00, 0x00, 0x00, 0x0e, 0x06, 0xc0, 0xa8, 0x01, 0x03};
  EXPECT_EQ(proof_of_response(accept, request, secret("xyzzy5461")), Proof::kProven);
}

}  // namespace
}  // namespace lictor::radius
