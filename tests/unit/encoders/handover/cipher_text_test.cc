// CipherText: what TCP acknowledges of the ciphertext, said in plain octets.
#include "encoders/handover/cipher_text.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>

#include <memory>
#include <string>

namespace lictor {
namespace {

class CipherTextTest : public ::testing::Test {
 protected:
  CipherTextTest() : bio_(text_.make_bio(), &BIO_free) {}

  // As OpenSSL would: `plain` octets become `wire` octets.
  void seal(size_t plain, size_t wire) {
    write(wire);
    text_.sealed(plain);
  }
  void write(size_t wire) {
    const std::string octets(wire, 'x');
    ASSERT_EQ(BIO_write(bio_.get(), octets.data(), static_cast<int>(wire)), static_cast<int>(wire));
  }

  CipherText text_;
  std::unique_ptr<BIO, decltype(&BIO_free)> bio_;
};

TEST_F(CipherTextTest, NothingIsAcknowledgedBeforeTheWholeRecordIs) {
  write(500);  // a handshake carries nothing of ours
  text_.went_out(500);
  seal(100, 122);
  EXPECT_EQ(text_.plain_unacknowledged(0), 100u) << "it has not even gone out";
  text_.went_out(122);
  EXPECT_EQ(text_.plain_unacknowledged(122), 100u);
  EXPECT_EQ(text_.plain_unacknowledged(1), 100u) << "what the peer has of it cannot be opened";
  EXPECT_EQ(text_.plain_unacknowledged(0), 0u);
}

TEST_F(CipherTextTest, EachRecordCountsByItself) {
  for (int i = 0; i < 3; ++i) seal(100, 122);
  text_.went_out(300);
  EXPECT_EQ(text_.plain_unacknowledged(0), 100u);
  EXPECT_EQ(text_.waiting().size(), 66u);
  text_.went_out(66);
  EXPECT_EQ(text_.plain_unacknowledged(66), 100u);
  EXPECT_EQ(text_.plain_unacknowledged(65), 100u);
  EXPECT_EQ(text_.plain_unacknowledged(0), 0u);
  EXPECT_TRUE(text_.waiting().empty());
}

TEST_F(CipherTextTest, WhatOpensslSaysInBetweenIsNothingOfOurs) {
  seal(100, 122);
  write(30);  // a key update, an alert
  seal(50, 72);
  text_.went_out(224);
  EXPECT_EQ(text_.plain_unacknowledged(72), 50u);
  EXPECT_EQ(text_.plain_unacknowledged(80), 50u) << "an acknowledgement is never taken back";
  EXPECT_EQ(text_.plain_unacknowledged(0), 0u);
}

TEST_F(CipherTextTest, ANewConnectionBeginsAnew) {
  seal(100, 122);
  text_.went_out(60);
  text_.clear();
  EXPECT_TRUE(text_.waiting().empty());
  EXPECT_EQ(text_.plain_unacknowledged(0), 0u);
  seal(10, 32);
  text_.went_out(32);
  EXPECT_EQ(text_.plain_unacknowledged(32), 10u);
}

}  // namespace
}  // namespace lictor
