// L2IRI for a target whose frames are handed over (TS 102 232-4): by which access, and what it is called there. Any
// thread.
#pragma once

#include "encoders/encoder.h"
#include "encoders/etsi/asn1_codec.h"
#include "encoders/etsi/ip_iri.h"
#include "encoders/etsi/task_parameters.h"

namespace lictor {

// Whether an event of this task is said as L2IRI.
constexpr bool is_l2_iri(const EtsiTaskParameters& parameters, EventKind kind) {
  return parameters.frames && (kind == EventKind::kSessionActiveAtStart || kind == EventKind::kSessionActiveAtEnd);
}

// Fills the payload of `pdu`, which is absent. The IRI types are those of set_ip_iri().
void set_l2_iri(PsPdu_t& pdu, const EtsiTaskParameters& parameters, StaticAccessEvent event);

}  // namespace lictor
