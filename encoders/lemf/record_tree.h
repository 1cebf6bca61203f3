// A record or its payload as JSON with the names of the ASN.1, by the walker's tables. For records of the types that
// the tables know; what they do not know is shown as hexadecimal octets. Any thread.
#pragma once

#include "dataplane/base/bytes.h"
#include "encoders/der/types.h"
#include "encoders/lemf/json_writer.h"

namespace lictor::lemf {

// The whole record: an object with pSHeader and payload.
void write_record_tree(Bytes record, JsonWriter& json);

// The payload alone: an object with its alternative.
void write_payload_tree(Bytes record, JsonWriter& json);

}  // namespace lictor::lemf
