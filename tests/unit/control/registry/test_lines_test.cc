// The list of test lines, its signature, and what a warrant for a test may be.
#include "control/registry/test_lines.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <fstream>

#include "control/registry/warrant_rules.h"
#include "tests/unit/control/support/fixtures.h"

namespace lictor::control {
namespace {

constexpr const char* kLines =
    "# lines in the exchange\nipv4:192.0.2.0/28\n\n ipv6:2001:db8::/64@port=tap0  # "
    "second\nradius-user:test@example.org\n"
    "radius-user:test@example.net@ne=NE-1\n";

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};

class SignedLines : public testing::Test {
 protected:
  void SetUp() override {
    write(file_.path, kLines);
    sign();
    const std::unique_ptr<BIO, Free> bio(BIO_new_file(file_.key_path.c_str(), "w"));
    ASSERT_EQ(PEM_write_bio_PUBKEY(bio.get(), key_.get()), 1);
  }
  static void write(const std::string& path, const std::string& octets) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << octets;
  }
  void sign() {
    const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    const std::string text = kLines;
    std::string signature(64, '\0');
    size_t length = signature.size();
    ASSERT_EQ(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()), 1);
    ASSERT_EQ(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length,
                             reinterpret_cast<const unsigned char*>(text.data()), text.size()),
              1);
    write(file_.signature_path, signature);
  }

  const TempDir directory_;
  const SignedFile file_{directory_.file("lines"), directory_.file("lines.sig"), directory_.file("key.pem")};
  const std::unique_ptr<EVP_PKEY, Free> key_{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
};

TEST_F(SignedLines, AreReadWhereTheSignatureHolds) {
  const auto lines = load_test_lines(file_);
  ASSERT_TRUE(lines.ok()) << lines.status();
  ASSERT_EQ(lines->size(), 4u);
  EXPECT_EQ((*lines)[2].selector(), "radius-user:test@example.org");
  EXPECT_EQ((*lines)[3].selector(), "radius-user:test@example.net");
  EXPECT_EQ((*lines)[3].scope().network_element_id(), "NE-1");
  EXPECT_EQ((*lines)[0].selector(), "ipv4:192.0.2.0/28");
  EXPECT_EQ((*lines)[1].scope().port(), "tap0");
}

TEST_F(SignedLines, EveryChangedOctetIsRefused) {
  const std::string text = kLines;
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    write(file_.path, changed);
    EXPECT_TRUE(absl::IsFailedPrecondition(load_test_lines(file_).status())) << i;
  }
  write(file_.path, text + "ipv4:198.51.100.1\n");
  EXPECT_TRUE(absl::IsFailedPrecondition(load_test_lines(file_).status()));
}

TEST_F(SignedLines, WithoutSignatureOrKeyNothingIsRead) {
  write(file_.signature_path, "");
  EXPECT_FALSE(load_test_lines(file_).ok());
  sign();
  write(file_.key_path, "no key");
  EXPECT_FALSE(load_test_lines(file_).ok());
  EXPECT_FALSE(load_test_lines({}).ok());
}

TEST(TestLines, AWrongLineIsNamedByItsNumber) {
  for (const char* const wrong :
       {"ipv4:192.0.2.1\nnonsense", "ipv4:192.0.2.1\npattern:text:x", "\nipv4:192.0.2.1@port"}) {
    const auto lines = parse_test_lines(wrong);
    ASSERT_FALSE(lines.ok()) << wrong;
    EXPECT_EQ(std::string(lines.status().message()).rfind("line 2: ", 0), 0u) << lines.status();
  }
}

TEST(TestLines, EveryPrefixIsReadOrRefused) {
  const std::string text = kLines;
  for (size_t i = 0; i <= text.size(); ++i) {
    const auto lines = parse_test_lines(std::string_view(text).substr(0, i));
    EXPECT_TRUE(!lines.ok() || lines->size() <= 4u) << i;
  }
}

const v1::Agency& the_agency() {
  static const v1::Agency agency = make_agency();
  return agency;
}

Status check(const v1::Warrant& warrant) {
  Policy policy;
  policy.test_lines = *parse_test_lines(kLines);
  return check_warrant(warrant, {.policy = policy, .now = kNow, .agency = &the_agency(), .stored = nullptr}).status();
}

v1::Warrant make_test_warrant() {
  v1::Warrant warrant = make_warrant();
  warrant.set_purpose(v1::WARRANT_PURPOSE_TEST);
  return warrant;
}

TEST(TestLines, ATestIsOfATestLineAndShort) {
  EXPECT_TRUE(check(make_test_warrant()).ok()) << check(make_test_warrant());
  v1::Warrant other = make_test_warrant();
  other.mutable_targets(0)->set_selector("ipv4:192.0.2.77");
  EXPECT_EQ(std::string(check(other).message()).find("warrant.targets[0].selector"), 0u);
  other.set_purpose(v1::WARRANT_PURPOSE_INTERCEPTION);
  EXPECT_TRUE(check(other).ok());
  v1::Warrant wide = make_test_warrant();
  wide.mutable_targets(0)->set_selector("ipv4:192.0.2.0/27");
  EXPECT_FALSE(check(wide).ok());
  v1::Warrant elsewhere = make_test_warrant();
  elsewhere.mutable_targets(0)->set_selector("ipv6:2001:db8::1");
  EXPECT_FALSE(check(elsewhere).ok()) << "the line counts at one port";
  elsewhere.mutable_targets(0)->mutable_scope()->set_port("tap0");
  EXPECT_TRUE(check(elsewhere).ok());
  v1::Warrant longer = make_test_warrant();
  longer.set_end("2026-11-22T09:00:01Z");
  EXPECT_EQ(std::string(check(longer).message()).find("warrant.end"), 0u);
}

TEST(TestLines, WithoutAListThereIsNoTest) {
  const Policy policy;
  EXPECT_FALSE(
      check_warrant(make_test_warrant(), {.policy = policy, .now = kNow, .agency = &the_agency(), .stored = nullptr})
          .ok());
}

}  // namespace
}  // namespace lictor::control
