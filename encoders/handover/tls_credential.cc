#include "encoders/handover/tls_credential.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "encoders/handover/tls_verify.h"

namespace lictor {
namespace {

Status unusable(const std::string& path, const std::string& why) {
  return absl::FailedPreconditionError(fmt::format("{}: {}", path, why));
}

// Forward secrecy and authenticated encryption alone, where a profile allows TLS 1.2 at all.
constexpr const char* kCiphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20";

// A daemon has nobody to ask.
int no_passphrase(char*, int, int, void*) { return 0; }

// A session is never resumed; the ticket itself is the sign that the server has accepted our certificate.
int ticket_arrived(SSL* ssl, SSL_SESSION*) {
  note_ticket(ssl);
  return 0;
}

Status check_key_file(const std::string& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) return unusable(path, std::strerror(errno));
  if ((facts.st_mode & S_IRWXO) != 0) return unusable(path, "others may read it: chmod o-rwx");
  return absl::OkStatus();
}

Status load_files(SSL_CTX* context, const CredentialFiles& files) {
  if (Status status = check_key_file(files.key); !status.ok()) return status;
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) {
    return unusable(files.certificate, openssl_reason());
  }
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return unusable(files.key, openssl_reason());
  }
  if (SSL_CTX_check_private_key(context) != 1) return unusable(files.key, "is not the certificate's key");
  if (!files.ca.empty() && SSL_CTX_load_verify_file(context, files.ca.c_str()) != 1) {
    return unusable(files.ca, openssl_reason());
  }
  return absl::OkStatus();
}

}  // namespace

LegalTime certificate_end(const X509* certificate) {
  std::tm time{};
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1) return {};
  return {static_cast<int64_t>(timegm(&time)) * kNanosecondsPerSecond};
}

std::string openssl_reason() {
  const unsigned long error = ERR_peek_last_error();
  const char* const text = ERR_reason_error_string(error);
  // A file that cannot be opened is reported as the system's error, which has no reason of OpenSSL's.
  const std::string reason = text != nullptr                ? text
                             : ERR_SYSTEM_ERROR(error) != 0 ? std::strerror(ERR_GET_REASON(error))
                                                            : "refused without a reason";
  ERR_clear_error();
  return reason;
}

Result<std::shared_ptr<const TlsCredential>> TlsCredential::load(const CredentialFiles& files) {
  ERR_clear_error();
  ContextPtr context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  if (context == nullptr) return absl::ResourceExhaustedError("TLS: " + openssl_reason());
  SSL_CTX_set_default_passwd_cb(context.get(), no_passphrase);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context.get(), ticket_arrived);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context.get(), verify_peer, nullptr);
  // An agency's own CA is trusted also where another has signed it.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.get()), X509_V_FLAG_PARTIAL_CHAIN);
  if (SSL_CTX_set_cipher_list(context.get(), kCiphers12) != 1) return absl::InternalError("TLS: " + openssl_reason());
  if (Status status = load_files(context.get(), files); !status.ok()) return status;
  const LegalTime end = certificate_end(SSL_CTX_get0_certificate(context.get()));
  return std::shared_ptr<const TlsCredential>(new TlsCredential(std::move(context), !files.ca.empty(), end));
}

Result<TlsCredential::SslPtr> TlsCredential::make_ssl() const {
  SslPtr ssl(SSL_new(context_.get()), &SSL_free);
  if (ssl == nullptr) return absl::ResourceExhaustedError("TLS: " + openssl_reason());
  return ssl;
}

}  // namespace lictor
