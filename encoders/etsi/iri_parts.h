// What the IPIRI of static targets and of sessions are both made of (TS 102 232-3). Any thread.
#pragma once

#include <span>
#include <string>

#include "dataplane/packet/ip_prefix.h"
#include "encoders/etsi/asn1_codec.h"
#include "encoders/etsi/task_parameters.h"

namespace lictor {

// An optional ENUMERATED.
void set_optional(long*& field, long value);

// Makes the payload of `pdu`, which is absent, one IPIRI with what every one has: type, event, access and user name.
IpIriContents_t& add_ip_iri(PsPdu_t& pdu, const EtsiTaskParameters& parameters, IriKind kind, long access_event,
                            Bytes user_name);

// `assignment`: IpAssignment_static and so on.
void fill_address(IpAddress_t& address, const IpPrefix& prefix, long assignment);

// The first address is targetIPAddress; where both families occur, the first IPv6 one is additionalIPAddress; all
// others are otherTargetIdentifiers. Without any, iPVersion says IPv4.
void fill_addresses(IpIriContents_t& contents, std::span<const IpPrefix> prefixes, long assignment);

// Octets that signalling names somebody by as UTF-8 of at most `octets_max`: as they are where they are printable
// UTF-8, else in hexadecimal; cut at its end.
std::string shown_text(Bytes octets, size_t octets_max);

}  // namespace lictor
