#include "control/registry/certificate_rules.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

namespace lictor::control {
namespace {

constexpr int kRsaBitsMin = 2048;
constexpr int kCurveBitsMin = 256;

bool can_encrypt(const X509& certificate) {
  const EVP_PKEY* const key = X509_get0_pubkey(&certificate);
  if (key == nullptr) return false;
  const int bits = EVP_PKEY_get_bits(key);
  return (EVP_PKEY_is_a(key, "RSA") == 1 && bits >= kRsaBitsMin) ||
         (EVP_PKEY_is_a(key, "EC") == 1 && bits >= kCurveBitsMin);
}

}  // namespace

Status check_certificates(const std::string& pem) {
  const std::string wanted = fmt::format("must be 1 to {} certificates in PEM", kCertificatesPerAgencyMax);
  if (pem.size() > kCertificatesBytesMax)
    return absl::InvalidArgumentError(fmt::format("{}, at most {} octets", wanted, kCertificatesBytesMax));
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                     &BIO_free);
  int count = 0;
  bool good = true;
  while (X509* const read = in == nullptr ? nullptr : PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(read, &X509_free);
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
