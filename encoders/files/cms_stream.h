// Octets to CMS AuthEnvelopedData (RFC 5083, AES-256-GCM) for the holders of an agency's certificates, by OpenSSL, in
// pieces and bounded memory: what `openssl cms -decrypt` opens, and refuses where an octet was changed. One thread.
#pragma once

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/x509.h>

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/clock.h"
#include "dataplane/base/result.h"

namespace lictor {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

// Whom files are encrypted for. Any of them can open one.
struct CmsRecipients {
  static constexpr size_t kMax = 4;
  std::vector<Certificate> certificates;

  // The first end of a certificate among them.
  [[nodiscard]] LegalTime until() const;
};

// One to kMax certificates in PEM. InvalidArgument where there is something else, or a key that nothing can be
// encrypted for well: RSA of 2048 bits and more, and elliptic curves of 256 and more, are taken.
Result<CmsRecipients> read_recipients(std::string_view pem);

class CmsStream {
 public:
  static Result<std::unique_ptr<CmsStream>> make(const CmsRecipients& recipients);
  ~CmsStream();
  CmsStream(const CmsStream&) = delete;
  CmsStream& operator=(const CmsStream&) = delete;

  Status write(Bytes plain);
  // At least one octet was written, and none can be any more; the tag is among what sealed() answers then.
  Status finish();
  // What came of it since the last take_sealed(). Valid until the next call.
  [[nodiscard]] Bytes sealed() const;
  void take_sealed();

 private:
  CmsStream() = default;

  std::unique_ptr<CMS_ContentInfo, decltype(&CMS_ContentInfo_free)> cms_{nullptr, &CMS_ContentInfo_free};
  BIO* memory_ = nullptr;  // the end of the chain
  BIO* chain_ = nullptr;
};

}  // namespace lictor
