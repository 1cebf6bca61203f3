// Whether hosts would take what a signalling record holds: the checksum of its UDP datagram or TCP segment (RFC 768,
// RFC 9293 section 3.1, RFC 8200 section 8.1). Pure function, any thread, no allocation.
#pragma once

#include <cstdint>

#include "dataplane/base/signal_record.h"

namespace lictor {

enum class TransportSum : uint8_t {
  kRight,
  kWrong,  // or there is less of it than it says
  kNone,   // the record is of a kind without one
};

// UDP's may be 0 over IPv4, which is none at all, and right.
[[nodiscard]] TransportSum check_transport_sum(const SignalRecord& record) noexcept;

}  // namespace lictor
