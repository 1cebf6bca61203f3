#include "control/sealed/opaque_revisions.h"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include <cstring>
#include <utility>

namespace lictor::control {
namespace {

// A network of Feistel with a keyed function: from three rounds on nobody who has no key can tell it from a random
// permutation, from four on neither with its inverse at hand (Luby and Rackoff, SIAM J. Comput. 17, 1988).
constexpr int kRounds = 4;

}  // namespace

Result<std::unique_ptr<OpaqueRevisions>> OpaqueRevisions::open(Store& store) {
  const Result<std::optional<Entry>> entry = store.get(kKey);
  if (!entry.ok()) return entry.status();
  if (entry->has_value() && (*entry)->value.size() != kSecretBytes)
    return absl::DataLossError("store: the secret of the revisions cannot be read");
  std::string secret = entry->has_value() ? (*entry)->value : std::string(kSecretBytes, '\0');
  if (!entry->has_value()) {
    if (RAND_bytes(reinterpret_cast<unsigned char*>(secret.data()), static_cast<int>(secret.size())) != 1)
      return absl::UnavailableError("store: no randomness");
    const Result<uint64_t> written = store.commit({{.key = kKey, .value = secret, .expected_revision = kMustBeAbsent}});
    if (!written.ok()) return written.status();
  }
  return std::unique_ptr<OpaqueRevisions>(new OpaqueRevisions(store, std::move(secret)));
}

Result<std::optional<Entry>> OpaqueRevisions::get(const std::string& key) {
  Result<std::optional<Entry>> entry = store_.get(key);
  if (entry.ok() && entry->has_value()) (*entry)->revision = shown((*entry)->revision);
  return entry;
}

Result<std::vector<Entry>> OpaqueRevisions::list(const std::string& prefix, const std::string& after, size_t limit) {
  Result<std::vector<Entry>> entries = store_.list(prefix, after, limit);
  if (!entries.ok()) return entries;
  for (Entry& entry : *entries) entry.revision = shown(entry.revision);
  return entries;
}

Result<uint64_t> OpaqueRevisions::commit(const std::vector<Write>& writes) {
  std::vector<Write> real_writes = writes;
  for (Write& write : real_writes)
    if (write.expected_revision.value_or(kMustBeAbsent) != kMustBeAbsent)
      write.expected_revision = real(*write.expected_revision);
  const Result<uint64_t> revision = store_.commit(real_writes);
  if (!revision.ok()) return revision;
  return shown(*revision);
}

// SHA-256 of the secret, the round and half of the number: always as many octets, so that nothing can be appended.
uint32_t OpaqueRevisions::round(uint32_t half, int number) const {
  std::array<uint8_t, kSecretBytes + 1 + sizeof half> in{};
  std::memcpy(in.data(), secret_.data(), kSecretBytes);
  in[kSecretBytes] = static_cast<uint8_t>(number);
  std::memcpy(in.data() + kSecretBytes + 1, &half, sizeof half);
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest{};
  ::SHA256(in.data(), in.size(), digest.data());
  uint32_t out = 0;
  std::memcpy(&out, digest.data(), sizeof out);
  return out;
}

uint64_t OpaqueRevisions::shown(uint64_t revision) const {
  uint64_t number = revision;
  do {  // never 0, which says that there is none: a permutation comes back from it
    auto left = static_cast<uint32_t>(number >> 32);
    auto right = static_cast<uint32_t>(number);
    for (int i = 0; i < kRounds; ++i) left = std::exchange(right, left ^ round(right, i));
    number = uint64_t{left} << 32 | right;
  } while (number == kMustBeAbsent);
  return number;
}

uint64_t OpaqueRevisions::real(uint64_t shown) const {
  uint64_t number = shown;
  do {
    auto left = static_cast<uint32_t>(number >> 32);
    auto right = static_cast<uint32_t>(number);
    for (int i = kRounds - 1; i >= 0; --i) right = std::exchange(left, right ^ round(left, i));
    number = uint64_t{left} << 32 | right;
  } while (number == kMustBeAbsent);
  return number;
}

}  // namespace lictor::control
