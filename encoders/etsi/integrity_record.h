// Integrity PDUs in strict DER (TS 102 232-1, TRIPayload [0] IntegrityCheck). They list up to thousands of numbers, so
// they are written directly and not by asn1c, which tests hold them against. Any thread.
#pragma once

#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/clock.h"
#include "encoders/etsi/task_parameters.h"
#include "encoders/integrity/integrity_check.h"

namespace lictor {

// The whole PDU takes at most this.
size_t integrity_bytes_max(const IntegrityCheck& check);

// Writes the PDU and answers its length; 0 where it does not fit.
size_t write_integrity_pdu(const EtsiTaskParameters& parameters, const IntegrityCheck& check, uint32_t number,
                           PacketTime time, MutableBytes room);

// The IntegrityCheck [0] with an empty value: what SignatureCovers::kList signs.
std::vector<uint8_t> integrity_list(const IntegrityCheck& check);

}  // namespace lictor
