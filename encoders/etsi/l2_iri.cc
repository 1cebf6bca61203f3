#include "encoders/etsi/l2_iri.h"

#include <AccessType.h>
#include <AuthenticationType.h>

#include <array>

#include "encoders/etsi/iri_parts.h"

namespace lictor {

void set_l2_iri(PsPdu_t& pdu, const EtsiTaskParameters& parameters, StaticAccessEvent event) {
  const bool starts = event == StaticAccessEvent::kInterceptionStarts;
  auto* const payload = asn1::make<IriPayload_t>();
  set_optional(payload->iriType, static_cast<long>(starts ? IriKind::kBegin : IriKind::kReport));
  payload->contents.present = IriContents_PR_l2Iri;
  L2Iri_t& iri = payload->contents.choice.l2Iri;
  asn1::set_oid(iri.object, std::array<uint8_t, 4>{0x05, 0x04, parameters.l2_access_version, 0x01});
  iri.contents.accessEvent =
      starts ? L2AccessEvent_startOfInterceptionWithSessionActive : L2AccessEvent_endOfInterceptionWithSessionActive;
  // "wireless other" is TS 102 232-3's alone.
  if (parameters.internet_access_type <= AccessType_satellite)
    set_optional(iri.contents.accessType, parameters.internet_access_type);
  if (!parameters.network_id.empty()) asn1::set_octets(iri.contents.targetNetworkId, parameters.network_id);
  set_optional(iri.contents.authentication, AuthenticationType_static);
  pdu.payload.present = Payload_PR_iri;
  asn_sequence_add(&pdu.payload.choice.iri.list, payload);
}

}  // namespace lictor
