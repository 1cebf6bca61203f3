// The mechanisms against the vectors of their documents.
#include "control/vault/ciphers.h"

#include <gtest/gtest.h>

#include "tests/unit/control/vault/support.h"

namespace lictor::control {
namespace {

// The GCM specification's test case 16.
TEST(Ciphers, AeadSealsAndOpensTheKnownAnswer) {
  const std::string key = from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  const std::string plain = from_hex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
      "b16aedf5aa0de657ba637b39");
  const std::string associated = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const std::string sealed_known = from_hex(
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
      "c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b");
  Nonce nonce;
  std::ranges::copy(as_bytes(from_hex("cafebabefacedbaddecaf888")), nonce.begin());
  std::string sealed;
  ASSERT_TRUE(aead_seal(key_view(key), nonce, associated, as_bytes(plain), sealed).ok());
  EXPECT_EQ(sealed, sealed_known);
  std::string opened(plain.size(), '\0');
  const MutableBytes room(reinterpret_cast<uint8_t*>(opened.data()), opened.size());
  EXPECT_TRUE(aead_open(key_view(key), nonce, associated, as_bytes(sealed), room));
  EXPECT_EQ(opened, plain);
}

TEST(Ciphers, WhatDoesNotOpenLeavesNoPlainText) {
  const std::string key(32, 'k');
  std::string sealed;
  ASSERT_TRUE(aead_seal(key_view(key), {}, "", as_bytes("secret"), sealed).ok());
  sealed.back() = static_cast<char>(sealed.back() ^ 1);
  std::string opened(6, 'x');
  EXPECT_FALSE(aead_open(key_view(key), {}, "", as_bytes(sealed),
                         MutableBytes(reinterpret_cast<uint8_t*>(opened.data()), opened.size())));
  EXPECT_EQ(opened, std::string(6, '\0'));
}

// Test case 2 of RFC 4231 has a key of 4 octets; 32 with zeros behind it are the same key.
TEST(Ciphers, HmacGivesTheKnownAnswer) {
  std::string key = "Jefe";
  key.resize(32, '\0');
  const Digest digest = hmac_sha256(key_view(key), "what do ya want for nothing?");
  EXPECT_EQ(to_hex(digest), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

// RFC 5869 A.1; the first 32 of its 42 octets.
TEST(Ciphers, HkdfGivesTheKnownAnswer) {
  const Result<Secret> key =
      hkdf_sha256(as_bytes(std::string(22, '\x0b')), as_bytes(from_hex("000102030405060708090a0b0c")),
                  from_hex("f0f1f2f3f4f5f6f7f8f9"));
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(to_hex(key->octets()), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
}

// RFC 7914 12, the third vector; the first 32 of its 64 octets.
TEST(Ciphers, ScryptGivesTheKnownAnswer) {
  const Result<Secret> key =
      scrypt(as_bytes("pleaseletmein"), as_bytes("SodiumChloride"), {.log2_n = 14, .r = 8, .p = 1});
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(to_hex(key->octets()), "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2");
}

TEST(Ciphers, ScryptBeyondItsBoundsIsRefused) {
  for (const ScryptCost cost : {ScryptCost{.log2_n = 13}, ScryptCost{.log2_n = 21}, ScryptCost{.r = 0},
                                ScryptCost{.r = 9}, ScryptCost{.p = 0}, ScryptCost{.p = 5}})
    EXPECT_EQ(scrypt(as_bytes("pleaseletmein"), {}, cost).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Ciphers, SecretsLieInLockedMemory) {
  ASSERT_TRUE(Secret::prepare(64));
  const Result<Secret> secret = Secret::make_random();
  ASSERT_TRUE(secret.ok());
  EXPECT_EQ(CRYPTO_secure_allocated(secret->octets().data()), 1);
}

}  // namespace
}  // namespace lictor::control
