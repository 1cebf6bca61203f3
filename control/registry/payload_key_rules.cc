#include "control/registry/payload_key_rules.h"

#include <fmt/format.h>

#include "control/registry/text_rules.h"

namespace lictor::control {
namespace {

constexpr size_t kKeyNameMax = 63;
constexpr size_t kAes192Bytes = 24;
constexpr size_t kAes256Bytes = 32;

// Of the method; 0: it needs none.
size_t key_bytes(v1::PayloadEncryption method) {
  if (method == v1::PAYLOAD_ENCRYPTION_AES_192_CBC) return kAes192Bytes;
  return method == v1::PAYLOAD_ENCRYPTION_AES_256_CBC ? kAes256Bytes : 0;
}

}  // namespace

bool is_payload_key_length(size_t bytes) { return bytes == kAes192Bytes || bytes == kAes256Bytes; }

size_t payload_key_bytes(const v1::EncryptionProfile& encryption) {
  return encryption.key_per_warrant() ? key_bytes(encryption.method()) : 0;
}

void check_encryption(const v1::EncryptionProfile& encryption, Violations& violations) {
  const std::string path = "agency.profile.encryption.";
  violations.expect(v1::PayloadEncryption_IsValid(encryption.method()), path + "method", "unknown value");
  const bool needs_key = key_bytes(encryption.method()) != 0;
  const bool own = encryption.key_per_warrant();
  violations.expect(needs_key || !own, path + "key_per_warrant", "the method needs no key: it must be AES");
  violations.expect(needs_key || encryption.key().empty(), path + "key", "the method needs none");
  if (!needs_key) return;
  violations.expect(!own || encryption.key().empty(), path + "key_per_warrant", "contradicts key: one of the two");
  violations.expect(own || is_name(encryption.key(), kKeyNameMax), path + "key",
                    fmt::format("must be 1 to {} of A-Z a-z 0-9 . _ : -", kKeyNameMax));
}

void check_payload_key(const std::string& key, const v1::Agency* agency, const char* field, Violations& violations) {
  if (key.empty() || agency == nullptr) return;
  const size_t bytes = payload_key_bytes(agency->profile().encryption());
  if (!violations.expect(bytes != 0, field, "the agency's profile has no key for each warrant (key_per_warrant)"))
    return;
  violations.expect(key.size() == bytes, field, fmt::format("must be {} octets for the agency's method", bytes));
}

}  // namespace lictor::control
