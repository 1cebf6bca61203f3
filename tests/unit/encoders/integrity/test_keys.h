// Signing keys of their own for each test, in files that only their owner can read.
#pragma once

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/stat.h>

#include <cstdio>
#include <string>

#include "encoders/integrity/signing_key.h"

namespace lictor {

// "ec", "ed25519" or "rsa".
inline EVP_PKEY* make_key_pair(const std::string& kind) {
  if (kind == "rsa") return EVP_RSA_gen(2048);
  return kind == "ec" ? EVP_EC_gen("P-256") : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
}

// Writes the private key to a file in the test's temporary folder and answers its path.
inline std::string write_key(EVP_PKEY* key, const std::string& name, mode_t mode = 0600) {
  const std::string path = ::testing::TempDir() + "/" + std::to_string(getpid()) + "-" + name + ".pem";
  FILE* const file = std::fopen(path.c_str(), "w");
  EXPECT_NE(file, nullptr);
  EXPECT_EQ(PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr), 1);
  std::fclose(file);
  EXPECT_EQ(chmod(path.c_str(), mode), 0);
  return path;
}

inline SharedSigningKey test_key(const std::string& kind) {
  EVP_PKEY* const pair = make_key_pair(kind);
  const std::string path = write_key(pair, kind);
  EVP_PKEY_free(pair);
  Result<SharedSigningKey> key = SigningKey::load(path);
  EXPECT_TRUE(key.ok()) << key.status();
  std::remove(path.c_str());
  return *std::move(key);
}

}  // namespace lictor
