#include "control/fleet/handover_digest.h"

#include <openssl/sha.h>

#include "control/vault/octets.h"

namespace lictor::control {
namespace {

// The number of endpoints goes before them: no two destinations give the same octets.
void append_destination(std::string& out, bool is_there, const v1::Destination& destination) {
  append_integer(out, is_there ? 1 : 0, 1);
  if (!is_there) return;
  append_integer(out, static_cast<uint64_t>(destination.interface()), 4);
  append_integer(out, static_cast<uint64_t>(destination.kind()), 4);
  append_counted(out, destination.id());
  append_counted(out, destination.directory());
  append_integer(out, static_cast<uint64_t>(destination.endpoints_size()), 4);
  for (const v1::Endpoint& endpoint : destination.endpoints()) {
    append_counted(out, endpoint.host());
    append_integer(out, endpoint.port(), 4);
  }
}

}  // namespace

std::string handover_digest(const v1::Mediation& mediation) {
  std::string octets = "lictor handover 1\n";
  append_counted(octets, mediation.liid());
  append_destination(octets, mediation.has_hi2(), mediation.hi2());
  append_destination(octets, mediation.has_hi3(), mediation.hi3());
  std::string digest(kHandoverDigestOctets, '\0');
  static_assert(kHandoverDigestOctets == SHA256_DIGEST_LENGTH);
  SHA256(reinterpret_cast<const unsigned char*>(octets.data()), octets.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

bool has_handover(const std::string& handover_sha256, const v1::Mediation& mediation) {
  if (handover_sha256.size() % kHandoverDigestOctets != 0) return false;
  const std::string digest = handover_digest(mediation);
  for (size_t at = 0; at < handover_sha256.size(); at += kHandoverDigestOctets)
    if (handover_sha256.compare(at, kHandoverDigestOctets, digest) == 0) return true;
  return false;
}

}  // namespace lictor::control
