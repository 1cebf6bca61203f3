#include "encoders/etsi/iri_parts.h"

#include <IpAddress.h>
#include <IpAssignment.h>
#include <OtherIdentifiers.h>

#include <algorithm>
#include <array>

namespace lictor {
namespace {

IpAddress_t* make_address(const IpPrefix& prefix, long assignment) {
  auto* const address = asn1::make<IpAddress_t>();
  fill_address(*address, prefix, assignment);
  return address;
}

void add_other(IpIriContents_t& contents, const IpPrefix& prefix, long assignment) {
  if (contents.otherIdentifiers == nullptr) contents.otherIdentifiers = asn1::make<OtherIdentifiers_t>();
  auto* const other = asn1::make<OtherIdentifier_t>();
  other->present = OtherIdentifier_PR_address;
  fill_address(other->choice.address, prefix, assignment);
  asn_sequence_add(&contents.otherIdentifiers->list, other);
}

// Octets of the printable character that begins here; 0: there is none (RFC 3629 section 4).
size_t character_octets(Bytes rest) {
  const uint8_t first = rest[0];
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const size_t octets = first >= 0xc2 && first <= 0xdf   ? 2
                        : (first & 0xf0) == 0xe0         ? 3
                        : first >= 0xf0 && first <= 0xf4 ? 4
                                                         : 0;
  if (octets == 0 || rest.size() < octets) return 0;
  for (size_t i = 1; i < octets; ++i)
    if ((rest[i] & 0xc0) != 0x80) return 0;
  const uint8_t second = rest[1];
  if (first == 0xc2 && second < 0xa0) return 0;   // control characters
  if (first == 0xe0 && second < 0xa0) return 0;   // longer than it has to be
  if (first == 0xed && second >= 0xa0) return 0;  // surrogates
  if (first == 0xf0 && second < 0x90) return 0;
  if (first == 0xf4 && second >= 0x90) return 0;  // beyond Unicode
  return octets;
}

std::string hexadecimal(Bytes octets, size_t octets_max) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t octet : octets) {
    if (text.size() + 2 > octets_max) break;
    text += kDigits[octet >> 4];
    text += kDigits[octet & 15];
  }
  return text;
}

}  // namespace

void set_optional(long*& field, long value) {
  field = asn1::make<long>();
  *field = value;
}

IpIriContents_t& add_ip_iri(PsPdu_t& pdu, const EtsiTaskParameters& parameters, IriKind kind, long access_event,
                            Bytes user_name) {
  auto* const payload = asn1::make<IriPayload_t>();
  set_optional(payload->iriType, static_cast<long>(kind));
  payload->contents.present = IriContents_PR_ipIri;
  IpIri_t& iri = payload->contents.choice.ipIri;
  const std::array<uint8_t, 4> object = {0x05, 0x03, parameters.ip_access_version, 0x01};
  asn1::set_oid(iri.object, object);
  iri.contents.accessEvent = access_event;
  asn1::set_octets(iri.contents.targetUsername, user_name);
  iri.contents.accessType = parameters.internet_access_type;
  pdu.payload.present = Payload_PR_iri;
  asn_sequence_add(&pdu.payload.choice.iri.list, payload);
  return iri.contents;
}

void fill_address(IpAddress_t& address, const IpPrefix& prefix, long assignment) {
  address.family = prefix.ipv6 ? IpFamily_ipv6 : IpFamily_ipv4;
  address.value.present = IpValue_PR_binary;
  asn1::set_octets(address.value.choice.binary, Bytes(prefix.octets).first(prefix.ipv6 ? 16 : 4));
  set_optional(address.assignment, assignment);
  if (prefix.ipv6 && prefix.bits > 0) {
    address.prefixLength = asn1::make<long>();
    *address.prefixLength = prefix.bits;
  } else if (!prefix.ipv6 && prefix.bits < 32) {
    const uint32_t mask = prefix.bits == 0 ? 0 : ~uint32_t{0} << (32 - prefix.bits);
    const std::array<uint8_t, 4> octets = {static_cast<uint8_t>(mask >> 24), static_cast<uint8_t>(mask >> 16),
                                           static_cast<uint8_t>(mask >> 8), static_cast<uint8_t>(mask)};
    asn1::set_octets(address.subnetMask, octets);
  }
}

void fill_addresses(IpIriContents_t& contents, std::span<const IpPrefix> prefixes, long assignment) {
  const auto is_ipv6 = [](const IpPrefix& prefix) { return prefix.ipv6; };
  const bool any_ipv6 = std::ranges::any_of(prefixes, is_ipv6);
  const bool any_ipv4 = !std::ranges::all_of(prefixes, is_ipv6);
  contents.ipVersion = any_ipv4 && any_ipv6 ? IpVersion_ipv4AndIpv6 : any_ipv6 ? IpVersion_ipv6 : IpVersion_ipv4;
  for (const IpPrefix& prefix : prefixes) {
    if (contents.targetAddress == nullptr && (!prefix.ipv6 || !any_ipv4)) {
      contents.targetAddress = make_address(prefix, assignment);
    } else if (contents.additionalAddress == nullptr && prefix.ipv6 && any_ipv4) {
      contents.additionalAddress = make_address(prefix, assignment);
    } else {
      add_other(contents, prefix, assignment);
    }
  }
}

std::string shown_text(Bytes octets, size_t octets_max) {
  size_t fits = 0;
  for (size_t at = 0; at < octets.size();) {
    const size_t character = character_octets(octets.subspan(at));
    if (character == 0) return hexadecimal(octets, octets_max);
    at += character;
    if (at <= octets_max) fits = at;
  }
  return std::string(as_text(octets.first(fits)));
}

}  // namespace lictor
