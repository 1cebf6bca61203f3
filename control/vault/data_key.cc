#include "control/vault/data_key.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>

#include "control/vault/octets.h"

namespace lictor::control {
namespace {

constexpr size_t kLengthBytes = 4;

std::string associated_of(const std::string& head, const Place& place) {
  std::string associated = "lictor sealed value";
  associated += head;
  append_counted(associated, place.table);
  append_counted(associated, place.column);
  append_counted(associated, place.row);
  return associated;
}

// Length, value, zeros: a multiple of kPadBytes.
std::string padded(std::string_view value) {
  std::string octets;
  octets.reserve((kLengthBytes + value.size() + kPadBytes - 1) / kPadBytes * kPadBytes);
  append_counted(octets, value);
  octets.resize((octets.size() + kPadBytes - 1) / kPadBytes * kPadBytes, '\0');
  return octets;
}

}  // namespace

Result<std::shared_ptr<const DataKey>> DataKey::make(Secret secret) {
  const Result<Secret> derived = hkdf_sha256(secret.octets(), {}, "lictor data key id");
  if (!derived.ok()) return derived.status();
  KeyId id;
  std::copy_n(derived->octets().begin(), id.size(), id.begin());
  return std::shared_ptr<const DataKey>(new DataKey(std::move(secret), id));
}

Result<std::string> DataKey::seal(const Place& place, std::string_view value) const {
  if (value.size() > kValueBytesMax)
    return absl::InvalidArgumentError(fmt::format("vault: a value is longer than {} octets", kValueBytesMax));
  if (seals_.fetch_add(1, std::memory_order_relaxed) >= kSealsMax)
    return absl::ResourceExhaustedError("vault: a data key was used too often");
  const Result<Nonce> nonce = random_nonce();
  if (!nonce.ok()) return nonce.status();
  std::string sealed = sealed_value_head(id_, *nonce);
  const std::string associated = associated_of(sealed, place);
  std::string plain = padded(value);
  const Status status = aead_seal(secret_.octets(), *nonce, associated, as_bytes(plain), sealed);
  OPENSSL_cleanse(plain.data(), plain.size());
  if (!status.ok()) return status;
  return sealed;
}

Result<std::string> DataKey::open(const Place& place, Bytes sealed) const {
  const Result<SealedValue> value = parse_sealed_value(sealed);
  if (!value.ok()) return value.status();
  if (value->key_id != id_) return absl::FailedPreconditionError("vault: the value is sealed under another data key");
  const std::string associated = associated_of(sealed_value_head(value->key_id, value->nonce), place);
  std::string plain(value->sealed.size() - kTagBytes, '\0');
  const MutableBytes room(reinterpret_cast<uint8_t*>(plain.data()), plain.size());
  if (!aead_open(secret_.octets(), value->nonce, associated, value->sealed, room))
    return absl::DataLossError("vault: a sealed value was altered, or taken from another place");
  ByteReader reader(room);
  const std::string_view text = take_counted(reader, kValueBytesMax);
  if (!reader.ok()) {
    OPENSSL_cleanse(plain.data(), plain.size());
    return absl::DataLossError("vault: a sealed value has no length of its own");
  }
  std::string opened(text);
  OPENSSL_cleanse(plain.data(), plain.size());
  return opened;
}

}  // namespace lictor::control
