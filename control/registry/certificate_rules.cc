#include "control/registry/certificate_rules.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string_view>

namespace lictor::control {
namespace {

constexpr int kRsaBitsMin = 2048;
constexpr int kCurveBitsMin = 256;

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

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

bool can_encrypt(const X509& certificate) {
  const EVP_PKEY* const key = X509_get0_pubkey(&certificate);
  if (key == nullptr) return false;
  const int bits = EVP_PKEY_get_bits(key);
  return (EVP_PKEY_is_a(key, "RSA") == 1 && bits >= kRsaBitsMin) ||
         (EVP_PKEY_is_a(key, "EC") == 1 && bits >= kCurveBitsMin);
}

}  // namespace

Status check_certificates(const std::string& pem) {
  const std::string wanted =
      fmt::format("must be 1 to {} certificates in PEM, and nothing else", kCertificatesPerAgencyMax);
  if (pem.size() > kCertificatesBytesMax)
    return absl::InvalidArgumentError(fmt::format("{}, at most {} octets", wanted, kCertificatesBytesMax));
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                     &BIO_free);
  int count = 0;
  bool good = true;
  if (in == nullptr || pem.find("PRIVATE KEY") != std::string::npos) return absl::InvalidArgumentError(wanted);
  while (const Certificate certificate = read_certificate(in.get())) {
    good = good && can_encrypt(*certificate);
    ++count;
  }
  const unsigned long error = ERR_peek_last_error();
  const bool at_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (count < 1 || count > kCertificatesPerAgencyMax || !at_end) return absl::InvalidArgumentError(wanted);
  if (good) return absl::OkStatus();
  return absl::InvalidArgumentError("each key must be RSA of 2048 bits at least or an elliptic curve of 256");
}

}  // namespace lictor::control
