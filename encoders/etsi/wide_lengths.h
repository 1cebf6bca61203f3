// Records of our own with wide lengths, from their DER: for what is too rare for a template. Any thread, after
// prime_asn1_types().
#pragma once

#include "encoders/etsi/asn1_codec.h"
#include "encoders/etsi/lengths.h"

namespace lictor {

// Writes DER of our own anew with Lengths::kWide and answers the octets; 0 where `room` is too small.
size_t write_wide(Bytes der, MutableBytes room);

// asn1::encode_der in one of the two forms; the wide one allocates.
size_t encode_pdu(const PsPdu_t& pdu, Lengths lengths, MutableBytes room);

}  // namespace lictor
