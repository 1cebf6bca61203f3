#include "control/registry/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "control/registry/warrant_rules.h"
#include "dataplane/base/bytes.h"
#include "dataplane/trust/sha256.h"

namespace lictor::control {
namespace {

std::string sha256_of(const std::string& octets) {
  const Sha256 digest = sha256_digest(as_bytes(octets));
  return {digest.begin(), digest.end()};
}

}  // namespace

v1::Warrant ordered_of(const v1::Warrant& warrant) {
  v1::Warrant ordered = warrant;
  clear_outputs(ordered);
  return ordered;
}

std::string digest_of(const std::string& salt, const v1::Warrant& warrant) {
  return sha256_of(salt + ordered_of(warrant).SerializeAsString());  // no map in it: the same gives the same octets
}

std::string digest_of(const v1::Agency& agency) {
  v1::Agency plain = agency;
  plain.clear_revision();
  return sha256_of(plain.SerializeAsString());
}

std::string former_key(const std::string& prefix, int64_t now_unix_ns, const std::string& last) {
  auto number = static_cast<uint64_t>(std::max(now_unix_ns, int64_t{0}));
  if (last.size() > prefix.size()) {
    uint64_t before = 0;
    std::from_chars(last.data() + prefix.size(), last.data() + last.size(), before, 16);
    number = std::max(number, before + 1);
  }
  return prefix + fmt::format("{:016x}", number);
}

}  // namespace lictor::control
