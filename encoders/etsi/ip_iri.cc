#include "encoders/etsi/ip_iri.h"

#include <AuthenticationType.h>
#include <IpAssignment.h>

#include <vector>

#include "encoders/etsi/iri_parts.h"

namespace lictor {

void set_ip_iri(PsPdu_t& pdu, const EtsiTaskParameters& parameters, StaticAccessEvent event) {
  const bool starts = event == StaticAccessEvent::kInterceptionStarts;
  IpIriContents_t& contents = add_ip_iri(
      pdu, parameters, starts ? IriKind::kBegin : IriKind::kReport,
      starts ? AccessEvent_startOfInterceptionWithSessionActive : AccessEvent_endOfInterceptionWithSessionActive,
      as_bytes(parameters.user_label));
  std::vector<IpPrefix> prefixes;
  for (const TargetPrefix& target : parameters.targets)
    prefixes.push_back({.ipv6 = target.ipv6, .bits = target.length, .octets = target.octets});
  fill_addresses(contents, prefixes, IpAssignment_static);
  set_optional(contents.authentication, AuthenticationType_static);
}

}  // namespace lictor
