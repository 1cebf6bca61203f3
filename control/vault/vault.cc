#include "control/vault/vault.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <algorithm>

#include "control/vault/octets.h"
#include "dataplane/base/check.h"

namespace lictor::control {
namespace {

constexpr std::string_view kIndexSubject = "index";
// A subject is an id of ours, never a person's text.
constexpr size_t kSubjectBytesMax = 128;

std::string associated_of(const VaultId& vault, uint32_t generation, const KeyId& key, std::string_view subject) {
  std::string associated = "lictor data key";
  append_octets(associated, vault);
  append_integer(associated, generation, 4);
  append_octets(associated, key);
  append_counted(associated, subject);
  return associated;
}

Result<std::string> wrap(const Secret& wrapping, const VaultId& vault, uint32_t generation, const DataKey& key,
                         std::string_view subject) {
  if (subject.empty() || subject.size() > kSubjectBytesMax)
    return absl::InvalidArgumentError("vault: a subject's name is empty or too long");
  const Result<Nonce> nonce = random_nonce();
  if (!nonce.ok()) return nonce.status();
  WrappedKey wrapped{.generation = generation, .key_id = key.id(), .nonce = *nonce};
  std::string sealed;
  if (Status status = aead_seal(wrapping.octets(), *nonce, associated_of(vault, generation, key.id(), subject),
                                key.octets(), sealed);
      !status.ok())
    return status;
  std::ranges::copy(as_bytes(sealed), wrapped.sealed.begin());
  return to_octets(wrapped);
}

Result<SharedDataKey> unwrap_with(const Secret& wrapping, const VaultId& vault, uint32_t generation,
                                  std::string_view subject, Bytes octets) {
  const Result<WrappedKey> wrapped = parse_wrapped_key(octets);
  if (!wrapped.ok()) return wrapped.status();
  if (wrapped->generation != generation)
    return absl::FailedPreconditionError(
        fmt::format("vault: a data key is wrapped by the master key of generation {}, this is generation {}",
                    wrapped->generation, generation));
  Result<Secret> secret = Secret::make();
  if (!secret.ok()) return secret.status();
  if (!aead_open(wrapping.octets(), wrapped->nonce, associated_of(vault, generation, wrapped->key_id, subject),
                 wrapped->sealed, secret->octets()))
    return absl::DataLossError("vault: a wrapped key was altered, or is another subject's");
  return DataKey::make(*std::move(secret));
}

Result<MasterKeyHint> make_hint(MasterKeyKind kind, const ScryptCost& cost) {
  MasterKeyHint hint{.kind = kind, .cost = cost};
  if (!cost.is_within_bounds()) return absl::InvalidArgumentError("vault: scrypt's cost is out of bounds");
  if (RAND_bytes(hint.salt.data(), static_cast<int>(hint.salt.size())) != 1)
    return absl::UnavailableError("vault: no randomness");
  return hint;
}

}  // namespace

struct Vault::Keys {
  Secret wrapping;
  Secret check;
  Secret header;
};

Result<Vault::Keys> Vault::derive(const MasterKeySource& source, const MasterKeyHint& hint) {
  const Result<Secret> master = source.load(hint);
  if (!master.ok()) return master.status();
  Result<Secret> wrapping = hkdf_sha256(master->octets(), {}, "lictor vault wrapping");
  Result<Secret> check = hkdf_sha256(master->octets(), {}, "lictor vault check");
  Result<Secret> header = hkdf_sha256(master->octets(), {}, "lictor vault header");
  for (const Result<Secret>* each : {&wrapping, &check, &header})
    if (!each->ok()) return each->status();
  return Keys{.wrapping = *std::move(wrapping), .check = *std::move(check), .header = *std::move(header)};
}

Result<std::unique_ptr<Vault>> Vault::found(VaultHeader header, const MasterKeySource& source,
                                            SharedDataKey index_key) {
  Result<Keys> keys = derive(source, header.hint);
  if (!keys.ok()) return keys.status();
  header.check = hmac_sha256(keys->check.octets(), as_text(header.vault_id));
  const Result<std::string> wrapped =
      wrap(keys->wrapping, header.vault_id, header.generation, *index_key, kIndexSubject);
  if (!wrapped.ok()) return wrapped.status();
  std::ranges::copy(as_bytes(*wrapped), header.index_key.begin());
  std::string octets = to_octets_before_mac(header);
  append_octets(octets, hmac_sha256(keys->header.octets(), octets));
  return std::unique_ptr<Vault>(new Vault(std::move(keys->wrapping), std::move(index_key), header.vault_id,
                                          header.generation, std::move(octets)));
}

Result<std::unique_ptr<Vault>> Vault::make(const MasterKeySource& source, const ScryptCost& cost) {
  const Result<MasterKeyHint> hint = make_hint(source.kind(), cost);
  if (!hint.ok()) return hint.status();
  VaultHeader header{.generation = 1, .hint = *hint};
  if (RAND_bytes(header.vault_id.data(), static_cast<int>(header.vault_id.size())) != 1)
    return absl::UnavailableError("vault: no randomness");
  Result<Secret> secret = Secret::make_random();
  if (!secret.ok()) return secret.status();
  Result<SharedDataKey> index_key = DataKey::make(*std::move(secret));
  if (!index_key.ok()) return index_key.status();
  return found(header, source, *std::move(index_key));
}

Result<std::unique_ptr<Vault>> Vault::open(Bytes octets, const MasterKeySource& source) {
  const Result<VaultHeader> header = parse_vault_header(octets);
  if (!header.ok()) return header.status();
  if (header->hint.kind != source.kind())
    return absl::FailedPreconditionError(fmt::format("vault: its master key is {}, and {} was given",
                                                     name_of(header->hint.kind), name_of(source.kind())));
  Result<Keys> keys = derive(source, header->hint);
  if (!keys.ok()) return keys.status();
  if (!equal_in_constant_time(hmac_sha256(keys->check.octets(), as_text(header->vault_id)), header->check))
    return absl::PermissionDeniedError(fmt::format("vault: this is not its master key ({})", name_of(source.kind())));
  if (!equal_in_constant_time(hmac_sha256(keys->header.octets(), as_text(octets.first(kHeaderBytes - kHeaderMacBytes))),
                              header->mac))
    return absl::DataLossError("vault: its header was altered");
  Result<SharedDataKey> index_key =
      unwrap_with(keys->wrapping, header->vault_id, header->generation, kIndexSubject, header->index_key);
  if (!index_key.ok()) return index_key.status();
  return std::unique_ptr<Vault>(new Vault(std::move(keys->wrapping), *std::move(index_key), header->vault_id,
                                          header->generation, std::string(as_text(octets))));
}

Result<std::unique_ptr<Vault>> Vault::rotate(const MasterKeySource& source, const ScryptCost& cost) const {
  const Result<MasterKeyHint> hint = make_hint(source.kind(), cost);
  if (!hint.ok()) return hint.status();
  return found({.generation = generation_ + 1, .vault_id = id_, .hint = *hint}, source, index_key_);
}

Result<std::string> Vault::rewrap(const Vault& former, std::string_view subject, Bytes wrapped) const {
  if (former.id_ != id_) return absl::FailedPreconditionError("vault: the key is of another vault");
  const Result<SharedDataKey> key = former.unwrap(subject, wrapped);
  if (!key.ok()) return key.status();
  return wrap(wrapping_, id_, generation_, **key, subject);
}

Result<Vault::NewKey> Vault::make_key(std::string_view subject) const {
  Result<Secret> secret = Secret::make_random();
  if (!secret.ok()) return secret.status();
  const Result<SharedDataKey> key = DataKey::make(*std::move(secret));
  if (!key.ok()) return key.status();
  Result<std::string> wrapped = wrap(wrapping_, id_, generation_, **key, subject);
  if (!wrapped.ok()) return wrapped.status();
  return NewKey{.key = *key, .wrapped = *std::move(wrapped)};
}

Result<SharedDataKey> Vault::unwrap(std::string_view subject, Bytes wrapped) const {
  return unwrap_with(wrapping_, id_, generation_, subject, wrapped);
}

Digest Vault::index(std::string_view table, std::string_view column, std::string_view value) const {
  std::string message = "lictor blind index";
  append_counted(message, table);
  append_counted(message, column);
  append_counted(message, value);
  return hmac_sha256(index_key_->octets(), message);
}

}  // namespace lictor::control
