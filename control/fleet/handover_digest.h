// What an approver's order says about handover: the digest that dataplanes hold mediations against
// (dataplane/trust/handover_digest.h). Pure functions, any thread.
#pragma once

#include <string>

#include "dataplane/trust/handover_digest.h"
#include "lictor/v1/directive.pb.h"

namespace lictor::control {

constexpr size_t kHandoverDigestOctets = 32;

// Of the orders that are made here.
constexpr HandoverVersion kHandoverVersion = HandoverVersion::kSecond;

// 32 octets. Covers the LIID, the destinations, how a stranger is kept from them, how records prove themselves and whom
// they name; not how they look, nor the CIN, which differs from dataplane to dataplane.
std::string handover_digest(const v1::Mediation& mediation);

// Whether `handover_sha256` of an order, a digest of each delivery one behind the other, has the one of this mediation.
bool has_handover(const std::string& handover_sha256, const v1::Mediation& mediation);

}  // namespace lictor::control
