// Owner of a pool of packet buffers, and the way back into it. Made at start by the main thread; freed after the last
// port was closed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "dataplane/base/result.h"

struct rte_mbuf;
struct rte_mempool;

namespace lictor {

struct MbufPoolFree {
  void operator()(rte_mempool* pool) const noexcept;
};
using MbufPool = std::unique_ptr<rte_mempool, MbufPoolFree>;

// `mbufs` buffers with `data_bytes` of room each, headroom included. ResourceExhausted where the memory is not there.
Result<MbufPool> make_mbuf_pool(uint32_t mbufs, uint16_t data_bytes);

// Gives a burst of receive buffers back. DPDK's own way looks at each buffer in turn; nearly always all of a burst are
// whole, unshared and of one pool, and then go back in one piece (10 to 12 cycles less a packet). The caller owns the
// buffers and must not touch them afterwards; `count` is not 0. rx lcores.
void free_burst(rte_mbuf** mbufs, size_t count) noexcept;

}  // namespace lictor
