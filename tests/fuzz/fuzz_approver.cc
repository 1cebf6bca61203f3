// The certificate that comes with an order: any octets. No octets make an approver whom the authority has not named,
// and nobody has its key.

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "dataplane/base/check.h"
#include "dataplane/trust/approver_book.h"

namespace lictor {
namespace {

std::unique_ptr<ApproverBook> make_book() {
  const OwnedKey key(EVP_EC_gen("P-256"));
  const OwnedCertificate authority(X509_new());
  X509_set_version(authority.get(), X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(authority.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(authority.get()), 86'400);
  X509_set_pubkey(authority.get(), key.get());
  LICTOR_CHECK(X509_sign(authority.get(), key.get(), EVP_sha256()) > 0);
  const int file = memfd_create("authority", 0);
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  const OwnedBio out(BIO_new_file(path.c_str(), "w"));
  LICTOR_CHECK(out != nullptr && PEM_write_bio_X509(out.get(), authority.get()) == 1 && BIO_flush(out.get()) == 1);
  Result<std::unique_ptr<ApproverBook>> book = ApproverBook::load({.ca = path, .revoked = {}, .pins = {}});
  LICTOR_CHECK(book.ok());
  return *std::move(book);
}

}  // namespace
}  // namespace lictor

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lictor;
  static const std::unique_ptr<ApproverBook> kBook = make_book();
  const Result<EVP_PKEY*> key = kBook->key_of(Bytes(data, size), std::nullopt);
  LICTOR_CHECK(!key.ok() && key.status().message().find("order.certificate") == 0);
  return 0;
}
