#include "dataplane/agent/encryption_rules.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

namespace lictor {
namespace {

constexpr size_t kNameBytesMax = 255;

Status refused(std::string_view field, std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("mediation.{}: {}", field, why));
}

// Out of the message, which is kept to tell a change by and compared in ordinary memory.
template <typename Key>
Status take_key(std::string_view field, std::string& octets, std::shared_ptr<const Key>& into) {
  if (octets.empty()) return absl::OkStatus();
  Result<std::shared_ptr<const Key>> key = Key::make(as_bytes(octets));
  OPENSSL_cleanse(octets.data(), octets.size());
  octets.clear();
  // Of octets that are none, or of memory that is not to be had: that is not the directive's fault.
  if (!key.ok()) {
    return {key.status().code(), fmt::format("mediation.{}: {}", field, std::string(key.status().message()))};
  }
  into = *std::move(key);
  return absl::OkStatus();
}

// Whoever only drains encodes nothing any more: what is spooled was encrypted before.
Status check_warrants_key(bool key_per_warrant, const MediationDirective& mediation) {
  const EtsiTaskParameters& parameters = mediation.parameters;
  if (!key_per_warrant)
    return parameters.payload_key == nullptr ? absl::OkStatus() : refused("payload_key", "the profile has none");
  if (parameters.payload_key == nullptr)
    return mediation.draining ? absl::OkStatus() : refused("payload_key", "is missing");
  const bool is_256 = parameters.encryption == PayloadEncryption::kAes256Cbc;
  const size_t bytes = is_256 ? PayloadKey::kAes256Bytes : PayloadKey::kAes192Bytes;
  if (parameters.payload_key->octets().size() == bytes) return absl::OkStatus();
  return refused("payload_key", fmt::format("must be {} octets", bytes));
}

}  // namespace

Status take_keys(v1::Mediation& message, MediationDirective& mediation) {
  Status status = take_key("spool_key", *message.mutable_spool_key(), mediation.spool_key);
  status.Update(take_key("payload_key", *message.mutable_payload_key(), mediation.parameters.payload_key));
  return status;
}

Status read_encryption(const v1::EncryptionProfile& from, MediationDirective& mediation) {
  PayloadEncryption& method = mediation.parameters.encryption;
  switch (from.method()) {
    case v1::PAYLOAD_ENCRYPTION_UNSPECIFIED:
    case v1::PAYLOAD_ENCRYPTION_OFF:
      method = PayloadEncryption::kOff;
      break;
    case v1::PAYLOAD_ENCRYPTION_NONE:
      method = PayloadEncryption::kContainer;
      break;
    case v1::PAYLOAD_ENCRYPTION_AES_192_CBC:
      method = PayloadEncryption::kAes192Cbc;
      break;
    case v1::PAYLOAD_ENCRYPTION_AES_256_CBC:
      method = PayloadEncryption::kAes256Cbc;
      break;
    default:
      return refused("profile.encryption.method", "is not known");
  }
  const bool needs_key = method == PayloadEncryption::kAes192Cbc || method == PayloadEncryption::kAes256Cbc;
  const bool needs_name = needs_key && !from.key_per_warrant();
  if (from.key_per_warrant() && !needs_key)
    return refused("profile.encryption.key_per_warrant", "the method needs no key");
  mediation.payload_key = from.key();
  if (Status status = check_warrants_key(from.key_per_warrant(), mediation); !status.ok()) return status;
  if (needs_name ? !from.key().empty() && from.key().size() <= kNameBytesMax : from.key().empty())
    return absl::OkStatus();
  return refused("profile.encryption.key",
                 needs_name ? fmt::format("must have 1 to {} octets", kNameBytesMax) : "must have 0 octets");
}

}  // namespace lictor
