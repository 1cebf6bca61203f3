#include "control/vault/formats.h"

#include <algorithm>

#include "control/vault/octets.h"
#include "dataplane/base/check.h"

namespace lictor::control {
namespace {

constexpr uint8_t kVersion = 1;
constexpr std::string_view kHeaderMagic = "LCTV";

template <size_t kSize>
void copy(Bytes from, std::array<uint8_t, kSize>& to) {
  if (from.size() == kSize) std::ranges::copy(from, to.begin());  // else the reader has failed, and says so
}

Status check_version(uint8_t version, const char* what) {
  if (version == kVersion) return absl::OkStatus();
  return absl::FailedPreconditionError(std::string("vault: ") + what +
                                       " is of a version that this program does not know");
}

Status is_none(const char* what) { return absl::InvalidArgumentError(std::string("vault: this is no ") + what); }

}  // namespace

Result<SealedValue> parse_sealed_value(Bytes octets) {
  ByteReader reader(octets);
  const uint8_t version = reader.u8();
  SealedValue value;
  copy(reader.take(value.key_id.size()), value.key_id);
  copy(reader.take(value.nonce.size()), value.nonce);
  value.sealed = reader.rest();
  if (!reader.ok() || octets.size() < kSealedBytesMin) return is_none("sealed value");
  if (Status status = check_version(version, "a sealed value"); !status.ok()) return status;
  const size_t padded = value.sealed.size() - kTagBytes;
  if (padded % kPadBytes != 0 || padded > kValueBytesMax + 4 + kPadBytes) return is_none("sealed value");
  return value;
}

Result<WrappedKey> parse_wrapped_key(Bytes octets) {
  ByteReader reader(octets);
  const uint8_t version = reader.u8();
  WrappedKey key;
  key.generation = reader.u32();
  copy(reader.take(key.key_id.size()), key.key_id);
  copy(reader.take(key.nonce.size()), key.nonce);
  copy(reader.take(key.sealed.size()), key.sealed);
  if (!reader.ok() || reader.remaining() != 0) return is_none("wrapped key");
  if (Status status = check_version(version, "a wrapped key"); !status.ok()) return status;
  return key;
}

Result<VaultHeader> parse_vault_header(Bytes octets) {
  ByteReader reader(octets);
  const std::string_view magic = as_text(reader.take(kHeaderMagic.size()));
  const uint8_t version = reader.u8();
  if (!reader.ok() || magic != kHeaderMagic) return is_none("header of a vault");
  if (Status status = check_version(version, "the header"); !status.ok()) return status;
  VaultHeader header;
  header.generation = reader.u32();
  copy(reader.take(header.vault_id.size()), header.vault_id);
  const uint8_t kind = reader.u8();
  copy(reader.take(header.hint.salt.size()), header.hint.salt);
  header.hint.cost = {.log2_n = reader.u8(), .r = reader.u8(), .p = reader.u8()};
  copy(reader.take(header.check.size()), header.check);
  copy(reader.take(header.index_key.size()), header.index_key);
  copy(reader.take(header.mac.size()), header.mac);
  if (!reader.ok() || reader.remaining() != 0) return is_none("header of a vault");
  if (kind < static_cast<uint8_t>(MasterKeyKind::kFile) || kind > static_cast<uint8_t>(MasterKeyKind::kToken))
    return absl::FailedPreconditionError(
        "vault: the header names a kind of master key that this program does not know");
  header.hint.kind = static_cast<MasterKeyKind>(kind);
  if (!header.hint.cost.is_within_bounds())
    return absl::InvalidArgumentError("vault: the header asks for a cost of scrypt that is out of bounds");
  return header;
}

std::string sealed_value_head(const KeyId& key_id, const Nonce& nonce) {
  std::string octets(1, static_cast<char>(kVersion));
  append_octets(octets, key_id);
  append_octets(octets, nonce);
  return octets;
}

std::string to_octets(const WrappedKey& key) {
  std::string octets(1, static_cast<char>(kVersion));
  append_integer(octets, key.generation, 4);
  append_octets(octets, key.key_id);
  append_octets(octets, key.nonce);
  append_octets(octets, key.sealed);
  LICTOR_CHECK(octets.size() == kWrappedBytes);
  return octets;
}

std::string to_octets_before_mac(const VaultHeader& header) {
  std::string octets(kHeaderMagic);
  append_integer(octets, kVersion, 1);
  append_integer(octets, header.generation, 4);
  append_octets(octets, header.vault_id);
  append_integer(octets, static_cast<uint8_t>(header.hint.kind), 1);
  append_octets(octets, header.hint.salt);
  append_integer(octets, header.hint.cost.log2_n, 1);
  append_integer(octets, header.hint.cost.r, 1);
  append_integer(octets, header.hint.cost.p, 1);
  append_octets(octets, header.check);
  append_octets(octets, header.index_key);
  LICTOR_CHECK(octets.size() == kHeaderBytes - kHeaderMacBytes);
  return octets;
}

}  // namespace lictor::control
