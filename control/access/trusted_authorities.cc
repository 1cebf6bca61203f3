#include "control/access/trusted_authorities.h"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include <utility>

#include "dataplane/trust/openssl_owner.h"

namespace lictor::control {
namespace {

using OwnedStore = std::unique_ptr<X509_STORE, FreeBy<X509_STORE_free>>;
using OwnedVerification = std::unique_ptr<X509_STORE_CTX, FreeBy<X509_STORE_CTX_free>>;
using OwnedChain =
    std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * chain) { sk_X509_pop_free(chain, X509_free); })>;

OwnedCertificate next_of(BIO* bio) { return OwnedCertificate(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr)); }

OwnedBio bio_of(const std::string& text) {
  return OwnedBio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// As gRPC takes them: an authority in the file need not be its own.
bool is_issued(X509_STORE& store, const CertificateFacts& facts) {
  const OwnedBio text = bio_of(facts.pem);
  const OwnedCertificate certificate = text == nullptr ? nullptr : next_of(text.get());
  const OwnedChain chain(sk_X509_new_null());
  const OwnedVerification verification(X509_STORE_CTX_new());
  if (certificate == nullptr || chain == nullptr || verification == nullptr) return false;
  const OwnedBio others = bio_of(facts.chain_pem);
  for (size_t i = 0; others != nullptr && i < TrustedAuthorities::kChainMax; ++i) {
    OwnedCertificate between = next_of(others.get());
    if (between == nullptr || sk_X509_push(chain.get(), between.get()) == 0) break;
    static_cast<void>(between.release());  // the chain's
  }
  if (X509_STORE_CTX_init(verification.get(), &store, certificate.get(), chain.get()) != 1) return false;
  X509_STORE_CTX_set_flags(verification.get(), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
  return X509_verify_cert(verification.get()) == 1;
}

bool is_same(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

}  // namespace

struct TrustedAuthorities::Store {
  OwnedStore authorities;
};

TrustedAuthorities::TrustedAuthorities(std::string path) : path_(std::move(path)) {}
TrustedAuthorities::~TrustedAuthorities() = default;

Result<std::unique_ptr<TrustedAuthorities>> TrustedAuthorities::open(const std::string& path) {
  std::unique_ptr<TrustedAuthorities> trusted(new TrustedAuthorities(path));
  if (Status status = trusted->problem(); !status.ok()) return status;
  return trusted;
}

void TrustedAuthorities::look_locked() {
  struct stat now {};
  if (::stat(path_.c_str(), &now) != 0) {
    problem_ = absl::InvalidArgumentError(fmt::format("listen.tls.ca: {} cannot be read", path_));
    seen_ = {};  // it may come back as it was
    return;
  }
  if (is_same(now, seen_)) return;
  seen_ = now;
  OwnedStore authorities(X509_STORE_new());
  if (authorities == nullptr || X509_STORE_load_file(authorities.get(), path_.c_str()) != 1) {
    problem_ = absl::InvalidArgumentError(fmt::format("listen.tls.ca: {} holds no certificate in PEM", path_));
    return;
  }
  problem_ = absl::OkStatus();
  store_ = std::make_unique<Store>(Store{std::move(authorities)});
  known_.clear();
}

Status TrustedAuthorities::check(const CertificateFacts& facts) {
  if (path_.empty()) return absl::OkStatus();
  const OpensslErrorsForgotten forgotten;
  const std::lock_guard lock(mutex_);
  look_locked();
  if (known_.contains(facts.fingerprint)) return absl::OkStatus();
  if (!is_issued(*store_->authorities, facts))
    return absl::UnauthenticatedError("the certificate: none of the present authorities has issued it");
  if (known_.size() == kKnownMax) known_.clear();
  known_.insert(facts.fingerprint);
  return absl::OkStatus();
}

Status TrustedAuthorities::problem() {
  if (path_.empty()) return absl::OkStatus();
  const OpensslErrorsForgotten forgotten;
  const std::lock_guard lock(mutex_);
  look_locked();
  return problem_;
}

}  // namespace lictor::control
