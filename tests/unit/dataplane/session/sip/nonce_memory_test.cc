// Which nonces servers have issued.
#include "dataplane/session/sip/nonce_memory.h"

#include <gtest/gtest.h>

#include "tests/unit/dataplane/session/sip/sip_texts.h"

namespace lictor::sip {
namespace {

class NonceMemoryTest : public testing::Test {
 protected:
  void hear(int status, const std::string& fields, uint16_t set = 0) {
    const std::string text = "SIP/2.0 " + std::to_string(status) + " x\r\n" + fields + "\r\n\r\n";
    ASSERT_EQ(parse_message(as_bytes(text), message_), MessageError::kNone);
    if (NonceMemory::is_issuing(message_)) nonces_.hear(message_, set, {now_++});
  }
  [[nodiscard]] bool is_issued(const std::string& nonce, uint16_t set = 0) const {
    return nonces_.is_issued(as_bytes(nonce), set);
  }

  Message message_;
  int64_t now_ = 1;
  NonceMemory nonces_{{1, 2}};
};

TEST_F(NonceMemoryTest, ChallengesIssueAndWhatComesNext) {
  hear(401, "WWW-Authenticate: Digest realm=\"example.org\", nonce=\"a\", qop=\"auth,auth-int\"");
  hear(407, "Proxy-Authenticate: Digest nonce=\"b\",\r\n realm=\"example.org\"");
  hear(200, "Authentication-Info: qop=auth, nextnonce=\"c\", rspauth=\"00\"");
  hear(180, "Authentication-Info: nextnonce=\"no\"");
  hear(202, "Proxy-Authentication-Info: nextnonce=\"d\"");
  hear(403, "WWW-Authenticate: Digest realm=\"example.org\", nonce=\"no\"");
  hear(200, "WWW-Authenticate: Digest realm=\"example.org\", nonce=\"no\"");
  for (const char* nonce : {"\"a\"", "\"b\"", "\"c\"", "\"d\""}) EXPECT_TRUE(is_issued(nonce)) << nonce;
  EXPECT_FALSE(is_issued("\"no\""));
  EXPECT_FALSE(is_issued("\"A\""));
  EXPECT_FALSE(is_issued("\"a\"", 1));
}

TEST_F(NonceMemoryTest, EachChallengeOfAMessageCounts) {
  hear(401,
       "WWW-Authenticate: Digest realm=\"a, nonce=no\", nonce=\"a\", Digest realm=\"b\", nonce=\"b\"\r\n"
       "WWW-Authenticate: Basic realm=\"x\"\r\nProxy-Authenticate: Digest realm=\"c\", nonce=\"c\"");
  for (const char* nonce : {"\"a\"", "\"b\"", "\"c\""}) EXPECT_TRUE(is_issued(nonce)) << nonce;
  EXPECT_FALSE(is_issued("no"));
  EXPECT_FALSE(is_issued("no\""));
}

TEST_F(NonceMemoryTest, WhatItMeansCountsHoweverItIsQuoted) {
  hear(401, R"(WWW-Authenticate: Digest nonce="a\"\b")");
  EXPECT_TRUE(is_issued(R"("a\"b")"));
  hear(401, R"(WWW-Authenticate: Digest nonce="Zm9vYmFyZm9vYmFyZm9vYmFyZm9v/+8AAAAA==")");  // as AKA's
  EXPECT_TRUE(is_issued("Zm9vYmFyZm9vYmFyZm9vYmFyZm9v/+8AAAAA=="));
}

TEST_F(NonceMemoryTest, NoneAndTooLongOnesAreNobodys) {
  const std::string longest = "\"" + std::string(NonceMemory::kNonceBytesMax - 2, 'x') + "\"";
  const std::string longer = "\"" + longest.substr(1, longest.size() - 2) + "x\"";
  for (const std::string& nonce : {std::string("\"\""), longest, longer})
    hear(401, "WWW-Authenticate: Digest nonce=" + nonce);
  EXPECT_FALSE(is_issued(""));
  EXPECT_FALSE(is_issued("\"\""));
  EXPECT_TRUE(is_issued(longest));
  EXPECT_FALSE(is_issued(longer));
}

TEST_F(NonceMemoryTest, OneMessageIssuesFew) {
  std::string fields = "WWW-Authenticate: Digest realm=x";
  for (size_t i = 0; i <= NonceMemory::kOfMessageMax; ++i) fields += ", nonce=n" + std::to_string(i);
  hear(401, fields);
  EXPECT_TRUE(is_issued("n15"));
  EXPECT_FALSE(is_issued("n16"));
}

TEST_F(NonceMemoryTest, OthersPushOutWhatWasHeardAndNotWhatIsUsed) {
  hear(401, "WWW-Authenticate: Digest nonce=heard");
  hear(401, "WWW-Authenticate: Digest nonce=used");
  nonces_.keep(as_bytes(std::string_view("used")), 0, {now_});
  for (size_t i = 0; i < 8 * NonceMemory::kIssuedMax; ++i)
    hear(401, "WWW-Authenticate: Digest nonce=other" + std::to_string(i));
  EXPECT_FALSE(is_issued("heard"));
  EXPECT_TRUE(is_issued("used"));
}

}  // namespace
}  // namespace lictor::sip
