// Owner of a pool of packet buffers. Made at start by the main thread; freed after the last port was closed.
#pragma once

#include <cstdint>
#include <memory>

#include "dataplane/base/result.h"

struct rte_mempool;

namespace lictor {

struct MbufPoolFree {
  void operator()(rte_mempool* pool) const noexcept;
};
using MbufPool = std::unique_ptr<rte_mempool, MbufPoolFree>;

// `mbufs` buffers with `data_bytes` of room each, headroom included. ResourceExhausted where the memory is not there.
Result<MbufPool> make_mbuf_pool(uint32_t mbufs, uint16_t data_bytes);

}  // namespace lictor
