// One BER tag and length, read from the front of a span. What DER forbids and a reader can still follow (lengths and
// tags that are longer than they need be) is told, not refused. Any thread; no allocation.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/base/bytes.h"

namespace lictor::der {

enum class TlvStatus : uint8_t {
  kOk,
  kCut,         // the bytes end inside the tag or the length
  kIndefinite,  // no length at all: nothing that we receive needs that, and it cannot be framed without parsing
  kTooLong,     // a tag number above 2^28, or more than 8 length octets
};

struct TlvHeader {
  TlvStatus status = TlvStatus::kCut;
  uint8_t identifier = 0;   // the first octet: class, form, and the tag number or 0x1f
  uint32_t tag_number = 0;  // also where it took more octets
  uint64_t length = 0;      // of the content, which may pass the end of what is there
  bool minimal = true;      // as DER wants tag and length

  [[nodiscard]] bool constructed() const { return (identifier & 0x20) != 0; }
  // A context-specific tag (X.690 8.1.2.2) of either form.
  [[nodiscard]] bool context() const { return (identifier & 0xc0) == 0x80; }
};

// Takes tag and length off `in`; where the status is not kOk, `in` is in no useful state.
TlvHeader read_tlv_header(ByteReader& in);

}  // namespace lictor::der
