// BER elements one by one, for readers that look for a few members of a record and do not judge it: lengths that are
// not minimal are followed, what is cut off or indefinite is refused. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dataplane/base/bytes.h"

namespace lictor::der {

struct Element {
  uint8_t identifier = 0;
  Bytes content;
  Bytes whole;  // tag and length too
};

// Takes the first element off `rest`; nothing where it is cut off.
std::optional<Element> take_element(Bytes& rest);
// The first child with this identifier octet, or nothing.
std::optional<Element> child_of(Bytes parent, uint8_t identifier);
// An INTEGER's or ENUMERATED's content, where it is from 0 to 2^32-1.
std::optional<uint32_t> number_of(Bytes content);
// Appends an element with a minimal length.
void append_element(std::vector<uint8_t>& out, uint8_t identifier, Bytes content);

}  // namespace lictor::der
