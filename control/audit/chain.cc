#include "control/audit/chain.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "control/vault/octets.h"
#include "dataplane/base/check.h"

namespace lictor::control {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;

Digest sha256(std::string_view octets) {
  Digest digest;
  LICTOR_CHECK(EVP_Digest(octets.data(), octets.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1);
  return digest;
}

std::string linked(std::string_view label, const Digest& before, Bytes octets) {
  std::string text(label);
  text.reserve(text.size() + before.size() + octets.size());
  append_octets(text, before);
  append_octets(text, octets);
  return text;
}

// `head_and_entry` is the record up to its MAC.
Digest mac_of(const Secret& key, const Digest& before, Bytes head_and_entry) {
  return hmac_sha256(key.octets(), linked("lictor audit mac", before, head_and_entry));
}

// `up_to_mac` is the record up to and with its MAC, so that no octet of it can be altered unseen.
Digest hash_of(const Digest& before, Bytes up_to_mac) {
  return sha256(linked("lictor audit entry", before, up_to_mac));
}

// `unsigned_entry` is the encoded entry without the signature at its end.
std::string signed_octets(const ChainState& state, std::string_view unsigned_entry) {
  std::string octets = "lictor audit checkpoint";
  append_octets(octets, state.log_id);
  append_octets(octets, state.head.hash);
  octets += unsigned_entry;
  return octets;
}

Key private_key(const Secret& seed) {
  return Key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.octets().data(), Secret::kBytes));
}

Result<Signature> sign(const Secret& seed, std::string_view message) {
  const Key key = private_key(seed);
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  Signature signature;
  size_t length = signature.size();
  const Bytes octets = as_bytes(message);
  if (key == nullptr || context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &length, octets.data(), octets.size()) != 1) {
    ERR_clear_error();
    return absl::InternalError("audit: a checkpoint cannot be signed");
  }
  return signature;
}

bool holds(const PublicKey& signer, std::string_view message, const Signature& signature) {
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, signer.data(), signer.size()));
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  const Bytes octets = as_bytes(message);
  const bool good =
      key != nullptr && context != nullptr &&
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), signature.data(), signature.size(), octets.data(), octets.size()) == 1;
  ERR_clear_error();
  return good;
}

void evolve(Secret& key, std::string_view label) {
  Digest next = hmac_sha256(key.octets(), label);
  std::ranges::copy(next, key.octets().begin());
  OPENSSL_cleanse(next.data(), next.size());
}

Walked bad(uint64_t number, std::string what) {
  return {.verdict = Walked::Verdict::kBad, .first_bad = number, .what = std::move(what)};
}

Walked torn(uint64_t number, size_t bytes) {
  return {.verdict = Walked::Verdict::kTorn,
          .bytes = bytes,
          .first_bad = number,
          .what = "the log ends inside of it: a crash, or it was cut off"};
}

bool is_all_zero(Bytes octets) {
  return std::ranges::all_of(octets, [](uint8_t octet) { return octet == 0; });
}

}  // namespace

ChainState begin_chain(const LogId& log_id, const PublicKey& signer) {
  std::string octets = "lictor audit log";
  append_octets(octets, log_id);
  append_octets(octets, signer);
  return {.log_id = log_id, .head = {.number = 0, .hash = sha256(octets)}, .signer = signer};
}

Result<ChainKeys> ChainKeys::make_random() {
  Result<Secret> mac = Secret::make_random();
  Result<Secret> seed = Secret::make_random();
  if (!mac.ok()) return mac.status();
  if (!seed.ok()) return seed.status();
  return ChainKeys{.mac = *std::move(mac), .signer_seed = *std::move(seed)};
}

Result<ChainKeys> ChainKeys::copy() const {
  Result<Secret> mac_copy = Secret::make();
  Result<Secret> seed_copy = Secret::make();
  if (!mac_copy.ok()) return mac_copy.status();
  if (!seed_copy.ok()) return seed_copy.status();
  std::ranges::copy(mac.octets(), mac_copy->octets().begin());
  std::ranges::copy(signer_seed.octets(), seed_copy->octets().begin());
  return ChainKeys{.mac = *std::move(mac_copy), .signer_seed = *std::move(seed_copy)};
}

