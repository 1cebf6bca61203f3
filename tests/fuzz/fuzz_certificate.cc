// Clients' certificates: whoever is named has a name and roles that one person may have together.
#include "control/access/certificate_identity.h"
#include "dataplane/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const lictor::Result<lictor::control::Identity> identity =
      lictor::control::identity_of_certificate({reinterpret_cast<const char*>(data), size});
  if (identity.ok()) LICTOR_CHECK(lictor::control::check_identity(*identity).ok());
  return 0;
}
