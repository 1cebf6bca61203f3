#include "control/access/certificate_expiry.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <optional>

#include "dataplane/base/clock.h"

namespace lictor::control {
namespace {

constexpr int kCertificatesMax = 64;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};

std::optional<int64_t> end_of(const X509& certificate) {
  std::tm time{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &time) != 1) return std::nullopt;
  // "99991231235959Z", which RFC 5280 (4.1.2.5) gives what has no end, is more nanoseconds than there are.
  return std::min(int64_t{::timegm(&time)}, INT64_MAX / kNanosecondsPerSecond) * kNanosecondsPerSecond;
}

}  // namespace

Result<int64_t> expiry_of(const std::string& pem_path) {
  const std::unique_ptr<BIO, Free> file(BIO_new_file(pem_path.c_str(), "r"));
  std::optional<int64_t> first;
  for (int i = 0; file != nullptr && i < kCertificatesMax; ++i) {
    const std::unique_ptr<X509, Free> certificate(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr));
    if (certificate == nullptr) break;
    const std::optional<int64_t> end = end_of(*certificate);
    if (!end) return absl::InvalidArgumentError("its end cannot be understood");
    first = std::min(first.value_or(*end), *end);
  }
  ERR_clear_error();  // of the end of the file, where TLS on the same thread would find it
  if (file == nullptr) return absl::NotFoundError("cannot be read");
  if (!first) return absl::InvalidArgumentError("has no certificate");
  return *first;
}

}  // namespace lictor::control
