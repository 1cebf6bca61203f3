// Everything of a task that is not content, for asn1c: IPIRI at the start and the end of interception and of
// sessions (TS 102 232-3), L2IRI (TS 102 232-4), IPMMIRI of calls (TS 102 232-5), HI1 notifications and alarms (TS 101
// 671), cINReset (TS 102 232-1). Any thread.
#pragma once

#include "encoders/encoder.h"
#include "encoders/etsi/asn1_codec.h"
#include "encoders/etsi/session_iri.h"
#include "encoders/etsi/task_parameters.h"

namespace lictor {

// The PDU of one event, or null where the event cannot be said (an alarm whose text is empty or over 256 octets).
asn1::PsPduPtr make_event_pdu(const EtsiTaskParameters& parameters, const EventRecord& event, uint32_t number,
                              SessionIriExtent extent = SessionIriExtent::kAll);

}  // namespace lictor
