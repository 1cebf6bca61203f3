#include "control/access/certificate_standing.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include "control/access/certificate_identity.h"

namespace lictor::control {
namespace {

constexpr size_t kChainBytesMax = 65536;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_CRL* list) const { X509_CRL_free(list); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(char* text) const { OPENSSL_free(text); }
};

// What could not be read stays in the thread's queue of errors, where TLS on the same thread would find it.
struct ErrorsForgotten {
  ErrorsForgotten() = default;
  ErrorsForgotten(const ErrorsForgotten&) = delete;
  ErrorsForgotten& operator=(const ErrorsForgotten&) = delete;
  ~ErrorsForgotten() { ERR_clear_error(); }
};

std::unique_ptr<BIO, Free> bio_of(std::string_view text) {
  return std::unique_ptr<BIO, Free>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string digits_of(const ASN1_INTEGER* integer) {
  const std::unique_ptr<BIGNUM, Free> number(ASN1_INTEGER_to_BN(integer, nullptr));
  const std::unique_ptr<char, Free> digits(number == nullptr ? nullptr : BN_bn2hex(number.get()));
  return digits == nullptr ? "" : digits.get();
}

// Empty where it is no name.
std::string issuer_of(const X509_NAME* name) {
  int ok = 0;
  const unsigned long hash = X509_NAME_hash_ex(name, nullptr, nullptr, &ok);
  return ok == 1 ? fmt::format("{:08x}", hash) : "";
}

// All of them; what follows the last is none.
template <typename Type>
std::vector<std::unique_ptr<Type, Free>> read_all(const std::string& text,
                                                  Type* (*read)(BIO*, Type**, pem_password_cb*, void*)) {
  std::vector<std::unique_ptr<Type, Free>> found;
  const std::unique_ptr<BIO, Free> bio = bio_of(text);
  while (bio != nullptr) {
    found.emplace_back(read(bio.get(), nullptr, nullptr, nullptr));
    if (found.back() != nullptr) continue;
    found.pop_back();
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) found.clear();  // one of them is broken
    break;
  }
  return found;
}

bool is_of(X509_CRL& list, X509& authority) {
  return X509_NAME_cmp(X509_CRL_get_issuer(&list), X509_get_subject_name(&authority)) == 0 &&
         X509_CRL_verify(&list, X509_get0_pubkey(&authority)) == 1;
}

// 0 where it is no time.
int64_t unix_of(const ASN1_TIME* time) {
  std::tm parts{};
  return time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1 ? 0 : ::timegm(&parts);
}

std::string read_file(const std::string& path, size_t bytes_max) {
  std::ifstream file(path, std::ios::binary);
  std::string text(bytes_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > bytes_max) text.clear();
  return text;
}

bool is_same(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

}  // namespace

struct CertificateStanding::List {
  std::set<std::pair<std::string, std::string>> revoked;  // issuer, serial number
  int64_t next_update_unix_s = 0;                         // the first of all lists; 0: none says
  bool is_complete = true;                                // each authority has a list
};

Result<CertificateFacts> facts_of_certificate(std::string_view pem, std::string_view chain_pem) {
  const ErrorsForgotten forgotten;
  const Status unreadable = absl::UnauthenticatedError("the certificate: cannot be read");
  if (pem.empty() || pem.size() > kCertificateBytesMax) return unreadable;
  const std::unique_ptr<BIO, Free> bio = bio_of(pem);
  const std::unique_ptr<X509, Free> certificate(
      bio == nullptr ? nullptr : PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) return unreadable;
  CertificateFacts facts{.issuer = issuer_of(X509_get_issuer_name(certificate.get())),
                         .serial = digits_of(X509_get0_serialNumber(certificate.get())),
                         .fingerprint = {},
                         .not_after_unix_s = unix_of(X509_get0_notAfter(certificate.get())),
                         .pem = std::string(pem),
                         .chain_pem = std::string(chain_pem.substr(0, kChainBytesMax))};
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (facts.issuer.empty() || facts.serial.empty() ||
      X509_digest(certificate.get(), EVP_sha256(), digest, &length) != 1)
    return unreadable;
  for (unsigned int i = 0; i < length; ++i) facts.fingerprint += fmt::format("{:02x}", digest[i]);
  return facts;
}

Result<std::unique_ptr<CertificateStanding>> CertificateStanding::open(Options options, int64_t now_unix_s) {
  std::unique_ptr<CertificateStanding> standing(new CertificateStanding(std::move(options)));
  if (standing->options_.crl.empty()) return standing;
  const Status status = standing->refresh(now_unix_s);
  if (standing->list_ == nullptr) return status;  // one that is overdue is in force, and alarmed
  return standing;
}

Status CertificateStanding::check(const CertificateFacts& facts, int64_t now_unix_s) const {
  if (now_unix_s > facts.not_after_unix_s) return absl::UnauthenticatedError("the certificate: has expired");
  std::shared_ptr<const List> list;
  {
    const std::lock_guard lock(mutex_);
    list = list_;
  }
  if (list != nullptr && list->revoked.contains({facts.issuer, facts.serial}))
    return absl::UnauthenticatedError("the certificate: is revoked");
  return absl::OkStatus();
}

Status CertificateStanding::refresh(int64_t now_unix_s) {
  if (options_.crl.empty()) return absl::OkStatus();
  struct stat now {};
  struct stat ca {};
  if (::stat(options_.crl.c_str(), &now) != 0 || ::stat(options_.ca.c_str(), &ca) != 0)
    return absl::InvalidArgumentError(fmt::format("listen.tls.crl: {} cannot be read", options_.crl));
  if (!is_same(now, seen_) || !is_same(ca, seen_ca_)) {
    seen_ = now;
    seen_ca_ = ca;
    Result<std::shared_ptr<const List>> list = read();
    problem_ = list.status();
    if (list.ok()) {
      const std::lock_guard lock(mutex_);
      list_ = *std::move(list);
    }
  }
  if (!problem_.ok()) return problem_;
  const std::lock_guard lock(mutex_);
  if (list_->next_update_unix_s != 0 && list_->next_update_unix_s < now_unix_s)
    return absl::FailedPreconditionError(fmt::format("listen.tls.crl: {}: its next update is overdue", options_.crl));
  if (!list_->is_complete)
    return absl::FailedPreconditionError(
        fmt::format("listen.tls.crl: {}: has no list of one of the authorities", options_.crl));
  return absl::OkStatus();
}

void CertificateStanding::add(X509_CRL& crl, List& list) {
  const std::string issuer = issuer_of(X509_CRL_get_issuer(&crl));
  STACK_OF(X509_REVOKED)* const entries = X509_CRL_get_REVOKED(&crl);
  for (int i = 0; i < sk_X509_REVOKED_num(entries); ++i)
    list.revoked.emplace(issuer, digits_of(X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(entries, i))));
  const int64_t next = unix_of(X509_CRL_get0_nextUpdate(&crl));
  if (next != 0 && (list.next_update_unix_s == 0 || next < list.next_update_unix_s)) list.next_update_unix_s = next;
}

Result<std::shared_ptr<const CertificateStanding::List>> CertificateStanding::read() const {
  const ErrorsForgotten forgotten;
  const auto refused = [this](std::string_view why) {
    return absl::InvalidArgumentError(fmt::format("listen.tls.crl: {}: {}", options_.crl, why));
  };
  const auto lists = read_all(read_file(options_.crl, kListBytesMax), PEM_read_bio_X509_CRL);
  ERR_clear_error();
  const auto authorities = read_all(read_file(options_.ca, kAuthoritiesBytesMax), PEM_read_bio_X509);
  if (lists.empty() || authorities.empty()) return refused("holds no list in PEM, or one that cannot be read");
  auto list = std::make_shared<List>();
  std::set<const X509*> listed;
  for (const auto& crl : lists) {
    bool is_known = false;
    for (const auto& authority : authorities) {
      if (!is_of(*crl, *authority)) continue;
      is_known = true;
      listed.insert(authority.get());
    }
    if (!is_known) return refused("is not signed by an authority of listen.tls.ca");
    add(*crl, *list);
  }
  list->is_complete = listed.size() == authorities.size();
  return std::shared_ptr<const List>(std::move(list));
}

}  // namespace lictor::control
