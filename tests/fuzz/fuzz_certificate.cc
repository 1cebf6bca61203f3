// Clients' certificates: whoever is named has a name and roles that one person may have together.
#include "control/access/certificate_identity.h"
#include "control/access/certificate_standing.h"
#include "dataplane/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view pem(reinterpret_cast<const char*>(data), size);
  const lictor::Result<lictor::control::CertificateFacts> facts = lictor::control::facts_of_certificate(pem);
  if (facts.ok()) LICTOR_CHECK(!facts->serial.empty() && facts->fingerprint.size() == 64);
  const lictor::Result<lictor::control::Identity> identity = lictor::control::identity_of_certificate(pem);
  if (identity.ok()) LICTOR_CHECK(lictor::control::check_identity(*identity).ok());
  return 0;
}
