#include "encoders/files/cms_stream.h"

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <climits>
#include <ctime>
#include <string>
#include <utility>

namespace lictor {
namespace {

constexpr int kRsaBitsMin = 2048;
constexpr int kCurveBitsMin = 256;

Status failed(const char* what) {
  char text[256] = "no reason";
  if (const unsigned long error = ERR_peek_last_error(); error != 0) ERR_error_string_n(error, text, sizeof text);
  ERR_clear_error();
  return absl::UnavailableError(fmt::format("{}: {}", what, text));
}

// The next block in PEM. Null behind the last one, which OpenSSL's error says, and where it is no certificate.
Certificate read_certificate(BIO* in) {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* octets = nullptr;
  long length = 0;
  Certificate read(nullptr, &X509_free);
  ERR_clear_error();
  if (PEM_read_bio(in, &name, &header, &octets, &length) != 1) return read;
  const unsigned char* at = octets;
  if (std::string_view(name) == PEM_STRING_X509 && *header == '\0') read.reset(d2i_X509(nullptr, &at, length));
  if (at != octets + length) read.reset();
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_clear_free(octets, static_cast<size_t>(length));  // it may be a key that was put there by mistake
  return read;
}

Status check_key(const X509& certificate) {
  const EVP_PKEY* const key = X509_get0_pubkey(&certificate);
  if (key == nullptr) return absl::InvalidArgumentError("a certificate has no key that is understood");
  const int bits = EVP_PKEY_get_bits(key);
  const bool rsa = EVP_PKEY_is_a(key, "RSA") == 1 && bits >= kRsaBitsMin;
  const bool curve = EVP_PKEY_is_a(key, "EC") == 1 && bits >= kCurveBitsMin;
  if (rsa || curve) return absl::OkStatus();
  return absl::InvalidArgumentError("a certificate's key is neither RSA of 2048 bits nor an elliptic curve of 256");
}

// OAEP and KDF with SHA-256, where OpenSSL's own choice is PKCS #1 v1.5 and SHA-1.
Status set_parameters(CMS_RecipientInfo* recipient) {
  EVP_PKEY_CTX* const context = CMS_RecipientInfo_get0_pkey_ctx(recipient);
  if (context == nullptr) return failed("CMS_RecipientInfo_get0_pkey_ctx");
  const int type = CMS_RecipientInfo_type(recipient);
  if (type == CMS_RECIPINFO_TRANS) {
    const bool set = EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) > 0 &&
                     EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) > 0 &&
                     EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) > 0;
    return set ? absl::OkStatus() : failed("RSA-OAEP");
  }
  return EVP_PKEY_CTX_set_ecdh_kdf_md(context, EVP_sha256()) > 0 ? absl::OkStatus() : failed("ECDH");
}

}  // namespace

LegalTime CmsRecipients::until() const {
  LegalTime until{INT64_MAX};
  for (const Certificate& certificate : certificates) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &parts) != 1) continue;
    constexpr int64_t kSecondsMax = INT64_MAX / kNanosecondsPerSecond;
    until.unix_ns = std::min(until.unix_ns, std::min<int64_t>(timegm(&parts), kSecondsMax) * kNanosecondsPerSecond);
  }
  return until;
}

Result<CmsRecipients> read_recipients(std::string_view pem) {
  CmsRecipients recipients;
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                     &BIO_free);
  if (in == nullptr) return failed("BIO_new_mem_buf");
  while (Certificate read = read_certificate(in.get())) {
    if (Status status = check_key(*read); !status.ok()) return status;
    recipients.certificates.push_back(std::move(read));
    if (recipients.certificates.size() > CmsRecipients::kMax) break;
  }
  // The end of the text is the only good reason to stop.
  const unsigned long error = ERR_peek_last_error();
  const bool at_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  const size_t count = recipients.certificates.size();
  if (count < 1 || count > CmsRecipients::kMax || !at_end)
    return absl::InvalidArgumentError(
        fmt::format("must be 1 to {} certificates in PEM, and nothing else", CmsRecipients::kMax));
  return recipients;
}

Result<std::unique_ptr<CmsStream>> CmsStream::make(const CmsRecipients& recipients) {
  std::unique_ptr<CmsStream> made(new CmsStream);
  made->cms_.reset(CMS_encrypt(nullptr, nullptr, EVP_aes_256_gcm(), CMS_STREAM | CMS_PARTIAL | CMS_BINARY));
  if (made->cms_ == nullptr) return failed("CMS_encrypt");
  for (const Certificate& certificate : recipients.certificates) {
    CMS_RecipientInfo* const recipient =
        CMS_add1_recipient_cert(made->cms_.get(), certificate.get(), CMS_BINARY | CMS_KEY_PARAM);
    if (recipient == nullptr) return failed("CMS_add1_recipient_cert");
    if (Status status = set_parameters(recipient); !status.ok()) return status;
  }
  made->memory_ = BIO_new(BIO_s_mem());
  if (made->memory_ == nullptr) return failed("BIO_new");
  made->chain_ = BIO_new_CMS(made->memory_, made->cms_.get());
  if (made->chain_ == nullptr) return failed("BIO_new_CMS");
  return made;
}

CmsStream::~CmsStream() {
  // BIO_new_CMS put its own before memory_: each is freed, the last of them is memory_.
  if (chain_ != nullptr)
    BIO_free_all(chain_);
  else
    BIO_free(memory_);
}

Status CmsStream::write(Bytes plain) {
  while (!plain.empty()) {
    const int wanted = static_cast<int>(std::min<size_t>(plain.size(), INT_MAX));
    const int written = BIO_write(chain_, plain.data(), wanted);
    if (written <= 0) return failed("CMS encryption");
    plain = plain.subspan(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

Status CmsStream::finish() { return BIO_flush(chain_) == 1 ? absl::OkStatus() : failed("CMS encryption"); }

Bytes CmsStream::sealed() const {
  char* octets = nullptr;
  const long length = BIO_get_mem_data(memory_, &octets);
  return {reinterpret_cast<const uint8_t*>(octets), static_cast<size_t>(std::max(length, 0L))};
}

void CmsStream::take_sealed() { static_cast<void>(BIO_reset(memory_)); }

}  // namespace lictor
