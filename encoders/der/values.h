// The contents of primitive types, judged one by one. Any thread; no allocation.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/base/bytes.h"

namespace lictor::der {

// An INTEGER or ENUMERATED that is not negative and fits 64 bits; nothing where it is not minimal either.
std::optional<uint64_t> read_unsigned(Bytes content);

// Whether these are whole, minimal arcs (X.690 8.19.2), at least one.
bool is_identifier(Bytes content);

// Whether this is 0.4.0.2.2.5.1.V, the domain of TS 102 232-1 in any version. A zero arc more, as old senders have it,
// is not.
bool is_ps_domain(Bytes content);

bool is_utf8(Bytes content);

}  // namespace lictor::der
