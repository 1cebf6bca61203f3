// The octets of a received frame, wherever its driver put them. Rx lcores.
#pragma once

#include <cstdint>

struct rte_mbuf;

namespace lictor {

// Writes all of them, segment by segment, to `at`, which has room for them.
void copy_segments(const rte_mbuf& frame, uint8_t* at) noexcept;

}  // namespace lictor
