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

}  // namespace

Sha256 handover_digest(const v1::Mediation& mediation) {
  DigestText text;
  text.add(std::string("lictor-handover-1"));
  text.add(mediation.liid());
  add_destination(text, mediation.has_hi2(), mediation.hi2(), mediation.profile());
  add_destination(text, mediation.has_hi3(), mediation.hi3(), mediation.profile());
  add_security(text, mediation.profile());
  return text.digest();
}

}  // namespace lictor
