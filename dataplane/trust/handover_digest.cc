#include "dataplane/trust/handover_digest.h"

#include <string>

#include "lictor/v1/directive.pb.h"

namespace lictor {
namespace {

class DigestText {
 public:
  void add(uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) text_.push_back(static_cast<char>(number >> shift & 0xff));
  }
  void add(const std::string& text) {
    add(static_cast<uint32_t>(text.size()));
    text_ += text;
  }
  [[nodiscard]] Sha256 digest() const { return sha256_digest(as_bytes(text_)); }

 private:
  std::string text_;
};

void add_destination(DigestText& text, bool is_there, const v1::Destination& destination,
                     const v1::DeliveryProfile& profile) {
  text.add(is_there ? 1U : 0U);
  if (!is_there) return;
  const bool is_said = destination.kind() != v1::DESTINATION_KIND_UNSPECIFIED;
  text.add(static_cast<uint32_t>(destination.interface()));
  text.add(static_cast<uint32_t>(is_said ? destination.kind() : v1::DESTINATION_KIND_ETSI));
  text.add(destination.id());
  text.add(destination.directory());
  text.add(static_cast<uint32_t>(destination.endpoints_size()));
  for (const v1::Endpoint& endpoint : destination.endpoints()) {
    text.add(endpoint.host());
    text.add(endpoint.port());
  }
  if (destination.kind() == v1::DESTINATION_KIND_PCAPNG) text.add(profile.pcapng().certificates());
}

void add_security(DigestText& text, const v1::DeliveryProfile& profile) {
  const bool is_said = profile.security() != v1::HANDOVER_SECURITY_UNSPECIFIED;
  const v1::HandoverSecurity security = is_said ? profile.security() : v1::HANDOVER_SECURITY_TLS;
  text.add(static_cast<uint32_t>(security));
  if (security != v1::HANDOVER_SECURITY_TLS) return;
  const v1::TlsProfile& tls = profile.tls();
  text.add(tls.credential().empty() ? std::string("default") : tls.credential());
  text.add(tls.allow_1_2() ? 1U : 0U);
  text.add(static_cast<uint32_t>(tls.pins_size()));
  for (const std::string& pin : tls.pins()) text.add(pin);
  text.add(tls.server_name());
  text.add(tls.server_name_off() ? 1U : 0U);
}

// The default where a value is not said.
template <typename Value>
void add_value(DigestText& text, Value value, Value by_default) {
  text.add(static_cast<uint32_t>(static_cast<int>(value) == 0 ? by_default : value));
}

void add_encryption(DigestText& text, const v1::EncryptionProfile& encryption) {
  const bool has_key = encryption.method() == v1::PAYLOAD_ENCRYPTION_AES_192_CBC ||
                       encryption.method() == v1::PAYLOAD_ENCRYPTION_AES_256_CBC;
  const bool is_shared = has_key && !encryption.key_per_warrant();
  add_value(text, encryption.method(), v1::PAYLOAD_ENCRYPTION_OFF);
  text.add(is_shared ? encryption.key() : std::string());
  text.add(encryption.key_per_warrant() ? 1U : 0U);
}

void add_integrity(DigestText& text, const v1::IntegrityProfile& integrity) {
  text.add(integrity.on() ? 1U : 0U);
  if (!integrity.on()) return;
  add_value(text, integrity.hash(), v1::HASH_METHOD_SHA256);
  text.add(integrity.signing_key());
  add_value(text, integrity.signature_covers(), v1::SIGNATURE_COVERS_HASH_PDUS);
  text.add(integrity.before_encryption() ? 1U : 0U);
}

// Whose communication the records say it is, and who says so.
void add_names(DigestText& text, const v1::Mediation& mediation) {
  text.add(mediation.authorization_country());
  text.add(mediation.delivery_country());
  text.add(mediation.operator_id());
  text.add(mediation.hi1_operator_id());
  text.add(mediation.user_label());
  add_value(text, mediation.internet_access_type(), v1::INTERNET_ACCESS_TYPE_UNDEFINED);
  text.add(mediation.profile().hi1_target_information() ? 1U : 0U);
  text.add(mediation.raw_aaa() ? 1U : 0U);
}

}  // namespace

Sha256 handover_digest(const v1::Mediation& mediation, HandoverVersion version) {
  DigestText text;
  text.add(std::string(version == HandoverVersion::kFirst ? "lictor-handover-1" : "lictor-handover-2"));
  text.add(mediation.liid());
  add_destination(text, mediation.has_hi2(), mediation.hi2(), mediation.profile());
  add_destination(text, mediation.has_hi3(), mediation.hi3(), mediation.profile());
  add_security(text, mediation.profile());
  if (version == HandoverVersion::kFirst) return text.digest();
  add_encryption(text, mediation.profile().encryption());
  add_integrity(text, mediation.profile().integrity());
  add_names(text, mediation);
  return text.digest();
}

}  // namespace lictor
