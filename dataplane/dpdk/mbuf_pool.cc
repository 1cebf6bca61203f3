#include "dataplane/dpdk/mbuf_pool.h"

#include <fmt/format.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include <cstring>

namespace lictor {
namespace {

int node_or_own(int node) { return node == kAnyNode ? static_cast<int>(rte_socket_id()) : node; }

}  // namespace

void MbufPoolFree::operator()(rte_mempool* pool) const noexcept { rte_mempool_free(pool); }

Result<MbufPool> make_mbuf_pool(uint32_t mbufs, uint16_t data_bytes, int node) {
  constexpr unsigned kCache = 256;  // DPDK wants a third of a pool more than its caches
  const unsigned cache = mbufs >= 4 * kCache ? kCache : 0;
  const int own_node = node_or_own(node);
  const std::string name = fmt::format("lictor-rx-{}", own_node);
  MbufPool pool(rte_pktmbuf_pool_create(name.c_str(), mbufs, cache, 0, data_bytes, own_node));
  if (pool == nullptr) {
    return absl::ResourceExhaustedError(
        fmt::format("buffers.mbufs: no memory on NUMA node {} for {} buffers of {} octets: {}", own_node, mbufs,
                    data_bytes, rte_strerror(rte_errno)));
  }
  return pool;
}

// One reference, one segment.
constexpr uint64_t kAlone = uint64_t{1} << 16 | uint64_t{1} << 32;
constexpr uint64_t kAloneMask = uint64_t{0xffffffff} << 16;

void free_burst(rte_mbuf** mbufs, size_t count) noexcept {
  rte_mempool* const pool = mbufs[0]->pool;
  uint64_t unusual = 0;
  for (size_t i = 0; i < count; ++i) {
    const rte_mbuf& mbuf = *mbufs[i];
    uint64_t head;  // data_off, refcnt, nb_segs and port, from the low end
    std::memcpy(&head, &mbuf.rearm_data, sizeof head);
    unusual |= ((head ^ kAlone) & kAloneMask) | (mbuf.ol_flags & (RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL)) |
               static_cast<uint64_t>(mbuf.pool != pool);
  }
  if (unusual != 0) return rte_pktmbuf_free_bulk(mbufs, static_cast<unsigned>(count));
  rte_mempool_put_bulk(pool, reinterpret_cast<void**>(mbufs), static_cast<unsigned>(count));
}

Bytes whole_frame(const rte_mbuf& frame, MutableBytes room) noexcept {
  const void* const octets = rte_pktmbuf_read(&frame, 0, frame.pkt_len, room.data());
  return {static_cast<const uint8_t*>(octets), frame.pkt_len};
}

Result<rte_mempool*> BufferPools::of_node(int node) {
  MbufPool& pool = pools_[node_or_own(node)];
  if (pool == nullptr) {
    Result<MbufPool> made = make_mbuf_pool(mbufs_, data_bytes_, node);
    if (!made.ok()) return made.status();
    pool = *std::move(made);
  }
  return pool.get();
}

}  // namespace lictor
