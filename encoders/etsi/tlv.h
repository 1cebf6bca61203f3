// Takes BER TLVs with one-octet tags and definite lengths apart. For what a peer sends on a handover connection and for
// records of our own; hostile bytes are refused. Any thread.
#pragma once

#include <optional>

#include "dataplane/base/bytes.h"

namespace lictor {

struct Tlv {
  uint8_t tag = 0;
  Bytes content;
  Bytes whole;  // tag and length too
};

// The first TLV of `bytes`, or nothing where it is cut short, has a high tag number or an indefinite length.
std::optional<Tlv> first_tlv(Bytes bytes);

// The first child of `parent` with this tag, or nothing.
std::optional<Tlv> find_child(Bytes parent, uint8_t tag);

}  // namespace lictor
