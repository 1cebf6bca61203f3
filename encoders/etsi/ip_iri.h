// IPIRI contents for a static target (TS 102 232-3): who, by which access, with which addresses. Any thread.
#pragma once

#include "encoders/etsi/asn1_codec.h"
#include "encoders/etsi/task_parameters.h"

namespace lictor {

// startOfInterceptionWithSessionActive travels as an IRI-Begin, endOfInterceptionWithSessionActive as an IRI-Report:
// the session itself goes on.
enum class StaticAccessEvent : uint8_t { kInterceptionStarts, kInterceptionEnds };

// Fills the payload of `pdu`, which is absent.
void set_ip_iri(PsPdu_t& pdu, const EtsiTaskParameters& parameters, StaticAccessEvent event);

}  // namespace lictor
