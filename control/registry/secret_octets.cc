#include "control/registry/secret_octets.h"

#include <openssl/crypto.h>
#include <sys/random.h>

namespace lictor::control {

void SecretOctets::wipe(std::string& octets) {
  octets.resize(octets.capacity());  // also what a longer one left behind
  OPENSSL_cleanse(octets.data(), octets.size());
  octets.clear();
}

Result<SecretOctets> SecretOctets::random(size_t bytes) {
  SecretOctets made(std::string(bytes, '\0'));
  if (::getrandom(made.text().data(), bytes, 0) != static_cast<ssize_t>(bytes))
    return absl::UnavailableError("keys: getrandom");
  return made;
}

}  // namespace lictor::control
