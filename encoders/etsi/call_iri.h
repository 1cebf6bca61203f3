// The IPMMIRI of a call (TS 102 232-5): a SIP message as the agency may have it. README.md has the table. Any thread.
#pragma once

#include "encoders/call_telling.h"
#include "encoders/etsi/asn1_codec.h"
#include "encoders/etsi/task_parameters.h"

namespace lictor {

// The IRI type of a step: of a CIN that has begun none is a Begin, of one that has ended none an End.
IriKind iri_kind(const CallTelling& telling);

// Fills the payload of `pdu`, which is absent. What the order does not cover is masked.
void set_call_iri(PsPdu_t& pdu, const EtsiTaskParameters& parameters, const CallTelling& telling);

// Octets that the record of it takes at most beyond those of any event.
size_t call_iri_octets(const CallTelling& telling);

}  // namespace lictor
