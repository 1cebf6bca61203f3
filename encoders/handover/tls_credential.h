// What this dataplane shows to agencies and trusts of them: certificate, key and CA, loaded from files. A credential is
// constant once loaded and shared by the connections that use it. Any thread.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "dataplane/base/clock.h"
#include "dataplane/base/result.h"
#include "encoders/handover/credential_plan.h"

namespace lictor {

class TlsCredential {
 public:
  // FailedPrecondition says which file cannot be used and why.
  static Result<std::shared_ptr<const TlsCredential>> load(const CredentialFiles& files);

  // One connection's side of TLS, as client. ResourceExhausted where OpenSSL has no memory.
  using SslPtr = std::unique_ptr<SSL, decltype(&SSL_free)>;
  [[nodiscard]] Result<SslPtr> make_ssl() const;
  [[nodiscard]] bool has_ca() const { return has_ca_; }
  // The end of the own certificate's validity.
  [[nodiscard]] LegalTime not_after() const { return not_after_; }

 private:
  using ContextPtr = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
  TlsCredential(ContextPtr context, bool has_ca, LegalTime not_after)
      : context_(std::move(context)), has_ca_(has_ca), not_after_(not_after) {}

  const ContextPtr context_;
  const bool has_ca_;
  const LegalTime not_after_;
};

// The first instant in which it is not valid any more; the epoch where there is none.
LegalTime certificate_end(const X509* certificate);

// What OpenSSL says about the last failure on this thread, without its codes; empties its queue.
std::string openssl_reason();

}  // namespace lictor
