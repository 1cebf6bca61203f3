// Owners of what OpenSSL allocates. Private to dataplane/trust and those who hand it keys.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace lictor {

template <auto Free>
struct FreeBy {
  template <typename Thing>
  void operator()(Thing* thing) const {
    Free(thing);
  }
};

using OwnedKey = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using OwnedCertificate = std::unique_ptr<X509, FreeBy<X509_free>>;
using OwnedBio = std::unique_ptr<BIO, FreeBy<BIO_free_all>>;
using OwnedDigest = std::unique_ptr<EVP_MD_CTX, FreeBy<EVP_MD_CTX_free>>;
using OwnedNames = std::unique_ptr<GENERAL_NAMES, FreeBy<GENERAL_NAMES_free>>;

// What could not be read stays in the thread's queue of errors, where TLS on the same thread would find it.
struct OpensslErrorsForgotten {
  OpensslErrorsForgotten() = default;
  OpensslErrorsForgotten(const OpensslErrorsForgotten&) = delete;
  OpensslErrorsForgotten& operator=(const OpensslErrorsForgotten&) = delete;
  ~OpensslErrorsForgotten() { ERR_clear_error(); }
};

}  // namespace lictor
