#include "dataplane/dpdk/mbuf_pool.h"

#include <fmt/format.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

namespace lictor {

void MbufPoolFree::operator()(rte_mempool* pool) const noexcept { rte_mempool_free(pool); }

Result<MbufPool> make_mbuf_pool(uint32_t mbufs, uint16_t data_bytes) {
  constexpr unsigned kCache = 256;  // DPDK wants a third of a pool more than its caches
  const unsigned cache = mbufs >= 4 * kCache ? kCache : 0;
  MbufPool pool(rte_pktmbuf_pool_create("lictor-rx", mbufs, cache, 0, data_bytes, static_cast<int>(rte_socket_id())));
  if (pool == nullptr) {
    return absl::ResourceExhaustedError(fmt::format("buffers.mbufs: no memory for {} buffers of {} octets: {}", mbufs,
                                                    data_bytes, rte_strerror(rte_errno)));
  }
  return pool;
}

}  // namespace lictor
