// A site's authority and its approvers, made in memory, and a folder for what is read from files.
#pragma once

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "dataplane/trust/openssl_owner.h"
#include "dataplane/trust/signature.h"

namespace lictor {

constexpr char kApproverUri[] = "URI:urn:lictor:role:approver";

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string path = std::filesystem::temp_directory_path() / "lictor-trust-XXXXXX";
    EXPECT_NE(mkdtemp(path.data()), nullptr);
    path_ = path;
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const { return path_ / name; }
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

inline std::string text_of(BIO* bio) {
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio, &text);
  return {text, static_cast<size_t>(length)};
}

inline OwnedKey make_p256() { return OwnedKey(EVP_EC_gen("P-256")); }
inline OwnedKey make_p384() { return OwnedKey(EVP_EC_gen("P-384")); }
inline OwnedKey make_ed25519() { return OwnedKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

inline std::string public_pem(EVP_PKEY& key) {
  const OwnedBio out(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(out.get(), &key);
  return text_of(out.get());
}

// Somebody with a key and a certificate of it.
struct Holder {
  OwnedKey key;
  OwnedCertificate certificate;

  [[nodiscard]] std::string der() const {
    uint8_t* octets = nullptr;
    const int length = i2d_X509(certificate.get(), &octets);
    std::string text(reinterpret_cast<char*>(octets), static_cast<size_t>(length));
    OPENSSL_free(octets);
    return text;
  }
  [[nodiscard]] std::string pem() const {
    const OwnedBio out(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(out.get(), certificate.get());
    return text_of(out.get());
  }
  [[nodiscard]] std::string sign(const std::string& octets) const {
    const Result<std::string> signature = sign_octets(*key, as_bytes(octets));
    EXPECT_TRUE(signature.ok()) << signature.status();
    return signature.value_or("");
  }
};

struct CertificatePlan {
  std::string names = kApproverUri;
  std::string usage = "critical,digitalSignature";
  long from_s = -60;  // seconds from now
  long until_s = 86'400;
  long serial = 1;
};

inline void add_extension(X509& certificate, int kind, const std::string& text) {
  if (text.empty()) return;
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, text.c_str());
  ASSERT_NE(extension, nullptr) << text;
  X509_add_ext(&certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// `issuer` null: signed by its own key, as an authority is.
inline Holder make_holder(OwnedKey key, const char* name, const Holder* issuer, const CertificatePlan& plan = {}) {
  Holder holder{.key = std::move(key), .certificate = OwnedCertificate(X509_new())};
  X509& x509 = *holder.certificate;
  X509_set_version(&x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(&x509), plan.serial);
  X509_gmtime_adj(X509_getm_notBefore(&x509), plan.from_s);
  X509_gmtime_adj(X509_getm_notAfter(&x509), plan.until_s);
  X509_NAME_add_entry_by_NID(X509_get_subject_name(&x509), NID_commonName, MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509_set_issuer_name(&x509, X509_get_subject_name(issuer == nullptr ? &x509 : issuer->certificate.get()));
  X509_set_pubkey(&x509, holder.key.get());
  add_extension(x509, NID_subject_alt_name, issuer == nullptr ? "" : plan.names);
  add_extension(x509, NID_key_usage, issuer == nullptr ? "critical,keyCertSign,cRLSign" : plan.usage);
  add_extension(x509, NID_basic_constraints, issuer == nullptr ? "critical,CA:TRUE" : "critical,CA:FALSE");
  EVP_PKEY& signer = issuer == nullptr ? *holder.key : *issuer->key;
  const EVP_MD* const digest = EVP_PKEY_get_base_id(&signer) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
  EXPECT_GT(X509_sign(&x509, &signer, digest), 0);
  return holder;
}

inline Holder make_authority() { return make_holder(make_p256(), "authority", nullptr); }

// PEM of a revocation list that names these serial numbers, and holds until `until_s` from now.
inline std::string revocation_list(const Holder& authority, const std::vector<long>& serials, long until_s) {
  const std::unique_ptr<X509_CRL, FreeBy<X509_CRL_free>> list(X509_CRL_new());
  X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(authority.certificate.get()));
  const std::unique_ptr<ASN1_TIME, FreeBy<ASN1_TIME_free>> from(X509_gmtime_adj(nullptr, -60));
  const std::unique_ptr<ASN1_TIME, FreeBy<ASN1_TIME_free>> until(X509_gmtime_adj(nullptr, until_s));
  X509_CRL_set1_lastUpdate(list.get(), from.get());
  X509_CRL_set1_nextUpdate(list.get(), until.get());
  for (const long serial : serials) {
    X509_REVOKED* const revoked = X509_REVOKED_new();
    const std::unique_ptr<ASN1_INTEGER, FreeBy<ASN1_INTEGER_free>> number(ASN1_INTEGER_new());
    ASN1_INTEGER_set(number.get(), serial);
    X509_REVOKED_set_serialNumber(revoked, number.get());
    X509_REVOKED_set_revocationDate(revoked, from.get());
    X509_CRL_add0_revoked(list.get(), revoked);
  }
  X509_CRL_sort(list.get());
  EXPECT_GT(X509_CRL_sign(list.get(), authority.key.get(), EVP_sha256()), 0);
  const OwnedBio out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509_CRL(out.get(), list.get());
  return text_of(out.get());
}

}  // namespace lictor
