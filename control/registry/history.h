// What warrants and agencies were before each change, in rows of their own, and the hashes by which the account names
// each version. Pure functions; any thread.
#pragma once

#include <string>

#include "control/store/store.h"
#include "lictor/v1/history.pb.h"

namespace lictor::control {

constexpr size_t kSaltOctets = 16;
// Versions of one warrant or agency that are kept; a change that would need more is refused. Ending one needs none.
constexpr size_t kFormerMax = 1024;

// What was ordered: without what only lictord writes.
v1::Warrant ordered_of(const v1::Warrant& warrant);

// 32 octets of the salt and what was ordered, serialised.
std::string digest_of(const std::string& salt, const v1::Warrant& warrant);
// Of an agency, without its revision: it names nobody.
std::string digest_of(const v1::Agency& agency);

// Behind all that were kept before: `now_unix_ns` grows, or `last` (the key of the last one, or empty) says by how
// much.
std::string former_key(const std::string& prefix, int64_t now_unix_ns, const std::string& last);

}  // namespace lictor::control
