// Whose certificate makes an approver.
#include "dataplane/trust/approver_book.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/unit/dataplane/trust/site.h"

namespace lictor {
namespace {

using testing::HasSubstr;

class ApproverBookTest : public testing::Test {
 protected:
  [[nodiscard]] Holder approver(const CertificatePlan& plan = {}) const {
    return make_holder(make_p256(), "approver", &authority_, plan);
  }
  [[nodiscard]] std::string ca() const { return folder_.write("ca.pem", authority_.pem()); }
  void put(const std::string& list) const { ASSERT_NE(folder_.write("list.pem", list), ""); }
  static std::unique_ptr<ApproverBook> book(const ApproverPlan& plan) {
    Result<std::unique_ptr<ApproverBook>> loaded = ApproverBook::load(plan);
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    return *std::move(loaded);
  }
  static std::string why(ApproverBook& book, const std::string& der, LegalTime at = legal_now()) {
    return std::string(book.key_of(as_bytes(der), at).status().message());
  }
  static std::string pin_of(const Holder& holder) {
    std::string pin;
    for (const uint8_t octet : sha256_digest(as_bytes(holder.der()))) pin += fmt::format("{:02x}", octet);
    return pin;
  }

  const ScratchFolder folder_;
  const Holder authority_ = make_authority();
};

TEST_F(ApproverBookTest, AnApproverOfTheAuthorityIsTakenWithItsKey) {
  const std::unique_ptr<ApproverBook> known = book({.ca = ca()});
  const Holder holder = approver();
  const std::string der = holder.der();
  for (int i = 0; i < 2; ++i) {
    const Result<EVP_PKEY*> key = known->key_of(as_bytes(der), legal_now());
    ASSERT_TRUE(key.ok()) << key.status();
    EXPECT_EQ(EVP_PKEY_eq(*key, holder.key.get()), 1);
  }
}

TEST_F(ApproverBookTest, AnotherAuthoritysCertificateIsRefused) {
  const Holder stranger = make_authority();
  const std::unique_ptr<ApproverBook> known = book({.ca = ca()});
  EXPECT_NE(why(*known, make_holder(make_p256(), "approver", &stranger).der()), "");
}

TEST_F(ApproverBookTest, OtherRolesAndUsesAreRefused) {
  const std::unique_ptr<ApproverBook> known = book({.ca = ca()});
  EXPECT_THAT(why(*known, approver({.names = "URI:urn:lictor:role:operator"}).der()), HasSubstr("name an approver"));
  EXPECT_THAT(why(*known, approver({.names = "DNS:urn:lictor:role:approver"}).der()), HasSubstr("name an approver"));
  EXPECT_THAT(why(*known, approver({.names = "URI:urn:lictor:role:approver2"}).der()), HasSubstr("name an approver"));
  EXPECT_THAT(why(*known, approver({.names = ""}).der()), HasSubstr("name an approver"));
  EXPECT_THAT(why(*known, approver({.usage = "critical,keyAgreement"}).der()), HasSubstr("may not sign"));
}

TEST_F(ApproverBookTest, TimesAreHeldAgainstTheHourAlsoOfWhatIsKnown) {
  const std::unique_ptr<ApproverBook> known = book({.ca = ca()});
  const std::string der = approver({.from_s = -100, .until_s = 1000}).der();
  const LegalTime now = legal_now();
  const auto later = [&](int64_t seconds) { return LegalTime{now.unix_ns + seconds * kNanosecondsPerSecond}; };
  EXPECT_EQ(why(*known, der, now), "");
  EXPECT_THAT(why(*known, der, later(1010)), HasSubstr("not valid any more"));
  EXPECT_THAT(why(*known, der, later(-110)), HasSubstr("not valid yet"));
  EXPECT_TRUE(known->key_of(as_bytes(der), std::nullopt).ok()) << "what drains asks for no hour";
}

TEST_F(ApproverBookTest, ARevokedCertificateIsRefusedAndAnOldListRefusesAll) {
  const std::string list = folder_.write("list.pem", revocation_list(authority_, {7}, 1000));
  const std::unique_ptr<ApproverBook> known = book({.ca = ca(), .revoked = list});
  EXPECT_THAT(why(*known, approver({.serial = 7}).der()), HasSubstr("revoked"));
  const std::string good = approver({.serial = 8}).der();
  EXPECT_EQ(why(*known, good), "");
  EXPECT_THAT(why(*known, good, {legal_now().unix_ns + 1010 * kNanosecondsPerSecond}), HasSubstr("too old"));
}

TEST_F(ApproverBookTest, WhoIsRevokedWhileItRunsIsRefusedThoughHeWasKnown) {
  const std::string list = folder_.write("list.pem", revocation_list(authority_, {7}, 1000));
  const std::unique_ptr<ApproverBook> known = book({.ca = ca(), .revoked = list});
  const std::string stolen = approver({.serial = 8}).der();
  EXPECT_EQ(why(*known, stolen), "");
  EXPECT_TRUE(known->refresh(legal_now()).ok());
  EXPECT_EQ(why(*known, stolen), "");
  put(revocation_list(authority_, {7, 8}, 1000));
  EXPECT_TRUE(known->refresh(legal_now()).ok());
  EXPECT_THAT(why(*known, stolen), HasSubstr("revoked"));
}

TEST_F(ApproverBookTest, AnOverdueListIsToldAndAFreshOneIsTakenWithoutARestart) {
  const std::string list = folder_.write("list.pem", revocation_list(authority_, {7}, 1000));
  const std::unique_ptr<ApproverBook> known = book({.ca = ca(), .revoked = list});
  const std::string good = approver({.serial = 8}).der();
  const LegalTime later{legal_now().unix_ns + 1010 * kNanosecondsPerSecond};
  EXPECT_THAT(std::string(known->refresh(later).message()), HasSubstr("overdue"));
  EXPECT_THAT(why(*known, good, later), HasSubstr("too old"));
  put(revocation_list(authority_, {7}, 100'000));
  EXPECT_TRUE(known->refresh(later).ok());
  EXPECT_EQ(why(*known, good, later), "");
}

TEST_F(ApproverBookTest, AListThatCannotBeTakenIsToldAndTheFormerStaysInForce) {
  const std::string list = folder_.write("list.pem", revocation_list(authority_, {7}, 1000));
  const std::unique_ptr<ApproverBook> known = book({.ca = ca(), .revoked = list});
  const std::string revoked = approver({.serial = 7}).der(), good = approver({.serial = 8}).der();
  for (const std::string& text : {std::string(), authority_.pem()}) {
    put(text);
    for (int i = 0; i < 2; ++i) EXPECT_FALSE(known->refresh(legal_now()).ok());
    EXPECT_THAT(why(*known, revoked), HasSubstr("revoked"));
    EXPECT_EQ(why(*known, good), "");
  }
  std::filesystem::remove(list);
  EXPECT_FALSE(known->refresh(legal_now()).ok());
  EXPECT_THAT(why(*known, revoked), HasSubstr("revoked"));
}

TEST_F(ApproverBookTest, PinsNarrowTheAuthorityAndCanStandAlone) {
  const Holder pinned = approver();
  const Holder other = approver();
  for (const std::string& authority : {ca(), std::string()}) {
    const std::unique_ptr<ApproverBook> known = book({.ca = authority, .pins = {pin_of(pinned)}});
    EXPECT_EQ(why(*known, pinned.der()), "");
    EXPECT_THAT(why(*known, other.der()), HasSubstr("pinned"));
  }
}

TEST_F(ApproverBookTest, EveryPrefixOfACertificateAndWhatFollowsOneIsRefused) {
  const std::unique_ptr<ApproverBook> known = book({.ca = ca()});
  const std::string der = approver().der();
  for (size_t length = 0; length < der.size(); ++length) EXPECT_NE(why(*known, der.substr(0, length)), "") << length;
  EXPECT_NE(why(*known, der + '\0'), "");
}

TEST_F(ApproverBookTest, PlansThatNameNobodyOrCannotBeReadAreRefused) {
  EXPECT_FALSE(ApproverBook::load({}).ok());
  EXPECT_FALSE(ApproverBook::load({.pins = {"00"}}).ok());
  EXPECT_FALSE(ApproverBook::load({.ca = folder_.path("none")}).ok());
  EXPECT_FALSE(ApproverBook::load({.ca = folder_.write("empty", "")}).ok());
  const std::string half = authority_.pem().substr(0, 200);
  EXPECT_FALSE(ApproverBook::load({.ca = folder_.write("half", authority_.pem() + half)}).ok());
  EXPECT_FALSE(ApproverBook::load({.ca = ca(), .revoked = folder_.write("no-list", authority_.pem())}).ok());
}

}  // namespace
}  // namespace lictor
