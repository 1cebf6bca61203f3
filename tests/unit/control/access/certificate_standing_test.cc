// Which certificates still stand, by a revocation list that is read again when it changes, and by their own end.
#include "control/access/certificate_standing.h"

#include <openssl/x509.h>

#include <ctime>

#include "tests/unit/control/access/certificates.h"
#include "tests/unit/control/vault/support.h"

namespace lictor::control {
namespace {

constexpr int64_t kDay = 86'400;

// An authority that issues by hand: its own certificate, and lists of serial numbers.
class Authority {
 public:
  explicit Authority(const std::string& name) : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), ca_(X509_new(), X509_free) {
    X509_NAME_add_entry_by_txt(X509_get_subject_name(ca_.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(ca_.get(), X509_get_subject_name(ca_.get()));
    X509_gmtime_adj(X509_getm_notBefore(ca_.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(ca_.get()), kDay);
    X509_set_pubkey(ca_.get(), key_.get());
    EXPECT_GT(X509_sign(ca_.get(), key_.get(), EVP_sha256()), 0);
  }
  [[nodiscard]] std::string pem() const {
    return text_of([this](BIO* out) { PEM_write_bio_X509(out, ca_.get()); });
  }
  // As certificates of it name it.
  [[nodiscard]] std::string issuer() const { return facts_of_certificate(pem())->issuer; }
  [[nodiscard]] std::string list(const std::vector<long>& serials, int64_t next_update_unix_s) const {
    const std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)> crl(X509_CRL_new(), X509_CRL_free);
    X509_CRL_set_version(crl.get(), 1);
    X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(ca_.get()));
    const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> now(ASN1_TIME_set(nullptr, 0), ASN1_TIME_free);
    const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> next(ASN1_TIME_set(nullptr, next_update_unix_s),
                                                                     ASN1_TIME_free);
    X509_CRL_set1_lastUpdate(crl.get(), now.get());
    X509_CRL_set1_nextUpdate(crl.get(), next.get());
    for (const long serial : serials) {
      X509_REVOKED* const revoked = X509_REVOKED_new();
      const std::unique_ptr<ASN1_INTEGER, decltype(&ASN1_INTEGER_free)> number(ASN1_INTEGER_new(), ASN1_INTEGER_free);
      ASN1_INTEGER_set(number.get(), serial);
      X509_REVOKED_set_serialNumber(revoked, number.get());
      X509_REVOKED_set_revocationDate(revoked, now.get());
      X509_CRL_add0_revoked(crl.get(), revoked);
    }
    EXPECT_GT(X509_CRL_sign(crl.get(), key_.get(), EVP_sha256()), 0);
    return text_of([&](BIO* out) { PEM_write_bio_X509_CRL(out, crl.get()); });
  }

 private:
  template <typename Write>
  static std::string text_of(const Write& write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    write(out.get());
    char* text = nullptr;
    const long length = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<size_t>(length)};
  }

  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  const std::unique_ptr<X509, decltype(&X509_free)> ca_;
};

class CertificateStandingTest : public ScratchTest {
 protected:
  CertificateStandingTest() { write_file(file("ca.pem"), authority_.pem()); }
  Result<std::unique_ptr<CertificateStanding>> open(int64_t now = kDay) {
    return CertificateStanding::open({.ca = file("ca.pem"), .crl = file("crl.pem")}, now);
  }
  void put(const std::string& list) {
    write_file(file("crl.new"), list);  // another file in its place, as everybody should do
    ASSERT_EQ(std::rename(file("crl.new").c_str(), file("crl.pem").c_str()), 0);
  }
  CertificateFacts certificate(const std::string& serial) const { return certificate_of(authority_, serial); }
  static CertificateFacts certificate_of(const Authority& authority, const std::string& serial) {
    return {.issuer = authority.issuer(), .serial = serial, .fingerprint = {}, .not_after_unix_s = 100 * kDay};
  }

