// Which keys are taken, and that a signature holds for its octets alone.
#include "dataplane/trust/signature.h"

#include <gmock/gmock.h>
#include <openssl/rsa.h>

#include "tests/unit/dataplane/trust/site.h"

namespace lictor {
namespace {

using testing::HasSubstr;

TEST(Signature, HoldsForItsOctetsAndKeyAlone) {
  for (OwnedKey (*make)() : {make_p256, make_p384, make_ed25519}) {
    const OwnedKey key = make();
    const OwnedKey other = make();
    const std::string octets = "what was ordered";
    const Result<std::string> signature = sign_octets(*key, as_bytes(octets));
    ASSERT_TRUE(signature.ok());
    EXPECT_TRUE(verify_signature(*key, as_bytes(octets), as_bytes(*signature)).ok());
    EXPECT_FALSE(verify_signature(*other, as_bytes(octets), as_bytes(*signature)).ok());
    EXPECT_FALSE(verify_signature(*key, as_bytes("what was orderee"), as_bytes(*signature)).ok());
    for (size_t length = 0; length < signature->size(); ++length)
      EXPECT_FALSE(verify_signature(*key, as_bytes(octets), as_bytes(signature->substr(0, length))).ok()) << length;
    for (size_t at = 0; at < octets.size(); ++at) {
      std::string altered = octets;
      altered[at] = static_cast<char>(altered[at] ^ 1);
      EXPECT_FALSE(verify_signature(*key, as_bytes(altered), as_bytes(*signature)).ok()) << at;
    }
  }
}

TEST(Signature, OtherKindsOfKeysAreNotTaken) {
  const OwnedKey rsa(EVP_RSA_gen(2048));
  const OwnedKey other_curve(EVP_EC_gen("secp256k1"));
  for (const OwnedKey* key : {&rsa, &other_curve}) {
    EXPECT_FALSE(is_taken(**key));
    EXPECT_FALSE(sign_octets(**key, as_bytes("x")).ok());
    EXPECT_THAT(std::string(verify_signature(**key, as_bytes("x"), as_bytes("y")).message()), HasSubstr("none of"));
  }
}

TEST(Signature, FilesOfKeysAreRefusedByName) {
  const ScratchFolder folder;
  EXPECT_THAT(std::string(load_public_key(folder.path("none")).status().message()), HasSubstr("none"));
  const std::string broken = folder.write("broken", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
  EXPECT_THAT(std::string(load_public_key(broken).status().message()), HasSubstr("holds no public key"));
  const OwnedKey key = make_ed25519();
  const Result<OwnedKey> read = load_public_key(folder.write("good", public_pem(*key)));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(EVP_PKEY_eq(key.get(), read->get()), 1);
}

}  // namespace
}  // namespace lictor
