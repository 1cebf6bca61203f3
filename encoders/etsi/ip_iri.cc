#include "encoders/etsi/ip_iri.h"

#include <AuthenticationType.h>
#include <IpAddress.h>
#include <IpAssignment.h>
#include <OtherIdentifiers.h>

#include <algorithm>

namespace lictor {
namespace {

// An optional ENUMERATED.
void set_optional(long*& field, long value) {
  field = asn1::make<long>();
  *field = value;
}

void fill_address(IpAddress_t& address, const TargetPrefix& target) {
  address.family = target.ipv6 ? IpFamily_ipv6 : IpFamily_ipv4;
  address.value.present = IpValue_PR_binary;
  asn1::set_octets(address.value.choice.binary, Bytes(target.octets).first(target.ipv6 ? 16 : 4));
  set_optional(address.assignment, IpAssignment_static);
  if (target.ipv6 && target.length > 0) {
    address.prefixLength = asn1::make<long>();
    *address.prefixLength = target.length;
  } else if (!target.ipv6 && target.length < 32) {
    const uint32_t mask = target.length == 0 ? 0 : ~uint32_t{0} << (32 - target.length);
    const std::array<uint8_t, 4> octets = {static_cast<uint8_t>(mask >> 24), static_cast<uint8_t>(mask >> 16),
                                           static_cast<uint8_t>(mask >> 8), static_cast<uint8_t>(mask)};
    asn1::set_octets(address.subnetMask, octets);
  }
}

IpAddress_t* make_address(const TargetPrefix& target) {
  auto* const address = asn1::make<IpAddress_t>();
  fill_address(*address, target);
  return address;
}

void add_other(IpIriContents_t& contents, const TargetPrefix& target) {
  if (contents.otherIdentifiers == nullptr) contents.otherIdentifiers = asn1::make<OtherIdentifiers_t>();
  auto* const other = asn1::make<OtherIdentifier_t>();
  other->present = OtherIdentifier_PR_address;
  fill_address(other->choice.address, target);
  asn_sequence_add(&contents.otherIdentifiers->list, other);
}

// The first address is targetIPAddress; where both families occur, the first IPv6 one is additionalIPAddress; all
// others are otherTargetIdentifiers.
void fill_addresses(IpIriContents_t& contents, const std::vector<TargetPrefix>& targets) {
  const auto is_ipv6 = [](const TargetPrefix& target) { return target.ipv6; };
  const bool any_ipv6 = std::ranges::any_of(targets, is_ipv6);
  const bool any_ipv4 = !std::ranges::all_of(targets, is_ipv6);
  contents.ipVersion = any_ipv4 && any_ipv6 ? IpVersion_ipv4AndIpv6 : any_ipv6 ? IpVersion_ipv6 : IpVersion_ipv4;
  for (const TargetPrefix& target : targets) {
    if (contents.targetAddress == nullptr && (!target.ipv6 || !any_ipv4)) {
      contents.targetAddress = make_address(target);
    } else if (contents.additionalAddress == nullptr && target.ipv6 && any_ipv4) {
      contents.additionalAddress = make_address(target);
    } else {
      add_other(contents, target);
    }
  }
}

}  // namespace

void set_ip_iri(PsPdu_t& pdu, const EtsiTaskParameters& parameters, StaticAccessEvent event) {
  const bool starts = event == StaticAccessEvent::kInterceptionStarts;
  auto* const payload = asn1::make<IriPayload_t>();
  set_optional(payload->iriType, starts ? IriType_begin : IriType_report);
  payload->contents.present = IriContents_PR_ipIri;
  IpIri_t& iri = payload->contents.choice.ipIri;
  const std::array<uint8_t, 4> object = {0x05, 0x03, parameters.ip_access_version, 0x01};
  asn1::set_oid(iri.object, object);
  IpIriContents_t& contents = iri.contents;
  contents.accessEvent =
      starts ? AccessEvent_startOfInterceptionWithSessionActive : AccessEvent_endOfInterceptionWithSessionActive;
  asn1::set_octets(contents.targetUsername, parameters.user_label);
  contents.accessType = parameters.internet_access_type;
  fill_addresses(contents, parameters.targets);
  set_optional(contents.authentication, AuthenticationType_static);
  pdu.payload.present = Payload_PR_iri;
  asn_sequence_add(&pdu.payload.choice.iri.list, payload);
}

}  // namespace lictor
