// What an approver's order says about handover: SHA-256 over the LIID of a mediation and where its records go. Whoever
// holds a mediation can make it anew, so it needs nothing of the daemon: dataplanes link it alone. Pure function, any
// thread.
#pragma once

#include <string>

#include "lictor/v1/directive.pb.h"

namespace lictor::control {

constexpr size_t kHandoverDigestOctets = 32;

// 32 octets. Covers the LIID, and of both destinations interface, kind, id, directory and each endpoint in its order;
// not how records look (profile), nor the CIN, which differs from dataplane to dataplane.
std::string handover_digest(const v1::Mediation& mediation);

// Whether `handover_sha256` of an order, a digest of each delivery one behind the other, has the one of this mediation.
bool has_handover(const std::string& handover_sha256, const v1::Mediation& mediation);

}  // namespace lictor::control