void evolve_mac(Secret& key) { evolve(key, "lictor audit next key"); }
void evolve_signer(Secret& seed) { evolve(seed, "lictor audit next signer"); }

Result<PublicKey> public_key_of(const Secret& seed) {
  const Key key = private_key(seed);
  PublicKey octets;
  size_t length = octets.size();
  if (key == nullptr || EVP_PKEY_get_raw_public_key(key.get(), octets.data(), &length) != 1)
    return absl::InternalError("audit: Ed25519 is refused");
  return octets;
}

Status append_record(AuditEntry entry, ChainState& state, ChainKeys& keys, std::string& out) {
  entry.number = state.head.number + 1;
  const bool is_checkpoint = entry.kind == AuditKind::kCheckpoint;
  Result<ChainKeys> next = keys.copy();
  if (!next.ok()) return next.status();
  if (is_checkpoint) {
    evolve_signer(next->signer_seed);
    const Result<PublicKey> next_signer = public_key_of(next->signer_seed);
    if (!next_signer.ok()) return next_signer.status();
    entry.next_key = *next_signer;
  }
  Result<std::string> octets = to_octets(entry);
  if (!octets.ok()) return octets.status();
  if (is_checkpoint) {
    octets->resize(octets->size() - entry.signature.size());
    const Result<Signature> signature = sign(keys.signer_seed, signed_octets(state, *octets));
    if (!signature.ok()) return signature.status();
    append_octets(*octets, *signature);
    state.signer = entry.next_key;
    state.checkpoint = entry.number;
  }
  const size_t start = out.size();
  append_integer(out, octets->size(), kRecordHeadBytes);
  out += *octets;
  append_octets(out, mac_of(keys.mac, state.head.hash, as_bytes(out).subspan(start)));
  state.head = {.number = entry.number, .hash = hash_of(state.head.hash, as_bytes(out).subspan(start))};
  append_octets(out, state.head.hash);
  evolve_mac(next->mac);
  keys = *std::move(next);
  return absl::OkStatus();
}

Walked walk_record(Bytes octets, ChainState& state, Secret* mac) {
  const uint64_t number = state.head.number + 1;
  ByteReader reader(octets);
  const uint32_t length = reader.u32();
  if (!reader.ok() || is_all_zero(octets)) return torn(number, octets.size());
  if (length == 0 || length > AuditEntry::kBytesMax) return bad(number, "its length is impossible");
  const Bytes body = reader.take(length);
  const Bytes tag = reader.take(kDigestBytes);
  const Bytes hash = reader.take(kDigestBytes);
  if (!reader.ok()) return torn(number, octets.size());
  Result<AuditEntry> entry = parse_audit_entry(body);
  if (!entry.ok()) return bad(number, "it was altered: it cannot be read");
  if (entry->number != number)
    return bad(number, fmt::format("it is missing: where it should be stands entry {}", entry->number));
  const Bytes head_and_entry = octets.first(kRecordHeadBytes + length);
  const Digest expected = hash_of(state.head.hash, octets.first(head_and_entry.size() + kDigestBytes));
  if (!equal_in_constant_time(expected, hash)) return bad(number, "it was altered: its hash does not hold");
  if (mac != nullptr && !equal_in_constant_time(mac_of(*mac, state.head.hash, head_and_entry), tag))
    return bad(number, "it was altered: its MAC does not hold");
  if (entry->kind == AuditKind::kCheckpoint) {
    const std::string_view text = as_text(body);
    const std::string message = signed_octets(state, text.substr(0, text.size() - entry->signature.size()));
    if (!holds(state.signer, message, entry->signature))
      return bad(state.checkpoint + 1,
                 fmt::format("it or one of those up to {} was rewritten: the signature of checkpoint {} does not hold",
                             number, number));
    state.signer = entry->next_key;
    state.checkpoint = number;
  }
  if (mac != nullptr) evolve_mac(*mac);
  state.head = {.number = number, .hash = expected};
  return {.verdict = Walked::Verdict::kEntry, .bytes = octets.size() - reader.remaining(), .entry = *std::move(entry)};
}

}  // namespace lictor::control
