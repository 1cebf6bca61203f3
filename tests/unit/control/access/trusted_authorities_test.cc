// Which certificates the authorities of the file have issued, as the file is now.
#include "control/access/trusted_authorities.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "dataplane/trust/openssl_owner.h"
#include "tests/unit/control/vault/support.h"

namespace lictor::control {
namespace {

std::string pem_of(X509& certificate) {
  const OwnedBio out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), &certificate);
  char* text = nullptr;
  const long length = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<size_t>(length)};
}

// A certificate with its key, which may issue others.
class Holder {
 public:
  // By itself where `by` is null.
  Holder(const std::string& name, const Holder* by) : key_(EVP_EC_gen("P-256")), certificate_(X509_new()) {
    X509* const own = certificate_.get();
    X509_set_version(own, X509_VERSION_3);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(own), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509* const issuer = by == nullptr ? own : by->certificate_.get();
    X509_set_issuer_name(own, X509_get_subject_name(issuer));
    X509_gmtime_adj(X509_getm_notBefore(own), -1000);
    X509_gmtime_adj(X509_getm_notAfter(own), -10);  // that it is over is another's business
    X509_set_pubkey(own, key_.get());
    X509_EXTENSION* const may_issue = X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "critical,CA:TRUE");
    X509_add_ext(own, may_issue, -1);
    X509_EXTENSION_free(may_issue);
    EXPECT_GT(X509_sign(own, by == nullptr ? key_.get() : by->key_.get(), EVP_sha256()), 0);
  }
  [[nodiscard]] std::string pem() const { return pem_of(*certificate_); }
  [[nodiscard]] CertificateFacts facts(const std::string& chain = {}) const {
    return *facts_of_certificate(pem(), chain);
  }

 private:
  OwnedKey key_;
  OwnedCertificate certificate_;
};

class TrustedAuthoritiesTest : public ScratchTest {
 protected:
  void put(const std::string& text) {
    write_file(file("new"), text);  // another file in its place, as everybody should do
    ASSERT_EQ(std::rename(file("new").c_str(), file("ca.pem").c_str()), 0);
  }
  Result<std::unique_ptr<TrustedAuthorities>> open() { return TrustedAuthorities::open(file("ca.pem")); }

  const Holder first_{"first", nullptr};
  const Holder second_{"second", nullptr};
  const Holder anna_{"anna", &first_};
  const Holder berta_{"berta", &second_};
};

TEST_F(TrustedAuthoritiesTest, WhatAnAuthorityOfTheFileHasIssuedStandsAndNothingElse) {
  put(first_.pem());
  const auto trusted = *open();
  EXPECT_TRUE(trusted->check(anna_.facts()).ok());
  EXPECT_TRUE(absl::IsUnauthenticated(trusted->check(berta_.facts())));
  const Holder forged("first", nullptr);
  EXPECT_FALSE(trusted->check(Holder("anna", &forged).facts()).ok()) << "of the same name, by another key";
}

TEST_F(TrustedAuthoritiesTest, AnAuthorityThatIsTakenOutTakesWhatItIssuedWithIt) {
  put(first_.pem() + second_.pem());
  const auto trusted = *open();
  EXPECT_TRUE(trusted->check(anna_.facts()).ok());
  EXPECT_TRUE(trusted->check(berta_.facts()).ok());
  put(second_.pem());
  EXPECT_FALSE(trusted->check(anna_.facts()).ok());
  EXPECT_TRUE(trusted->check(berta_.facts()).ok());
  put(first_.pem());
  EXPECT_TRUE(trusted->check(anna_.facts()).ok()) << "it is back";
}

TEST_F(TrustedAuthoritiesTest, AFileThatCannotBeReadIsToldAndLeavesTheFormer) {
  put(first_.pem());
  const auto trusted = *open();
  for (const std::string& bad : {std::string("nonsense"), first_.pem().substr(0, 100), std::string()}) {
    put(bad);
    EXPECT_FALSE(trusted->problem().ok());
    EXPECT_FALSE(trusted->problem().ok()) << "it is still wrong";
    EXPECT_TRUE(trusted->check(anna_.facts()).ok());
    EXPECT_FALSE(trusted->check(berta_.facts()).ok());
  }
  std::remove(file("ca.pem").c_str());
  EXPECT_FALSE(trusted->problem().ok());
  EXPECT_TRUE(trusted->check(anna_.facts()).ok());
  put(second_.pem());
  EXPECT_TRUE(trusted->problem().ok());
  EXPECT_FALSE(trusted->check(anna_.facts()).ok());
}

TEST_F(TrustedAuthoritiesTest, AFileThatIsMovedAwayAndBackIsAsGoodAsBefore) {
  put(first_.pem());
  const auto trusted = *open();
  ASSERT_EQ(std::rename(file("ca.pem").c_str(), file("away").c_str()), 0);
  EXPECT_FALSE(trusted->problem().ok());
  ASSERT_EQ(std::rename(file("away").c_str(), file("ca.pem").c_str()), 0);
  EXPECT_TRUE(trusted->problem().ok()) << "the same file, of the same time";
  EXPECT_TRUE(trusted->check(anna_.facts()).ok());
}

TEST_F(TrustedAuthoritiesTest, WhatComesBetweenIsTakenFromTheClientAndProvesNothingByItself) {
  const Holder between("between", &first_);
  const Holder clara("clara", &between);
  put(first_.pem());
  const auto trusted = *open();
  EXPECT_FALSE(trusted->check(clara.facts()).ok());
  EXPECT_TRUE(trusted->check(clara.facts(between.pem())).ok());
  put(second_.pem());
  EXPECT_FALSE(trusted->check(clara.facts(between.pem() + first_.pem())).ok());
  put(between.pem());
  EXPECT_TRUE(trusted->check(clara.facts()).ok()) << "an authority need not be its own";
}

TEST_F(TrustedAuthoritiesTest, WithoutAFileNothingIsAskedAndAMissingOneIsNoFile) {
  EXPECT_TRUE((*TrustedAuthorities::open(""))->check(anna_.facts()).ok());
  EXPECT_FALSE(open().ok());
}

}  // namespace
}  // namespace lictor::control
