// Reads a whole PS-PDU without a decoder's tree: checks it against strict DER and the types of types.h, and takes out
// what a receiver needs. Whatever the octets are, it ends after one pass, touches nothing outside them, and needs no
// memory but the view's list of payloads. Any thread.
#pragma once

#include "dataplane/base/bytes.h"
#include "encoders/der/record_view.h"

namespace lictor::der {

// Constructed TLVs of types that no table tells are followed to this depth.
constexpr size_t kDepthMax = 32;

// Overwrites `view`, whose spans point into `record`. What is wrong is in view.deviations; what could be read is in the
// view all the same.
void walk_record(Bytes record, RecordView& view);

}  // namespace lictor::der
