#include "control/fleet/handover_digest.h"

#include "dataplane/trust/handover_digest.h"

namespace lictor::control {

std::string handover_digest(const v1::Mediation& mediation) {
  const Sha256 digest = lictor::handover_digest(mediation, kHandoverVersion);
  static_assert(kHandoverDigestOctets == std::tuple_size_v<Sha256>);
  return {digest.begin(), digest.end()};
}

bool has_handover(const std::string& handover_sha256, const v1::Mediation& mediation) {
  if (handover_sha256.size() % kHandoverDigestOctets != 0) return false;
  const std::string digest = handover_digest(mediation);
  for (size_t at = 0; at < handover_sha256.size(); at += kHandoverDigestOctets)
    if (handover_sha256.compare(at, kHandoverDigestOctets, digest) == 0) return true;
  return false;
}

}  // namespace lictor::control