  const Authority authority_{"ours"};
};

TEST_F(CertificateStandingTest, ARevokedSerialNumberDoesNotStandAndOthersDo) {
  put(authority_.list({0x0a, 0x1234}, 50 * kDay));
  const auto standing = *open();
  EXPECT_TRUE(absl::IsUnauthenticated(standing->check(certificate("0A"), kDay)));
  EXPECT_TRUE(absl::IsUnauthenticated(standing->check(certificate("1234"), kDay)));
  EXPECT_TRUE(standing->check(certificate("0B"), kDay).ok());
}

TEST_F(CertificateStandingTest, AnExpiredOneDoesNotStandWithOrWithoutAList) {
  const auto without = *CertificateStanding::open({}, kDay);
  EXPECT_TRUE(without->check(certificate("01"), 100 * kDay).ok());
  EXPECT_TRUE(absl::IsUnauthenticated(without->check(certificate("01"), 100 * kDay + 1)));
}

TEST_F(CertificateStandingTest, AChangedListIsTakenAndOneThatCannotBeReadLeavesTheFormer) {
  put(authority_.list({1}, 50 * kDay));
  const auto standing = *open();
  put(authority_.list({1, 2}, 50 * kDay));
  EXPECT_TRUE(standing->check(certificate("02"), kDay).ok()) << "not looked at yet";
  EXPECT_TRUE(standing->refresh(kDay).ok());
  EXPECT_FALSE(standing->check(certificate("02"), kDay).ok());
  for (const std::string& bad : {std::string("nonsense"), Authority("ours").list({}, 50 * kDay), std::string()}) {
    put(bad);
    EXPECT_FALSE(standing->refresh(kDay).ok());
    EXPECT_FALSE(standing->refresh(kDay).ok()) << "it is still wrong";
    EXPECT_FALSE(standing->check(certificate("02"), kDay).ok());
  }
  std::remove(file("crl.pem").c_str());
  EXPECT_FALSE(standing->refresh(kDay).ok());
  EXPECT_FALSE(standing->check(certificate("02"), kDay).ok());
  put(authority_.list({3}, 50 * kDay));
  EXPECT_TRUE(standing->refresh(kDay).ok());
  EXPECT_TRUE(standing->check(certificate("02"), kDay).ok());
}

TEST_F(CertificateStandingTest, EachAuthoritysListHoldsForWhatItIssued) {
  const Authority next("next");
  write_file(file("ca.pem"), authority_.pem() + next.pem());
  put(authority_.list({1}, 50 * kDay) + next.list({2}, 40 * kDay));
  const auto standing = *open();
  EXPECT_TRUE(standing->refresh(kDay).ok());
  EXPECT_FALSE(standing->check(certificate("01"), kDay).ok());
  EXPECT_TRUE(standing->check(certificate_of(next, "01"), kDay).ok());
  EXPECT_TRUE(standing->check(certificate("02"), kDay).ok());
  EXPECT_FALSE(standing->check(certificate_of(next, "02"), kDay).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(standing->refresh(45 * kDay))) << "one of them is overdue";
}

TEST_F(CertificateStandingTest, AnAuthorityWithoutAListIsToldAndTheOthersListIsInForce) {
  put(authority_.list({1}, 50 * kDay));
  const auto standing = *open();
  const Authority next("next");
  write_file(file("ca.pem"), authority_.pem() + next.pem());
  EXPECT_TRUE(absl::IsFailedPrecondition(standing->refresh(kDay)));
  EXPECT_FALSE(standing->check(certificate("01"), kDay).ok());
  put(next.list({}, 50 * kDay) + authority_.list({1}, 50 * kDay));
  EXPECT_TRUE(standing->refresh(kDay).ok());
}

TEST_F(CertificateStandingTest, OneListOfAnotherAuthorityOrABrokenOneRefusesTheFile) {
  const std::string ours = authority_.list({1}, 50 * kDay);
  put(ours + Authority("another").list({1}, 50 * kDay));
  EXPECT_FALSE(open().ok());
  put(ours + ours.substr(0, ours.size() / 2));
  EXPECT_FALSE(open().ok());
}

TEST_F(CertificateStandingTest, AListThatIsOverdueIsToldAndStaysInForce) {
  put(authority_.list({1}, 50 * kDay));
  const auto standing = *open(51 * kDay);
  EXPECT_TRUE(absl::IsFailedPrecondition(standing->refresh(51 * kDay)));
  EXPECT_FALSE(standing->check(certificate("01"), 51 * kDay).ok());
}

TEST_F(CertificateStandingTest, WithoutTheListThatIsAskedForNothingBegins) {
  EXPECT_FALSE(open().ok());
  put(Authority("another").list({1}, 50 * kDay));
  EXPECT_FALSE(open().ok());
}

TEST_F(CertificateStandingTest, EveryPrefixOfACertificateIsReadOrRefused) {
  const std::string pem = client_certificate({"anna"}, {"URI:urn:lictor:role:operator"});
  const Result<CertificateFacts> whole = facts_of_certificate(pem);
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(whole->fingerprint.size(), 64U);
  EXPECT_NEAR(static_cast<double>(whole->not_after_unix_s), static_cast<double>(std::time(nullptr) + kDay), 3600);
  for (size_t length = 0; length < pem.size(); ++length) {
    if (const Result<CertificateFacts> part = facts_of_certificate(pem.substr(0, length)); part.ok()) {
      EXPECT_EQ(part->fingerprint, whole->fingerprint);
    }
  }
}

}  // namespace
}  // namespace lictor::control
